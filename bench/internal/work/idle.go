package work

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/pool"
)

// idle measures what a pool of 64 workers holds before its first task, while it is
// idle after a burst, and after it was closed.
func idle(s Scale) []measure.Workload {
	w := measure.Workload{
		Name:  "idle",
		Title: fmt.Sprintf("A pool of 64 workers: new, %v after its last task, closed", s.Idle),
		Unit:  "pool",
		Metrics: []measure.Metric{
			{Name: "idle", Unit: "idle: goroutines"}, {Name: "idle bytes", Unit: "idle: B of heap"},
			{Name: "new", Unit: "new: goroutines"}, {Name: "new bytes", Unit: "new: B of heap"},
			{Name: "closed", Unit: "closed: goroutines"},
		},
		Rounds:   1,
		NearZero: true,
	}
	enter := func(name, note string, open func(w int) (func(func()), func())) {
		w.Entries = append(w.Entries, measure.Entry{Name: name, Note: note, Open: func() measure.Bench {
			return measure.Bench{Self: func() []float64 { return rest(s.Idle, open) }}
		}})
	}
	for _, st := range starters {
		if !st.pool || st.name == "pond Submit" {
			continue
		}
		if st.name != Millrace {
			enter(st.name, "", st.open)
			continue
		}
		enter(Millrace, "idle timeout of 1 s, as ants has", openIdleMillrace)
		enter("millrace, default", "idle timeout of 10 s", st.open)
	}
	return []measure.Workload{w}
}

func openIdleMillrace(w int) (func(func()), func()) {
	p := pool.New(millrace.WithWorkers(w), millrace.WithIdleTimeout(time.Second))
	start := func(run func()) {
		pool.Go(background, p, func(context.Context) error { run(); return nil })
	}
	return start, func() { must(p.Close()) }
}

func rest(d time.Duration, open func(w int) (func(func()), func())) []float64 {
	burst(func(run func()) { go run() }, 1_000) // what the runtime keeps for ever, it keeps once
	before := held()
	start, stop := open(64)
	fresh := held().since(before)
	burst(start, 1_000)
	time.Sleep(d)
	idle := held().since(before)
	stop()
	time.Sleep(d / 10) // some close in the background
	closed := held().since(before)
	return []float64{idle.goroutines, idle.heap, fresh.goroutines, fresh.heap, closed.goroutines}
}

// burst starts n tasks that overlap, so that all workers are needed.
func burst(start func(func()), n int) {
	var wg sync.WaitGroup
	wg.Add(n)
	for range n {
		start(func() {
			defer wg.Done()
			time.Sleep(time.Millisecond)
		})
	}
	wg.Wait()
}

// kept measures what is still reachable when all tasks have settled and the pool is
// closed, but still referred to.
func kept(s Scale) []measure.Workload {
	w := measure.Workload{
		Name:     "kept",
		Title:    "Memory kept after " + thousands(s.Grown) + " tasks, the pool closed and held",
		Unit:     "task",
		Metrics:  []measure.Metric{{Name: "bytes", Unit: "B/task"}},
		Rounds:   3,
		NearZero: true,
	}
	for _, st := range starters {
		if st.pool && st.name != "pond Submit" {
			w.Entries = append(w.Entries, measure.Entry{Name: st.name, Open: func() measure.Bench {
				return measure.Bench{Self: func() []float64 { return residue(s.Grown, st.open) }}
			}})
		}
	}
	return []measure.Workload{w}
}

func residue(n int, open func(w int) (func(func()), func())) []float64 {
	cycle := func() (stop func()) {
		start, stop := open(8)
		var wg sync.WaitGroup
		wg.Add(n)
		for range n {
			start(wg.Done)
		}
		wg.Wait()
		stop()
		return stop
	}
	cycle() // once for what the runtime keeps for ever,
	cycle() // and once for what grew meanwhile
	before := held()
	pool := cycle()
	after := held().since(before)
	runtime.KeepAlive(pool)
	return []float64{after.heap / float64(n)}
}
