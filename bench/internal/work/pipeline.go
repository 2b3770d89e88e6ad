package work

import (
	"fmt"
	"iter"
	"time"

	"github.com/destel/rill"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/samber/ro"
)

const pipelineBatch = 100

// A pipeline maps items in parallel, keeps the even ones and yields them in
// batches, in order.
type pipeline struct {
	name, note string
	open       func(w int, run task) (each func(in iter.Seq[int], yield func([]int)), close func())
}

var piped = []pipeline{
	{Millrace, "", pipelineMillrace},
	{"channels, buffered", "ordered, hand-wired, filter and batch where they are read", pipelineOver(sequenceChannels(buffered))},
	{"conc stream", "filter and batch in the callback", pipelineOver(sequenceConc)},
	{"rill", "OrderedMap, OrderedFilter, Batch", pipelineRill},
	{"ro", "sequential", pipelineRo},
	{Sequential, "", pipelineOver(sequenceLoop)},
	{HandCut, "a slice, not a sequence", pipelineOver(sequenceHandCut)},
}

// pipelines run three stages, of which only the first one is worth a pool.
func pipelines(s Scale) []measure.Workload {
	n := s.Many / 10
	w := measure.Workload{
		Name:  "pipeline",
		Title: fmt.Sprintf("Map %s items of 1 µs in parallel, keep the even ones, batches of 100, in order", thousands(n)),
		Unit:  "item",
	}
	run := busy(time.Microsecond)
	for _, p := range piped {
		w.Entries = append(w.Entries, measure.Entry{Name: p.name, Note: p.note, Open: func() measure.Bench {
			each, close := p.open(cores(), run)
			return measure.Bench{Units: n, Close: close, Work: func() {
				total := 0
				each(countTo(n), func(batch []int) { total += sum(batch) })
				want(total, sumEven(n))
			}}
		}})
	}
	return []measure.Workload{w}
}

func sumEven(n int) int { return 2 * sumTo((n+1)/2) }

func even(i int) bool { return i%2 == 0 }

// pipelineOver puts filter and batch into the loop that takes the results.
func pipelineOver(open func(w int, run task) (func(iter.Seq[int], func(int)), func())) func(int, task) (func(iter.Seq[int], func([]int)), func()) {
	return func(w int, run task) (func(iter.Seq[int], func([]int)), func()) {
		each, close := open(w, run)
		return func(in iter.Seq[int], yield func([]int)) {
			batch := make([]int, 0, pipelineBatch)
			each(in, func(v int) {
				if !even(v) {
					return
				}
				if batch = append(batch, v); len(batch) == pipelineBatch {
					yield(batch)
					batch = make([]int, 0, pipelineBatch)
				}
			})
			if len(batch) > 0 {
				yield(batch)
			}
		}, close
	}
}

func pipelineRill(w int, run task) (func(iter.Seq[int], func([]int)), func()) {
	return func(in iter.Seq[int], yield func([]int)) {
		mapped := rill.OrderedMap(rill.FromSeq(in, nil), w, run)
		kept := rill.OrderedFilter(mapped, 1, func(i int) (bool, error) { return even(i), nil })
		batches := rill.Batch(kept, pipelineBatch, -1)
		must(rill.ForEach(batches, 1, func(batch []int) error { yield(batch); return nil }))
	}, nil
}

func pipelineRo(_ int, run task) (func(iter.Seq[int], func([]int)), func()) {
	return func(in iter.Seq[int], yield func([]int)) {
		batches := ro.Pipe3(roSource(in), ro.MapErr(run), ro.Filter(even), ro.BufferWithCount[int](pipelineBatch))
		batches.Subscribe(ro.NewObserver(yield, must, func() {}))
	}, nil
}
