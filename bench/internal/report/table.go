package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A table is a Markdown table whose columns line up, so that it can be read on a
// terminal as well.
type table struct {
	header []string
	right  []bool // columns of figures
	rows   [][]string
}

// newTable makes a table with the given columns; a name that ends in a colon makes
// one of figures, which lines up on the right.
func newTable(columns ...string) *table {
	t := new(table)
	for _, c := range columns {
		name, figures := strings.CutSuffix(c, ":")
		t.header, t.right = append(t.header, name), append(t.right, figures)
	}
	return t
}

func (t *table) add(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", "/")
	}
	t.rows = append(t.rows, cells)
}

func (t *table) write(w io.Writer) {
	widths := t.widths()
	t.line(w, widths, t.header)
	rules := make([]string, len(widths))
	for i, width := range widths {
		rules[i] = strings.Repeat("-", width)
		if t.right[i] {
			rules[i] = rules[i][1:] + ":"
		}
	}
	t.line(w, widths, rules)
	for _, row := range t.rows {
		t.line(w, widths, row)
	}
	fmt.Fprintln(w)
}

func (t *table) widths() []int {
	widths := make([]int, len(t.header))
	for i, name := range t.header {
		widths[i] = max(3, utf8.RuneCountInString(name))
		for _, row := range t.rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	return widths
}

func (t *table) line(w io.Writer, widths []int, cells []string) {
	for i, c := range cells {
		gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
		if t.right[i] {
			fmt.Fprintf(w, "| %s%s ", gap, c)
		} else {
			fmt.Fprintf(w, "| %s%s ", c, gap)
		}
	}
	fmt.Fprintln(w, "|")
}
