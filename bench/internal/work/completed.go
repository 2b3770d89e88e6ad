package work

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// completed is: hand in 10,000 tasks and take the results as they complete. Who
// has nothing for it sends them through one channel with room for all.
func completed() []measure.Workload {
	const n, w = 10_000, 8
	load := measure.Workload{
		Name: "completed", Title: "Submit 10,000 empty tasks and take them as they complete, 8 workers", Unit: "task",
		Entries: []measure.Entry{{Name: Millrace, Note: "AsCompleted", Open: func() measure.Bench { return completedMillrace(n, w) }}},
	}
	for _, st := range starters {
		if st.name == Millrace || st.name == "pond Submit" {
			continue
		}
		load.Entries = append(load.Entries, measure.Entry{Name: st.name + " + channel", Note: st.note, Open: func() measure.Bench {
			start, stop := st.open(w)
			return measure.Bench{Units: n, Close: stop, Work: func() { want(throughChannel(n, start), sumTo(n)) }}
		}})
	}
	return []measure.Workload{load}
}

// throughChannel returns the sum of the results of n tasks, taken as they come.
func throughChannel(n int, start func(func())) int {
	out := make(chan outcome, n)
	for i := range n {
		start(func() {
			v, err := noop(i)
			out <- outcome{v, err}
		})
	}
	total := 0
	for range n {
		o := <-out
		must(o.err)
		total += o.v
	}
	return total
}

func completedMillrace(n, w int) measure.Bench {
	p := pool.New(millrace.WithWorkers(w))
	return measure.Bench{Units: n, Close: func() { must(p.Close()) }, Work: func() {
		futures := make([]*future.Future[int], n)
		for i := range futures {
			futures[i] = pool.Submit(background, p, func(context.Context) (int, error) { return noop(i) })
		}
		total := 0
		for f := range future.AsCompleted(background, futures...) {
			v, err := f.Await(background)
			must(err)
			total += v
		}
		want(total, sumTo(n))
	}}
}
