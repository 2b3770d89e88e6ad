package report

import (
	"fmt"

	"github.com/millrace-go/millrace/bench/internal/measure"
)

// The verdicts in the table of bounds.
const (
	Met         = "met"
	NotMet      = "NOT MET"
	NotMeasured = "not measured"
)

// Verdicts judges the bounds whose workloads are among the results.
func Verdicts(results []measure.Result, bounds []measure.Bound) []measure.Verdict {
	there := map[string]bool{}
	for _, r := range results {
		there[r.Name] = true
	}
	var verdicts []measure.Verdict
	for _, b := range bounds {
		if there[b.Workload] {
			verdicts = append(verdicts, b.Check(results))
		}
	}
	return verdicts
}

func boundsTable(results []measure.Result, bounds []measure.Bound) *table {
	t := newTable("workload", "entry", "bound", "measured:", "quartiles", "verdict")
	for _, v := range Verdicts(results, bounds) {
		cells := []string{link(v.Workload), v.Entry, Bound(v), "-", "-", NotMeasured}
		if v.Measured {
			cells[3], cells[4], cells[5] = Figure(v.Got.Median), quartiles(v.Got), NotMet
		}
		if v.Met() {
			cells[5] = Met
		}
		t.add(cells...)
	}
	return t
}

// Bound writes the bound: "<= 0.40 times go + channel".
func Bound(v measure.Verdict) string {
	limit := fmt.Sprintf("<= %v", v.Limit)
	switch {
	case v.Against == "":
		return limit + " " + v.Unit
	case v.IsBest() && v.Measured:
		return fmt.Sprintf("%s times %s, %s", limit, v.Against, v.Reference)
	default:
		return fmt.Sprintf("%s times %s", limit, v.Against)
	}
}
