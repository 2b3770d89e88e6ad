package work

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// completed submits 10,000 tasks and takes the results as they complete. Peers
// without such a call send the results through one channel with room for all.
func completed() []measure.Workload {
	const n, w = 10_000, 8
	load := measure.Workload{
		Name: "completed", Title: "Submit 10,000 empty tasks and take them as they complete, 8 workers", Unit: "task",
		Entries: []measure.Entry{
			{Name: Millrace, Note: "AsCompleted", Open: func() measure.Bench { return completedMillrace(n, w, forever) }},
			{Name: Cancelable, Note: "AsCompleted, " + canEnd, Open: func() measure.Bench { return completedMillrace(n, w, context.WithCancel) }},
		},
	}
	for _, st := range starters {
		if st.name == Millrace || st.name == "pond Submit" {
			continue
		}
		load.Entries = append(load.Entries, measure.Entry{Name: st.name + " + channel", Note: st.note, Open: func() measure.Bench {
			start, stop := st.open(w)
			return measure.Bench{Units: n, Close: stop, Work: func() { want(overOneChannel(n, start), sumTo(n)) }}
		}})
	}
	return []measure.Workload{load}
}

// overOneChannel returns the sum of the results of n tasks, taken as they come.
func overOneChannel(n int, start func(func())) int {
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

func completedMillrace(n, w int, within derive) measure.Bench {
	p := pool.New(millrace.WithWorkers(w))
	ctx, end := within(background)
	return measure.Bench{Units: n, Close: func() { must(p.Close()); end() }, Work: func() {
		futures := make([]*future.Future[int], n)
		for i := range futures {
			futures[i] = pool.Submit(ctx, p, func(context.Context) (int, error) { return noop(i) })
		}
		total := 0
		for f := range future.AsCompleted(ctx, futures...) {
			v, err := f.Await(ctx)
			must(err)
			total += v
		}
		want(total, sumTo(n))
	}}
}
