package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Document is the output of Write, read back.
type Document struct {
	Version  string
	Quick    bool              // its figures mean nothing
	Origin   map[string]string // what the run was made by, and on
	sections map[string]Rows   // by heading
}

// Rows are the rows of a table, each by the names of the columns.
type Rows []map[string]string

// Parse reads a report. It fails if there is no version in it, or a table of which
// a row has not as many cells as there are columns.
func Parse(r io.Reader) (*Document, error) {
	d := &Document{Origin: map[string]string{}, sections: map[string]Rows{}}
	lines, section := bufio.NewScanner(r), ""
	var header []string
	for lines.Scan() {
		line := lines.Text()
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			section = heading
		}
		d.Quick = d.Quick || line == quickNote
		if !strings.HasPrefix(line, "|") {
			header = nil
			continue
		}
		cells := split(line)
		switch {
		case header == nil:
			header = cells
		case len(cells) != len(header):
			return nil, fmt.Errorf("report: %d cells, want %d: %s", len(cells), len(header), line)
		case strings.Trim(strings.Join(cells, ""), "-:") == "":
			// the rule under the header
		case section == "":
			d.Origin[cells[0]] = cells[1]
		default:
			d.sections[section] = append(d.sections[section], row(header, cells))
		}
	}
	if d.Version = d.Origin["millrace"]; d.Version == "" {
		return nil, errors.Join(errors.New("report: no version of millrace"), lines.Err())
	}
	return d, lines.Err()
}

func split(line string) []string {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i, c := range cells {
		cells[i] = strings.TrimSpace(c)
	}
	return cells
}

func row(header, cells []string) map[string]string {
	r := make(map[string]string, len(cells))
	for i, c := range cells {
		r[header[i]] = c
	}
	return r
}

// Bounds returns the rows of the bounds' table.
func (d *Document) Bounds() Rows { return d.sections["Bounds"] }

// Machine returns the rows of the machine's table.
func (d *Document) Machine() Rows { return d.sections["The machine"] }

// Summary returns the rows of the summary.
func (d *Document) Summary() Rows { return d.sections["Summary"] }

// Workload returns the rows of a workload, one for each entry.
func (d *Document) Workload(name string) Rows { return d.sections[name] }

// Find returns the first row with that cell in the column, nil if there is none.
func (rs Rows) Find(column, cell string) map[string]string {
	for _, r := range rs {
		if r[column] == cell {
			return r
		}
	}
	return nil
}
