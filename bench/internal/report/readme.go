package report

import (
	"bytes"
	"errors"
	"fmt"
)

// The part of the README between these lines is generated.
const (
	readmeBegin = "<!-- bench:begin -->"
	readmeEnd   = "<!-- bench:end -->"
)

// head are the workloads that the README shows, of the summary's.
var head = []string{
	"submit/noop/8", "submit/1us/8", "roundtrip", "producers/16", "completed", "nested/fib",
	"slice/500ns", "map/trivial", "map/1us", "pipeline", "cancel", "pending", "tail",
}

// Readme returns text with its generated part made anew: the head of the summary
// and the plot, of the results in the given directory. It fails if text has no such
// part, once.
func Readme(text []byte, run Run, results string) ([]byte, error) {
	before, rest, ok := bytes.Cut(text, []byte(readmeBegin+"\n"))
	_, after, ended := bytes.Cut(rest, []byte(readmeEnd))
	if !ok || !ended || bytes.Contains(after, []byte(readmeBegin)) {
		return nil, errors.New("report: want one part between " + readmeBegin + " and " + readmeEnd)
	}
	var part bytes.Buffer
	m := run.Machine
	fmt.Fprintf(&part, "Measured on %s with %d cores: medians of one run of `go -C bench run .`, %s, %s, millrace %s.\n",
		m.Processor, m.Cores, m.Go, run.Date.Format("2006-01-02"), run.Version)
	fmt.Fprint(&part, timesMillrace, " Lower figures are better.\n\n")
	readmeTable(run).write(&part)
	fmt.Fprintf(&part, "![Time and memory of millrace and its peers](%s/results.svg)\n\n", results)
	fmt.Fprintf(&part, "All workloads, peers and bounds: [%s/RESULTS.md](%[1]s/RESULTS.md).\n", results)
	return bytes.Join([][]byte{before, []byte(readmeBegin + "\n"), part.Bytes(), []byte(readmeEnd), after}, nil), nil
}

func readmeTable(run Run) *table {
	t := newTable("", "", "millrace:", "best of the others", "its figure:", "times millrace:")
	for _, workload := range head {
		r := run.result(workload)
		if r == nil {
			continue
		}
		for _, c := range comparisons(r) {
			t.add(append([]string{r.Title, r.Metrics[0].Unit}, c[:4]...)...)
		}
	}
	return t
}
