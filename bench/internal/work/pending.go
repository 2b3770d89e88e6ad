package work

import (
	"context"
	"runtime"
	"sync"

	"github.com/alitto/pond/v2"
	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// pendings measures the memory of a pending task, beside its function.
func pendings(s Scale) []measure.Workload {
	w := measure.Workload{
		Name:    "pending",
		Title:   "Memory of " + thousands(s.Pending) + " pending tasks, beside their functions",
		Unit:    "task",
		Metrics: []measure.Metric{{Name: "bytes", Unit: "B/task"}},
		Rounds:  1,
		Entries: []measure.Entry{
			pending(Millrace, "with its future, which is held", s.Pending, pendingMillrace(forever)),
			pending(Cancelable, "with its future, which is held; "+canEnd, s.Pending, pendingMillrace(context.WithCancel)),
			pending("pond ResultPool", "with its handle, which is held", s.Pending, pendingPond),
			pending("go + channel", "measured at a tenth of the tasks", s.Pending/10, pendingGo),
		},
	}
	for _, st := range starters {
		if st.queues && st.name != Millrace && st.name != "pond Submit" {
			w.Entries = append(w.Entries, pending(st.name, "no handle", s.Pending, func(n int) (func(), func()) {
				return pendingStarted(n, st)
			}))
		}
	}
	return []measure.Workload{w}
}

// pending measures between two collections of garbage, before and after submit.
func pending(name, note string, n int, prepare func(n int) (submit, release func())) measure.Entry {
	return measure.Entry{Name: name, Note: note, Open: func() measure.Bench {
		return measure.Bench{Self: func() []float64 {
			submit, release := prepare(n)
			before := held()
			submit()
			after := held().since(before)
			release()
			return []float64{(after.heap + after.stacks) / float64(n)}
		}}
	}}
}

func pendingMillrace(within derive) func(n int) (submit, release func()) {
	return func(n int) (submit, release func()) {
		p := pool.New(millrace.WithWorkers(1))
		ctx, end := within(background)
		busy, free := make(chan struct{}), make(chan struct{})
		pool.Go(ctx, p, func(context.Context) error { close(busy); <-free; return nil })
		<-busy
		futures := make([]*future.Future[int], n)
		run := func(context.Context) (int, error) { return 0, nil }
		submit = func() {
			for i := range futures {
				futures[i] = pool.Submit(ctx, p, run)
			}
		}
		return submit, func() { close(free); must(p.Close()); end(); runtime.KeepAlive(futures) }
	}
}

func pendingPond(n int) (submit, release func()) {
	p := pond.NewResultPool[int](1)
	busy, free := make(chan struct{}), make(chan struct{})
	p.Submit(func() int { close(busy); <-free; return 0 })
	<-busy
	tasks := make([]pond.ResultTask[int], n)
	run := func() (int, error) { return 0, nil }
	submit = func() {
		for i := range tasks {
			tasks[i] = p.SubmitErr(run)
		}
	}
	return submit, func() { close(free); p.StopAndWait(); runtime.KeepAlive(tasks) }
}

func pendingGo(n int) (submit, release func()) {
	free := make(chan struct{})
	results := make([]chan int, n)
	submit = func() {
		for i := range results {
			result := make(chan int, 1)
			results[i] = result
			go func() { <-free; result <- 0 }()
		}
	}
	return submit, func() {
		close(free)
		for _, result := range results {
			<-result
		}
	}
}

func pendingStarted(n int, st starter) (submit, release func()) {
	start, stop := st.open(1)
	busy, free := make(chan struct{}), make(chan struct{})
	start(func() { close(busy); <-free })
	<-busy
	var wg sync.WaitGroup
	wg.Add(n)
	submit = func() {
		for range n {
			start(wg.Done)
		}
	}
	return submit, func() { close(free); wg.Wait(); stop() }
}
