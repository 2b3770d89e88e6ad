package work

import (
	"iter"
	"slices"
	"sync"

	"github.com/destel/rill"
	"github.com/samber/ro"
	concstream "github.com/sourcegraph/conc/stream"
)

// buffered is the usual guess at how much buffering is enough.
const buffered = 128

// sequenceChannels is the idiom for order with channels: each item travels with a
// channel for its result, and these channels travel in order.
func sequenceChannels(ahead int) func(w int, run task) (func(iter.Seq[int], func(int)), func()) {
	type job struct {
		i      int
		result chan outcome
	}
	return func(w int, run task) (func(iter.Seq[int], func(int)), func()) {
		return func(in iter.Seq[int], yield func(int)) {
			jobs := make(chan job, ahead)
			order := make(chan chan outcome, max(w, ahead))
			for range w {
				go func() {
					for j := range jobs {
						v, err := run(j.i)
						j.result <- outcome{v, err}
					}
				}()
			}
			go func() {
				for i := range in {
					j := job{i, make(chan outcome, 1)}
					order <- j.result
					jobs <- j
				}
				close(jobs)
				close(order)
			}()
			for result := range order {
				o := <-result
				must(o.err)
				yield(o.v)
			}
		}, nil
	}
}

func sequenceUnordered(w int, run task) (func(iter.Seq[int], func(int)), func()) {
	return func(in iter.Seq[int], yield func(int)) {
		jobs := make(chan int, buffered)
		results := make(chan outcome, buffered)
		go func() {
			defer close(jobs)
			for i := range in {
				jobs <- i
			}
		}()
		var workers sync.WaitGroup
		for range w {
			workers.Go(func() {
				for i := range jobs {
					v, err := run(i)
					results <- outcome{v, err}
				}
			})
		}
		go func() {
			workers.Wait()
			close(results)
		}()
		for o := range results {
			must(o.err)
			yield(o.v)
		}
	}, nil
}

func sequenceConc(w int, run task) (func(iter.Seq[int], func(int)), func()) {
	return func(in iter.Seq[int], yield func(int)) {
		s := concstream.New().WithMaxGoroutines(w)
		for i := range in {
			s.Go(func() concstream.Callback {
				v, err := run(i)
				return func() {
					must(err)
					yield(v)
				}
			})
		}
		s.Wait()
	}, nil
}

func sequenceRill(w int, run task) (func(iter.Seq[int], func(int)), func()) {
	return func(in iter.Seq[int], yield func(int)) {
		results := rill.OrderedMap(rill.FromSeq(in, nil), w, run)
		must(rill.ForEach(results, 1, func(v int) error { yield(v); return nil }))
	}, nil
}

// sequenceRo has no workers: a stage of ro runs in the goroutine that feeds it.
func sequenceRo(_ int, run task) (func(iter.Seq[int], func(int)), func()) {
	return func(in iter.Seq[int], yield func(int)) {
		results := ro.Pipe1(roSource(in), ro.MapErr(run))
		results.Subscribe(ro.NewObserver(yield, must, func() {}))
	}, nil
}

// roSource is the sequence as ro's documentation makes a source of a loop.
func roSource(in iter.Seq[int]) ro.Observable[int] {
	return ro.NewObservable(func(destination ro.Observer[int]) ro.Teardown {
		for i := range in {
			destination.Next(i)
		}
		destination.Complete()
		return nil
	})
}

func sequenceLoop(_ int, run task) (func(iter.Seq[int], func(int)), func()) {
	return func(in iter.Seq[int], yield func(int)) {
		for i := range in {
			v, err := run(i)
			must(err)
			yield(v)
		}
	}, nil
}

// sequenceHandCut makes the slice once, before the first measurement: it is a limit to
// compare with, and no peer.
func sequenceHandCut(w int, run task) (func(iter.Seq[int], func(int)), func()) {
	var items []int
	return func(in iter.Seq[int], yield func(int)) {
		if items == nil {
			items = slices.Collect(in)
		}
		for _, v := range mapHandCut(w, items, run) {
			yield(v)
		}
	}, nil
}
