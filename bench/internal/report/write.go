package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/millrace-go/millrace/bench/internal/measure"
)

// Own is the beginning of the names of millrace's entries.
const Own = "millrace"

// timesMillrace explains the column of that name.
const timesMillrace = `"Times millrace" is the figure of the other one over millrace's: above 1, millrace is ahead.`

const howToRead = `Lower is better. ` + timesMillrace + `

Every entry of a workload does the same work, with the same limit and every result and
error handed over, unless its note says otherwise; the outcome is checked. Entries take
turns, and each round begins with another one: A B C, B C A, C A B. So a slow spell of the
machine hits all of them, and none always runs behind the same one. Figures are medians over the
rounds. A ratio is the median of the ratios within each round, with its quartiles. Before
the first round each entry runs once in a process of its own under a watchdog: an entry
that did not end, or failed, has that in place of a figure.

A workload whose name ends in @1 ran at GOMAXPROCS=1. A "cancelable" entry works under a
context that can end. A reference is a hand-written limit to compare with, and counts as
no peer.
`

const quickNote = "This was a quick run, to see that everything works: its figures mean nothing."

// Write writes the run as Markdown: the machine, a summary, the bounds and
// a table for each workload.
func Write(w io.Writer, run Run, bounds []measure.Bound) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "# Results\n\nMade by `go -C bench run .`, never by hand.\n\n")
	if run.Quick {
		fmt.Fprint(out, quickNote, "\n\n")
	}
	origin(run).write(out)
	if len(run.Machine.Costs) > 0 {
		fmt.Fprint(out, "## The machine\n\n", aboutMachine, "\n")
		costs(run).write(out)
	}
	fmt.Fprint(out, "## How to read it\n\n", howToRead, "\n## Summary\n\n")
	if !run.Quick {
		fmt.Fprint(out, "![Time and memory of millrace and its peers](results.svg)\n\n")
	}
	summary(run.Results).write(out)
	fmt.Fprint(out, "## Bounds\n\n")
	if !run.Quick {
		fmt.Fprint(out, "![What was measured, as a share of each bound](bounds.svg)\n\n")
	}
	boundsTable(run.Results, bounds).write(out)
	for i := range run.Results {
		workload(out, &run.Results[i])
	}
	return out.Flush()
}

// origin is the table of the versions and the machine.
func origin(run Run) *table {
	m := run.Machine
	t := newTable("", "made by, and on")
	t.add("millrace", run.Version)
	t.add("date", run.Date.Format("2006-01-02"))
	t.add("processor", m.Processor)
	t.add("cores", fmt.Sprintf("%d, GOMAXPROCS %d", m.Cores, m.GOMAXPROCS))
	t.add("system", m.System)
	t.add("Go", m.Go)
	for _, module := range m.Modules {
		t.add(module.Path, module.Version)
	}
	return t
}

const aboutMachine = `What the machine itself takes. Two goroutines over one is 1 where two cores are at work at
once, and 2 where the system keeps both goroutines on one core.
`

// costs is the table of the machine's own costs.
func costs(run Run) *table {
	t := newTable("what", "median:", "unit")
	for _, c := range run.Machine.Costs {
		t.add(c.Name, Figure(c.Value), c.Unit)
	}
	return t
}

// summary has a line for each workload: millrace and the best of its peers. If that
// peer returns no results, a second line has the best of those that do.
func summary(results []measure.Result) *table {
	t := newTable("workload", "unit", "millrace:", "best of the others", "its figure:", "times millrace:", "quartiles")
	for i := range results {
		for _, c := range comparisons(&results[i], Own) {
			t.add(append([]string{link(results[i].Name), results[i].Metrics[0].Unit}, c...)...)
		}
	}
	return t
}

// comparisons compares an entry of millrace with the best of the others, and if that
// one returns no results, with the best of those that do.
func comparisons(r *measure.Result, entry string) [][]string {
	own, best := r.Entry(entry), r.Best(0, Own, "")
	all := [][]string{comparison(r, own, best)}
	if alike := r.Best(0, Own, measure.Results); alike != nil && best.Kind != measure.Results {
		all = append(all, comparison(r, own, alike))
		if best.Kind == measure.Bare {
			all[0][1] += " (returns no results)"
		}
	}
	return all
}

// comparison is the figure of millrace's entry in the first metric, the name of the
// other entry, its figure, and the ratio of the two with quartiles.
func comparison(r *measure.Result, own, other *measure.Measured) []string {
	cells := []string{"-", "-", "-", "-", "-"}
	if own.OK() {
		cells[0] = Figure(own.Value(0).Median)
	}
	if other != nil {
		cells[1], cells[2] = other.Name, Figure(other.Value(0).Median)
	}
	if own.OK() && other != nil && !r.NearZero {
		ratio := other.Ratio(own, 0)
		cells[3], cells[4] = Figure(ratio.Median), quartiles(ratio)
	}
	return cells
}

// link refers to the section of a workload, whose anchor has letters and digits only.
func link(workload string) string {
	return fmt.Sprintf("[%s](#%s)", workload, strings.NewReplacer("/", "", "@", "").Replace(workload))
}

// workload writes the section of one workload, best entry first, failures last.
func workload(w io.Writer, r *measure.Result) {
	fmt.Fprintf(w, "## %s\n\n%s. Rounds: %d.\n\n", r.Name, r.Title, r.Rounds())
	columns := []string{"entry", r.Metrics[0].Unit + ":", "quartiles", "times millrace:", "its quartiles"}
	for _, m := range r.Metrics[1:] {
		columns = append(columns, m.Unit+":")
	}
	t := newTable(append(columns, "note")...)
	own := r.Entry(Own)
	for _, m := range r.Ranked(0) {
		cells := []string{m.Name, Figure(m.Value(0).Median), quartiles(m.Value(0)), "", ""}
		if own.OK() && !r.NearZero {
			ratio := m.Ratio(own, 0)
			cells[3], cells[4] = Figure(ratio.Median), quartiles(ratio)
		}
		for metric := 1; metric < len(r.Metrics); metric++ {
			cells = append(cells, Figure(m.Value(metric).Median))
		}
		t.add(append(cells, note(m))...)
	}
	for i := range r.Entries {
		if m := &r.Entries[i]; m.Failure != "" {
			cells := make([]string, len(t.header))
			cells[0], cells[1], cells[len(cells)-1] = m.Name, m.Failure, note(m)
			t.add(cells...)
		}
	}
	t.write(w)
}

func note(m *measure.Measured) string {
	if m.Reference {
		return strings.TrimSuffix("reference; "+m.Note, "; ")
	}
	return m.Note
}
