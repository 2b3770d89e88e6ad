package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/millrace-go/millrace/bench/internal/measure"
)

// The names of the entries of a pair: the library that the program is built with,
// and the one that it is compared with.
const (
	This  = "this"
	Other = "other"
)

// WritePairs writes a line for each result, whose entries are This and Other and
// whose title is the name of millrace's entry, in its first metric.
func WritePairs(w io.Writer, results []measure.Result) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "Medians of both libraries, measured in turns; below 1, this one is the better.\n\n")
	t := newTable("workload", "entry", "unit", "this:", "other:", "this over other:", "quartiles")
	for i := range results {
		r := &results[i]
		this, other := r.Entry(This), r.Entry(Other)
		if !this.OK() || !other.OK() {
			t.add(r.Name, r.Title, r.Metrics[0].Unit, this.Failure, other.Failure, "-", "-")
			continue
		}
		ratio := this.Ratio(other, 0)
		t.add(r.Name, r.Title, r.Metrics[0].Unit, Figure(this.Value(0).Median), Figure(other.Value(0).Median), Figure(ratio.Median), quartiles(ratio))
	}
	t.write(out)
	return out.Flush()
}
