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
	"submit/noop/8", "roundtrip", "producers/16", "completed", "nested/fib",
	"slice/500ns", "map/trivial", "map/1us", "pipeline", "cancel", "pending", "tail",
}

// Readme returns text with its generated part made anew: the head of the summary
// and the plot. It fails if text has no such part, once.
func Readme(text []byte, run Run) ([]byte, error) {
	before, rest, ok := bytes.Cut(text, []byte(readmeBegin+"\n"))
	_, after, ended := bytes.Cut(rest, []byte(readmeEnd))
	if !ok || !ended || bytes.Contains(after, []byte(readmeBegin)) {
		return nil, errors.New("report: want one part between " + readmeBegin + " and " + readmeEnd)
	}
	var part bytes.Buffer
	readmeTable(run).write(&part)
	m := run.Machine
	fmt.Fprint(&part, "![Time and memory of millrace and its peers](bench/results.svg)\n\n")
	fmt.Fprintf(&part, "Medians of one run of `go -C bench run .` on %s, %d cores, %s, %s, millrace %s.\n",
		m.Processor, m.Cores, m.Go, run.Date.Format("2006-01-02"), run.Version)
	fmt.Fprint(&part, "All workloads, peers and bounds: [bench/RESULTS.md](bench/RESULTS.md).\n")
	return bytes.Join([][]byte{before, []byte(readmeBegin + "\n"), part.Bytes(), []byte(readmeEnd), after}, nil), nil
}

func readmeTable(run Run) *table {
	t := newTable("", "", "millrace:", "best of the others", "its figure:", "times millrace:")
	for _, workload := range head {
		r := run.result(workload)
		if r == nil {
			continue
		}
		t.add(append([]string{r.Title, r.Metrics[0].Unit}, comparison(r)[:4]...)...)
	}
	return t
}
