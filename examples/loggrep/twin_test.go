package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/millrace-go/millrace/examples/internal/tree"
	"github.com/stretchr/testify/require"
)

// plainly is the plain program: one file after the other, each read as a whole
// and cut into entries.
func plainly(t *testing.T, q query, root string) tally {
	t.Helper()
	files, err := tree.List(t.Context(), []string{root})
	require.NoError(t, err)
	total := tally{}
	for _, f := range files {
		text, err := os.ReadFile(f.Path)
		require.NoError(t, err)
		for entry, times := range entries(string(text)) {
			if q.by != byLevel && q.least == 0 || levelOfEntry(entry) >= q.least {
				q.plainEntry(total, f.Path, entry, times)
			}
		}
	}
	return total
}

// entries yields the entries of a text and how often they occurred.
func entries(text string) func(yield func([]string, int) bool) {
	return func(yield func([]string, int) bool) {
		var entry []string
		times := 0
		for text := range strings.Lines(text) {
			line := strings.TrimRight(text, "\r\n")
			first, rest := line, ""
			if i := strings.IndexAny(line, " \t"); i >= 0 {
				first, rest = line[:i], line[i:]
			}
			n := 0
			if m := repeated.FindStringSubmatch(line); m != nil && first != "" {
				for _, digit := range m[1] {
					n = 10*n + int(digit-'0')
				}
			}
			switch {
			case n > 0 && times > 0:
				times += n
			case n > 0:
			case times > 0 && first == "":
				entry = append(entry, rest)
			default:
				if times > 0 && !yield(entry, times) {
					return
				}
				entry, times = []string{line}, 1
			}
		}
		if times > 0 {
			yield(entry, times)
		}
	}
}

// levelOfEntry returns the level of an entry. One that begins with a space is the
// rest of one that is not there.
func levelOfEntry(entry []string) level {
	if strings.TrimLeft(entry[0], " \t") != entry[0] {
		return 0
	}
	return levelIn(entry[0])
}

func (q query) plainEntry(total tally, path string, entry []string, times int) {
	n, selected := map[string]int{}, q.match == nil
	for _, line := range entry {
		if q.match == nil {
			continue
		}
		for _, m := range q.match.FindAllStringSubmatch(line, -1) {
			n[m[len(m)-1]] += times
			selected = true
		}
	}
	switch {
	case !selected:
	case q.by == byFile:
		total[path] += times
	case q.by == byLevel:
		total[levelOfEntry(entry).String()] += times
	default:
		total.add(n)
	}
}

// On a real tree the result is the plain program's, whatever the number of
// workers and wherever the blocks end.
func TestLikePlain(t *testing.T) {
	root := exampletest.Goroot(t, "log")
	for name, q := range map[string]query{
		"words":           {by: byMatch, match: regexp.MustCompile(`\w+`)},
		"functions":       {by: byMatch, match: regexp.MustCompile(`^func (\w+)`)},
		"levels":          {by: byLevel},
		"matching levels": {by: byLevel, match: regexp.MustCompile(`(?i)level`)},
		"files":           {by: byFile},
		"bad files":       {by: byFile, least: levelOf("warn")},
		"bad words":       {by: byMatch, least: levelOf("info"), match: regexp.MustCompile(`[a-z]+`)},
	} {
		want := plainly(t, q, root)
		if len(want) == 0 {
			t.Fatalf("%s: there is nothing to count", name)
		}
		for _, workers := range []int{1, 4} {
			for _, block := range []int{1000, blockSize} {
				equal(t, name, tallyOf(t, q, workers, block, root), want)
			}
		}
	}
}

// So it is on a tree of some thousand files.
func TestLikePlainOnLargeTree(t *testing.T) {
	root := exampletest.Goroot(t, "cmd/go")
	q := query{by: byMatch, match: regexp.MustCompile(`^(?:func|type) (\w+)`)}
	equal(t, "declarations", tallyOf(t, q, 4, blockSize, root), plainly(t, q, root))
}
