package work

import (
	"context"
	"runtime"
	"sync"

	"github.com/bytedance/gopkg/util/gopool"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
	concpool "github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
)

// A revoker is a peer without handles, cancelled in the way its documentation has
// for it.
type revoker struct {
	name, note string
	blocks     bool // submit waits for a worker
	open       func(ctx context.Context, end func()) revocable
}

// revocable is a pool of one worker. A task is taken back when submit returns an
// error, or when it runs and finds its context ended.
type revocable struct {
	submit       func(func()) error
	cancel, stop func()
	waiting      func() int // how many wait in submit, if the pool can tell
}

var revokers = []revoker{
	{"errgroup", aGoroutineEach + "; the context of the group ends", true,
		func(ctx context.Context, end func()) revocable {
			g, _ := errgroup.WithContext(ctx)
			g.SetLimit(1)
			submit := func(run func()) error { g.Go(func() error { run(); return nil }); return nil }
			return revocable{submit: submit, cancel: end, stop: func() { must(g.Wait()) }}
		}},
	{"conc pool", aGoroutineEach + "; the context of the pool ends", true,
		func(ctx context.Context, end func()) revocable {
			p := concpool.New().WithMaxGoroutines(1).WithContext(ctx)
			submit := func(run func()) error {
				p.Go(func(context.Context) error { run(); return nil })
				return nil
			}
			return revocable{submit: submit, cancel: end, stop: func() { must(p.Wait()) }}
		}},
	{"ants", aGoroutineEach + "; Release", true,
		func(_ context.Context, end func()) revocable {
			p, err := ants.NewPool(1)
			must(err)
			return revocable{submit: p.Submit, cancel: func() { end(); p.Release() }, stop: func() {}, waiting: p.Waiting}
		}},
	{"workerpool", "Stop", false,
		func(_ context.Context, end func()) revocable {
			p := workerpool.New(1)
			submit := func(run func()) error { p.Submit(run); return nil }
			// Stop waits for the busy one, so it cannot be waited for.
			return revocable{submit: submit, cancel: func() { end(); go p.Stop() }, stop: func() {}}
		}},
	{"gopool", "the context of CtxGo ends", false,
		func(ctx context.Context, end func()) revocable {
			p := gopool.NewPool("bench", 1, gopool.NewConfig())
			submit := func(run func()) error { p.CtxGo(ctx, run); return nil }
			return revocable{submit: submit, cancel: end, stop: func() {}}
		}},
}

func (r revoker) prepare(n int) (cancel, settled, release func()) {
	ctx, end := context.WithCancel(background)
	p := r.open(ctx, end)
	busy, free := make(chan struct{}), make(chan struct{})
	must(p.submit(func() { close(busy); <-free }))
	<-busy
	var waiters, asked sync.WaitGroup
	waiters.Add(n)
	hear := func() {
		want(ctx.Err() != nil, true)
		waiters.Done()
	}
	ask := func() {
		if p.submit(hear) != nil {
			hear()
		}
	}
	for range n {
		if !r.blocks {
			ask()
			continue
		}
		asked.Add(1)
		go func() { asked.Done(); ask() }()
	}
	asked.Wait()
	for p.waiting != nil && p.waiting() < n {
		runtime.Gosched()
	}
	return p.cancel, waiters.Wait, func() { close(free); p.stop() }
}
