package report

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// The part of the README between these lines is generated.
const (
	readmeBegin = "<!-- bench:begin -->"
	readmeEnd   = "<!-- bench:end -->"
)

// head are the workloads that the README shows, each with an entry of millrace.
var head = []struct{ workload, entry string }{
	{"submit/noop/8", Own},
	{"submit/noop/8", Own + ", cancelable"},
	{"submit/1us/8", Own},
	{"roundtrip", Own},
	{"producers/16", Own},
	{"completed", Own},
	{"nested/fib", Own},
	{"nested/fib", Own + ", Join"},
	{"slice/500ns", Own},
	{"map/trivial", Own},
	{"map/1us", Own},
	{"pipeline", Own},
	{"cancel", Own},
	{"pending", Own},
	{"tail", Own},
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
	fmt.Fprintf(&part, "Measured on %s with %d cores: medians of %s of `go -C bench run .`, %s, %s, millrace %s.\n\n",
		m.Processor, m.Cores, rounds(run), m.Go, run.Date.Format("2006-01-02"), run.Version)
	readmeTable(run).write(&part)
	fmt.Fprintf(&part, "![Time and memory of millrace and its peers](%s/results.svg)\n\n", results)
	fmt.Fprintf(&part, "All workloads, peers and bounds: [%s/RESULTS.md](%[1]s/RESULTS.md). Other processors give other pictures: [bench/results](bench/results).\n", results)
	return bytes.Join([][]byte{before, []byte(readmeBegin + "\n"), part.Bytes(), []byte(readmeEnd), after}, nil), nil
}

// rounds says how many rounds the figures of the README are medians of, because a run
// may be told how many, or have no time for more.
func rounds(run Run) string {
	least, most := 0, 0
	for _, h := range head {
		if r := run.result(h.workload); r != nil {
			n := r.Rounds()
			least, most = min(cmp.Or(least, n), n), max(most, n)
		}
	}
	switch {
	case least != most:
		return fmt.Sprintf("%d to %d rounds", least, most)
	case most == 1:
		return "one round"
	}
	return fmt.Sprintf("%d rounds", most)
}

func readmeTable(run Run) *table {
	t := newTable("", "", "millrace:", "best of the others", "its figure:", "times millrace:")
	for _, h := range head {
		r := run.result(h.workload)
		if r == nil || r.Entry(h.entry) == nil {
			continue
		}
		title := r.Title + strings.TrimPrefix(h.entry, Own)
		for _, c := range comparisons(r, h.entry) {
			t.add(append([]string{title, r.Metrics[0].Unit}, c[:4]...)...)
			title = "… of those that return results"
		}
	}
	return t
}
