package main

import (
	"context"
	"regexp"
	"strconv"
	"strings"
)

// A line is what there is to know of a line without knowing those before it.
type line struct {
	continues bool // it belongs to the entry of the line before
	repeats   int  // how often more the entry before it occurred; then it has nothing else
	level     level
	selected  bool     // it matches
	matches   []string // only where they are counted
}

// A chunk is a block that has been parsed.
type chunk struct {
	log   *logfile
	lines []line
	last  bool
}

// key returns what the chunks of one file have in common, and no others.
func (c chunk) key() *logfile { return c.log }

// parse parses the lines of a block.
func (g *grep) parse(_ context.Context, b block) (chunk, error) {
	c := chunk{log: b.log, lines: make([]line, 0, strings.Count(b.text, "\n")+1), last: b.last}
	rest := b.rest
	for text := range strings.Lines(b.text) {
		c.lines = append(c.lines, g.parseLine(strings.TrimRight(text, "\r\n"), rest))
		rest = false
	}
	return c, nil
}

// repeated matches what syslog writes in place of further equal entries.
var repeated = regexp.MustCompile(`last message repeated ([1-9]\d{0,8}) times`)

// parseLine parses a line, or the rest of one.
func (q query) parseLine(text string, rest bool) (l line) {
	if rest || text == "" || text[0] == ' ' || text[0] == '\t' {
		l.continues = true
	} else if n := repeated.FindStringSubmatch(text); n != nil {
		l.repeats, _ = strconv.Atoi(n[1]) // which is a small number
		return l
	} else if q.by == byLevel || q.least > 0 {
		l.level = levelIn(text)
	}
	switch {
	case q.match == nil:
		l.selected = true
	case q.by == byMatch:
		l.matches = matches(q.match, text)
		l.selected = len(l.matches) > 0
	default:
		l.selected = q.match.MatchString(text)
	}
	return l
}

// matches returns what re finds in text: its first group, or all of it.
func matches(re *regexp.Regexp, text string) (found []string) {
	if re.NumSubexp() == 0 {
		return re.FindAllString(text, -1)
	}
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}
