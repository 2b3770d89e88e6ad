package work

import (
	"context"
	"slices"

	"github.com/alitto/pond/v2"
	"github.com/bytedance/gopkg/util/gopool"
	"github.com/gammazero/workerpool"
	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
	"github.com/panjf2000/ants/v2"
	concpool "github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

// A starter runs functions, for workloads that do not look at results: start submits
// one, stop ends the pool when all have run.
type starter struct {
	name, note string
	queues     bool // start does not block while all workers are busy
	pool       bool // lives on between tasks
	open       func(w int) (start func(func()), stop func())
}

var starters = []starter{
	{Millrace, "", true, true, func(w int) (func(func()), func()) {
		p := pool.New(millrace.WithWorkers(w))
		start := func(run func()) {
			pool.Go(background, p, func(context.Context) error { run(); return nil })
		}
		return start, func() { must(p.Close()) }
	}},
	{"go", noLimit, false, false, func(int) (func(func()), func()) {
		return func(run func()) { go run() }, func() {}
	}},
	{"errgroup", "", false, false, func(w int) (func(func()), func()) {
		var g errgroup.Group
		g.SetLimit(w)
		return func(run func()) { g.Go(func() error { run(); return nil }) }, func() { must(g.Wait()) }
	}},
	{"semaphore + go", "", false, false, func(w int) (func(func()), func()) {
		slots := semaphore.NewWeighted(int64(w))
		start := func(run func()) {
			must(slots.Acquire(background, 1))
			go func() {
				defer slots.Release(1)
				run()
			}()
		}
		return start, func() { must(slots.Acquire(background, int64(w))) }
	}},
	{"conc pool", "", false, false, func(w int) (func(func()), func()) {
		p := concpool.New().WithMaxGoroutines(w)
		return p.Go, p.Wait
	}},
	{"pond Go", "", true, true, func(w int) (func(func()), func()) {
		p := pond.NewPool(w)
		return func(run func()) { must(p.Go(run)) }, p.StopAndWait
	}},
	{"pond Submit", "", true, true, func(w int) (func(func()), func()) {
		p := pond.NewPool(w)
		return func(run func()) { p.Submit(run) }, p.StopAndWait
	}},
	{"ants", "", false, true, func(w int) (func(func()), func()) {
		p, err := ants.NewPool(w)
		must(err)
		return func(run func()) { must(p.Submit(run)) }, p.Release
	}},
	{"workerpool", "", true, true, func(w int) (func(func()), func()) {
		p := workerpool.New(w)
		return p.Submit, p.StopWait
	}},
	{"gopool", "", true, true, func(w int) (func(func()), func()) {
		p := gopool.NewPool("bench", int32(w), gopool.NewConfig())
		return p.Go, func() {}
	}},
}

// startersOf returns the starters of those names.
func startersOf(names ...string) []starter {
	var chosen []starter
	for _, st := range starters {
		if slices.Contains(names, st.name) {
			chosen = append(chosen, st)
		}
	}
	return chosen
}
