package work

import (
	"context"
	"fmt"
	"iter"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/pool"
)

// A sequencer maps a sequence by run, at most w at a time, and yields results.
type sequencer struct {
	name, note string
	open       func(w int, run task) (each func(in iter.Seq[int], yield func(int)), close func())
}

const unordered = "unordered"

var sequencers = []sequencer{
	{Millrace, "", sequenceMillrace()},
	{"millrace, unordered", unordered, sequenceMillrace(millrace.Unordered())},
	{"channels", "ordered, hand-wired, a result channel an item", sequenceChannels(0)},
	{"channels, buffered", "ordered, hand-wired, 128 items ahead", sequenceChannels(buffered)},
	{"channels, unordered", "hand-wired, buffers of 128", sequenceUnordered},
	{"conc stream", "", sequenceConc},
	{"rill", "OrderedMap", sequenceRill},
	{"ro", "sequential", sequenceRo},
	{Sequential, "", sequenceLoop},
	{HandCut, "a slice, not a sequence", sequenceHandCut},
}

// sequenceMaps map a sequence of unknown length, with results in order.
func sequenceMaps(s Scale) []measure.Workload {
	var all []measure.Workload
	for _, size := range itemSizes(s) {
		if size.name == "500ns" {
			continue // only slices are fast enough to tell it from the next one
		}
		w := measure.Workload{
			Name:  "map/" + size.name,
			Title: fmt.Sprintf("Map over a sequence of %s, %s", thousands(size.n), size.title),
			Unit:  "item",
		}
		for _, q := range sequencers {
			w.Entries = append(w.Entries, sequenceEntry(q, cores(), size.n, size.run))
		}
		all = append(all, w)
	}
	return all
}

// uneven maps items of which one in ten waits ten times as long, 32 at a time. A
// library that keeps order in a narrow window stalls behind it.
func uneven() []measure.Workload {
	w := measure.Workload{
		Name: "map/uneven", Title: "Map over a sequence of 640, waits of 1 ms and of 10 ms for one in ten, 32 at a time",
		Unit: "item",
	}
	for _, q := range sequencers {
		switch q.name {
		case "ro", Sequential, HandCut:
			// They would wait for one item at a time, or for two.
		default:
			w.Entries = append(w.Entries, sequenceEntry(q, 32, 640, sleepy))
		}
	}
	return []measure.Workload{w}
}

func sequenceEntry(q sequencer, w, n int, run task) measure.Entry {
	return measure.Entry{Name: q.name, Note: q.note, Open: func() measure.Bench {
		each, close := q.open(w, run)
		return measure.Bench{Units: n, Long: isLong(q.name, n), Close: close, Work: func() {
			total := 0
			each(countTo(n), func(v int) { total += v })
			want(total, sumTo(n))
		}}
	}}
}

// isLong reports whether an entry with n items needs no warm-up. The slice is cut
// in the warm-up.
func isLong(name string, n int) bool { return n >= 100_000 && name != HandCut }

// countTo yields 0 … n-1.
func countTo(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func sequenceMillrace(opts ...millrace.MapOption) func(w int, run task) (func(iter.Seq[int], func(int)), func()) {
	return func(w int, run task) (func(iter.Seq[int], func(int)), func()) {
		p := pool.New(millrace.WithWorkers(w))
		each := func(in iter.Seq[int], yield func(int)) {
			for v, err := range pool.Map(background, p, in, func(_ context.Context, i int) (int, error) { return run(i) }, opts...) {
				must(err)
				yield(v)
			}
		}
		return each, func() { must(p.Close()) }
	}
}
