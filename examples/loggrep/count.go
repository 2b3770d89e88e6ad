package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// An entry is what the lines so far of a log entry have in common.
type entry struct {
	times    int // it occurred; 0: there is no entry
	level    level
	selected bool
	matches  []string
}

// count counts the entries that end in a chunk. The one that is open at its end
// may go on in the next chunk of the file.
func (g *grep) count(_ context.Context, c chunk) (tally, error) {
	t, open := tally{}, &c.log.open
	for _, l := range c.lines {
		switch {
		case l.repeats > 0:
			if open.times > 0 { // or it repeats what is in another file
				open.times += l.repeats
			}
		case l.continues && open.times > 0:
			open.selected = open.selected || l.selected
			open.matches = append(open.matches, l.matches...)
		default:
			g.close(c.log, t)
			*open = entry{times: 1, level: l.level, selected: l.selected, matches: l.matches}
		}
	}
	if c.last {
		g.close(c.log, t)
		g.progress.Items.Add(1)
	}
	return t, nil
}

// close counts the open entry of a file.
func (q query) close(log *logfile, t tally) {
	e := log.open
	if e.times == 0 || !e.selected || e.level < q.least {
		return
	}
	switch q.by {
	case byFile:
		t[log.path] += e.times
	case byLevel:
		t[e.level.String()] += e.times
	case byMatch:
		for _, m := range e.matches {
			t[m] += e.times
		}
	}
}

// A tally is how often each key was found.
type tally map[string]int

// add adds the counts of other. Its keys may be parts of whole blocks; those
// that stay are not.
func (t tally) add(other tally) {
	for key, n := range other {
		if _, known := t[key]; !known {
			key = strings.Clone(key)
		}
		t[key] += n
	}
}

// table returns the lines of the top keys, or with 0 of all.
func (t tally) table(top int) string {
	keys := slices.SortedFunc(maps.Keys(t), func(a, b string) int {
		return cmp.Or(cmp.Compare(t[b], t[a]), cmp.Compare(a, b))
	})
	if top > 0 {
		keys = keys[:min(top, len(keys))]
	}
	var b strings.Builder
	width := 0
	for _, key := range keys {
		width = max(width, len(strconv.Itoa(t[key])))
	}
	for _, key := range keys {
		fmt.Fprintf(&b, "%*d  %s\n", width, t[key], oneLine(key))
	}
	return b.String()
}

// oneLine returns a key as it can be printed in a line.
func oneLine(key string) string {
	if strings.ContainsAny(key, "\n\r") {
		return strconv.Quote(key)
	}
	return key
}
