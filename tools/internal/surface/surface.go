// Package surface writes the exported declarations of packages as text that a
// reviewer can read: one declaration a line, without names of parameters, so
// that a line which goes is something that callers may miss.
package surface

import (
	"cmp"
	"slices"
	"strings"
)

// A Surface has the lines of each file of the API by the file's name. A package
// has a file, and another one for each newer version of Go that some of its
// files need: pool.txt, pool_go127.txt.
type Surface map[string][]string

// A line is one exported declaration, with what it is sorted by: the name it
// belongs to, then its kind, then its text.
type line struct {
	owner string
	kind  int
	text  string
}

const (
	constant = iota
	variable
	typeName
	field
	function
	method
)

func sorted(lines []line) []string {
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(strings.Compare(a.owner, b.owner), a.kind-b.kind, strings.Compare(a.text, b.text))
	})
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	return texts
}

// Gone returns the lines of old that s does not have, each behind the name of
// its file. Files named in skip are not compared.
func (s Surface) Gone(old Surface, skip func(file string) bool) []Line {
	var gone []Line
	for file, lines := range old {
		if skip(file) {
			continue
		}
		for _, text := range lines {
			if !slices.Contains(s[file], text) {
				gone = append(gone, Line{file, text})
			}
		}
	}
	slices.SortFunc(gone, func(a, b Line) int {
		return cmp.Or(strings.Compare(a.File, b.File), strings.Compare(a.Text, b.Text))
	})
	return gone
}

// A Line is one declaration in one file of the API.
type Line struct{ File, Text string }

// Name returns what the line declares, as the changelog writes it: pool.Submit,
// Pool.Close, Stats.Queued, millrace.WithWorkers.
func (l Line) Name() string {
	pkg, _, _ := strings.Cut(strings.TrimSuffix(l.File, ".txt"), "_go1")
	pkg = pkg[strings.LastIndex(pkg, "_")+1:]
	kind, rest, _ := strings.Cut(l.Text, " ")
	switch {
	case kind == "method":
		recv, rest, _ := strings.Cut(strings.TrimPrefix(rest, "("), ") ")
		return typeOf(strings.TrimPrefix(recv, "*")) + "." + word(rest)
	case strings.Contains(rest, " struct, "):
		name, member, _ := strings.Cut(rest, " struct, ")
		return typeOf(name) + "." + word(member)
	default:
		return pkg + "." + word(rest)
	}
}

func typeOf(s string) string { name, _, _ := strings.Cut(s, "["); return name }

// word returns the identifier that s begins with.
func word(s string) string {
	if i := strings.IndexAny(s, " [(,"); i >= 0 {
		return s[:i]
	}
	return s
}
