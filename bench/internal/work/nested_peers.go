package work

import (
	"context"

	"github.com/alitto/pond/v2"
	"github.com/bytedance/gopkg/util/gopool"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
	concpool "github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

// A chanForker joins over a channel, as users do with a pool that has no results.
type chanForker struct {
	start func(func())
	stop  func()
}

func (f chanForker) fork(ctx context.Context, run func(context.Context) int) chan int {
	result := make(chan int, 1)
	f.start(func() { result <- run(ctx) })
	return result
}

func (f chanForker) join(_ context.Context, result chan int) int { return <-result }

func (f chanForker) close() {
	if f.stop != nil {
		f.stop()
	}
}

func newGoForker(int) chanForker {
	return chanForker{start: func(run func()) { go run() }}
}

func newErrgroupForker(w int) chanForker {
	var g errgroup.Group
	g.SetLimit(w)
	return chanForker{
		start: func(run func()) { g.Go(func() error { run(); return nil }) },
		stop:  func() { must(g.Wait()) },
	}
}

func newTryGoForker(w int) chanForker {
	var g errgroup.Group
	g.SetLimit(w)
	return chanForker{
		start: func(run func()) {
			if !g.TryGo(func() error { run(); return nil }) {
				run()
			}
		},
		stop: func() { must(g.Wait()) },
	}
}

func newSemaphoreForker(w int) chanForker {
	slots := semaphore.NewWeighted(int64(w))
	return chanForker{start: func(run func()) {
		must(slots.Acquire(background, 1))
		go func() {
			defer slots.Release(1)
			run()
		}()
	}}
}

func newConcForker(w int) chanForker {
	p := concpool.New().WithMaxGoroutines(w)
	return chanForker{start: p.Go, stop: p.Wait}
}

func newAntsForker(w int) chanForker {
	p, err := ants.NewPool(w)
	must(err)
	return chanForker{start: func(run func()) { must(p.Submit(run)) }, stop: p.Release}
}

func newWorkerpoolForker(w int) chanForker {
	p := workerpool.New(w)
	return chanForker{start: p.Submit, stop: p.StopWait}
}

func newGopoolForker(w int) chanForker {
	p := gopool.NewPool("bench", int32(w), gopool.NewConfig())
	return chanForker{start: p.Go}
}

type pondForker struct{ p pond.ResultPool[int] }

func newPondForker(w int) pondForker { return pondForker{pond.NewResultPool[int](w)} }

func (f pondForker) fork(ctx context.Context, run func(context.Context) int) pond.ResultTask[int] {
	return f.p.Submit(func() int { return run(ctx) })
}

func (f pondForker) join(_ context.Context, t pond.ResultTask[int]) int {
	v, err := t.Wait()
	must(err)
	return v
}

func (f pondForker) close() { f.p.StopAndWait() }
