package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A logger writes a tree of random logs, and counts what it writes.
type logger struct {
	*rand.Rand
	byLevel, byUser tally
}

// formats are how programs write the level, the user and the message.
var formats = []string{
	"2026-01-02T03:04:05Z %[1]s user=%[2]s request served\n",
	"Jan  2 03:04:05 host app[17]: %[1]s: user=%[2]s says \"error: level=none\"\n",
	"time=2026-01-02T03:04:05.678Z level=%[1]s msg=\"an error\" user=%[2]s\n",
	"{\"time\":\"2026-01-02T03:04:05Z\",\"level\":\"%[1]s\",\"msg\":\"x\",\"user=%[2]s\":1}\n",
}

// write writes a file of n entries.
func (l *logger) write(t *testing.T, path string, n int) {
	t.Helper()
	var b strings.Builder
	for range n {
		l.entry(&b)
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
}

func (l *logger) entry(b *strings.Builder) {
	level := levels[1+l.IntN(len(levels)-1)]
	users := []string{fmt.Sprintf("u%d", l.IntN(20))}
	fmt.Fprintf(b, formats[l.IntN(len(formats))], strings.ToUpper(level), users[0])
	for range l.IntN(3) { // a stack trace
		user := fmt.Sprintf("u%d", l.IntN(20))
		fmt.Fprintf(b, "\tat main.go:17 PANIC user=%s\n\n", user)
		users = append(users, user)
	}
	times := 1
	if l.IntN(4) == 0 {
		n := 1 + l.IntN(30)
		fmt.Fprintf(b, "Jan  2 03:04:06 host last message repeated %d times\n", n)
		times += n
	}
	l.byLevel[level] += times
	for _, u := range users {
		l.byUser[u] += times
	}
}

// Of random logs as much is counted as was written, wherever the blocks end.
func TestRandomLogs(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	l := &logger{Rand: rand.New(rand.NewPCG(seed, 0)), byLevel: tally{}, byUser: tally{}}
	root := t.TempDir()
	for i := range 30 {
		l.write(t, filepath.Join(root, fmt.Sprintf("d%d/%d.log", i%4, i)), 1<<l.IntN(10))
	}
	users := regexp.MustCompile(`user=(\w+)`)
	for _, workers := range []int{1, 3} {
		for _, block := range []int{1, 50, 500, blockSize} {
			equal(t, "levels", tallyOf(t, query{by: byLevel}, workers, block, root), l.byLevel)
			equal(t, "users", tallyOf(t, query{by: byMatch, match: users}, workers, block, root), l.byUser)
		}
	}
}

// What an entry is, in one small file.
func TestEntries(t *testing.T) {
	const log = "  rest of another file's\n" +
		"last message repeated 2 times\n" + // which makes three of it
		"a ERROR one\r\n" +
		"\tat x\r\n" +
		"\r\n" +
		"  at y\n" +
		"last message repeated 0 times\n" + // which nobody writes: an entry
		"b level=warning two\n" +
		"\tlast message repeated 9 times\n" + // which belongs to the entry
		"c three" // without an end
	for _, c := range []struct {
		q    query
		want string
	}{
		{query{by: byLevel}, "5  none\n1  error\n1  warn\n"},
		{query{by: byLevel, least: levelOf("info")}, "1  error\n1  warn\n"},
		{query{by: byLevel, match: regexp.MustCompile(`at \w`)}, "1  error\n"},
		{query{by: byMatch, match: regexp.MustCompile(`at (\w)`)}, "1  x\n1  y\n"},
		{query{by: byMatch, match: regexp.MustCompile(`rest|one|nine`)}, "3  rest\n1  one\n"},
		{query{by: byMatch, least: levelOf("error"), match: regexp.MustCompile(`\b(t|o)\w`)}, "1  o\n"},
	} {
		for _, block := range []int{1, 10, blockSize} {
			root := written(t, map[string]string{"log": log})
			if got := tallyOf(t, c.q, 2, block, root).table(0); got != c.want {
				t.Errorf("%+v in blocks of %d bytes = %q, want %q", c.q, block, got, c.want)
			}
		}
	}
}

// A file that begins with a repetition repeats nothing that is known.
func TestRepeatedNothing(t *testing.T) {
	root := written(t, map[string]string{"a": "INFO one", "b": "last message repeated 5 times\nINFO two\n", "c": ""})
	equal(t, "levels", tallyOf(t, query{by: byLevel}, 2, 1, root), tally{"info": 2})
}

// A line that is too long is cut, and stays one entry.
func TestLongLine(t *testing.T) {
	long := "INFO " + strings.Repeat("ERROR ", maxLine/3) + "\n"
	root := written(t, map[string]string{"a": "WARN\n" + long + "WARN\n" + long})
	equal(t, "levels", tallyOf(t, query{by: byLevel}, 2, blockSize, root), tally{"info": 2, "warn": 2})
}

func TestLevelIn(t *testing.T) {
	for line, want := range map[string]string{
		"2026-01-02 INFO an ERROR":        "info",
		"[WARN] x":                        "warn",
		"WARNING: x":                      "warn",
		"ERR x":                           "error",
		"PANIC":                           "panic",
		"an error":                        "none",
		"INFORMATION":                     "none",
		"level=debug msg=ERROR":           "debug",
		`level="Notice"`:                  "notice",
		`{"level": "fatal", "x": "INFO"}`: "fatal",
		`{"level":"crit"}`:                "critical",
		"level: trace":                    "trace",
		"level=loud ERROR":                "none",
		"":                                "none",
	} {
		if got := levelIn(line).String(); got != want {
			t.Errorf("levelIn(%q) = %s, want %s", line, got, want)
		}
	}
}
