package work

import (
	"context"

	"github.com/alitto/pond/v2"
	"golang.org/x/sync/errgroup"
)

// A goForker starts a goroutine for each task, and joins over a channel.
type goForker[In any] struct{ do body[In] }

func newGoForker[In any](_ int, do body[In]) goForker[In] { return goForker[In]{do} }

func (f goForker[In]) fork(ctx context.Context, in In) chan int {
	do, result := f.do, make(chan int, 1)
	go func() { result <- do(ctx, in) }()
	return result
}

func (f goForker[In]) join(_ context.Context, result chan int) int { return <-result }

func (f goForker[In]) close() {}

// A chanForker joins over a channel, as users do with a pool that has no results.
type chanForker[In any] struct {
	start func(func())
	do    body[In]
	stop  func()
}

func newChanForker[In any](open func(w int) (start func(func()), stop func())) func(w int, do body[In]) chanForker[In] {
	return func(w int, do body[In]) chanForker[In] {
		start, stop := open(w)
		return chanForker[In]{start, do, stop}
	}
}

func (f chanForker[In]) fork(ctx context.Context, in In) chan int {
	do, result := f.do, make(chan int, 1)
	f.start(func() { result <- do(ctx, in) })
	return result
}

func (f chanForker[In]) join(_ context.Context, result chan int) int { return <-result }

func (f chanForker[In]) close() { f.stop() }

// chanStarters are the peers that chanForkers are made of.
var chanStarters = append([]starter{
	{name: "errgroup TryGo", note: "inline when the limit is reached", open: func(w int) (func(func()), func()) {
		var g errgroup.Group
		g.SetLimit(w)
		start := func(run func()) {
			if !g.TryGo(func() error { run(); return nil }) {
				run()
			}
		}
		return start, func() { must(g.Wait()) }
	}},
}, startersOf("errgroup", "semaphore + go", "conc pool", "ants", "workerpool", "gopool")...)

type pondForker[In any] struct {
	p  pond.ResultPool[int]
	do body[In]
}

func newPondForker[In any](w int, do body[In]) pondForker[In] {
	return pondForker[In]{pond.NewResultPool[int](w), do}
}

func (f pondForker[In]) fork(ctx context.Context, in In) pond.ResultTask[int] {
	do := f.do
	return f.p.Submit(func() int { return do(ctx, in) })
}

func (f pondForker[In]) join(_ context.Context, t pond.ResultTask[int]) int {
	v, err := t.Wait()
	must(err)
	return v
}

func (f pondForker[In]) close() { f.p.StopAndWait() }
