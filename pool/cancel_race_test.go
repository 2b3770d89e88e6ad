package pool_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A target is a task whose calls and settlements are counted.
type target struct {
	f               *intFuture
	called, settled atomic.Int32
}

func newTarget(ctx context.Context, ex pool.Executor, opts ...millrace.TaskOption) *target {
	s := new(target)
	s.f = pool.Submit(ctx, ex, func(context.Context) (int, error) { s.called.Add(1); return 1, nil }, opts...)
	s.f.OnDone(func(*intFuture) { s.settled.Add(1) })
	return s
}

// check fails t unless the task has settled once, and is cancelled if and only
// if its function was not called.
func (s *target) check(t *testing.T, what string) {
	t.Helper()
	state, called, settled := s.f.State(), s.called.Load(), s.settled.Load()
	if !state.Settled() || settled != 1 || called > 1 || (state == future.Cancelled) != (called == 0) {
		t.Errorf("%s: %v, called %d times, OnDone %d times, want settled, called once or cancelled, OnDone once", what, state, called, settled)
	}
}

// Whatever races with a task, it settles once, and cancelled means not called. This runs
// outside of a bubble, for real races.
func TestSettlesOnce(t *testing.T) {
	const tasks = 64
	for name, lever := range map[string]func(p *pool.Pool, cancel func(), s []*target){
		"Cancel": func(_ *pool.Pool, _ func(), s []*target) {
			for _, s := range s {
				if cancelled := s.f.Cancel(); cancelled != (s.f.State() == future.Cancelled) {
					t.Errorf("Cancel() = %v, want true if the state is cancelled; it is %v", cancelled, s.f.State())
				}
			}
		},
		"Abort": func(_ *pool.Pool, _ func(), s []*target) {
			for _, s := range s {
				s.f.Abort(errBoom)
			}
		},
		"end of ctx": func(_ *pool.Pool, cancel func(), _ []*target) { cancel() },
		"Stop":       func(p *pool.Pool, _ func(), _ []*target) { p.Stop(errBoom) },
		"Close":      func(p *pool.Pool, _ func(), _ []*target) { p.Close() },
		"Seal":       func(p *pool.Pool, _ func(), _ []*target) { p.Seal() },
		"Shutdown": func(p *pool.Pool, _ func(), _ []*target) {
			ctx, cancel := context.WithTimeout(bg, 50*time.Microsecond)
			defer cancel()
			p.Shutdown(ctx)
		},
		"all": func(p *pool.Pool, cancel func(), s []*target) {
			races(cancel, p.Seal, func() { p.Stop(errBoom) }, func() {
				for _, s := range s {
					s.f.Cancel()
				}
			})
		},
	} {
		for _, workers := range []int{1, 4} {
			for range 20 {
				p := pool.New(millrace.WithWorkers(workers))
				ctx, cancel := context.WithCancel(bg)
				targets := make([]*target, tasks)
				for i := range targets[:tasks/2] {
					targets[i] = newTarget(ctx, p)
				}
				races(
					func() { lever(p, cancel, targets[:tasks/2]) },
					func() {
						for i := tasks / 2; i < tasks; i++ {
							targets[i] = newTarget(ctx, p)
						}
					},
				)
				p.Close()
				for _, s := range targets {
					s.check(t, name)
				}
				cancel()
				if s := stats(t, p); s.Submitted+s.Refused != tasks || s.Queued+s.Running+s.Waiting+s.Deferred+s.Goroutines != 0 {
					t.Errorf("%s, %d workers: Stats() after Close = %+v, want %d accounted for", name, workers, s, tasks)
				}
			}
		}
	}
}

// Of many cancels at once, and a worker, one wins, and all cancels agree.
func TestCancelFromManyGoroutines(t *testing.T) {
	p := pool.New(two)
	defer p.Close()
	for range 500 {
		s := newTarget(bg, p)
		var yes atomic.Int32
		cancel := func() {
			if s.f.Cancel() {
				yes.Add(1)
			}
		}
		races(cancel, cancel, cancel, cancel)
		s.f.Await(bg)
		if never := s.f.State() == future.Cancelled; never != (yes.Load() == 4) {
			t.Errorf("Cancel() = true %d times of 4, want all if it is cancelled (%v), or else none", yes.Load(), never)
		}
	}
}

// A Then races with its input, its own cancel, and the end of the pool.
func TestThenSettlesOnce(t *testing.T) {
	for i := range 300 {
		p := pool.New(two)
		in := future.NewPromise[int]()
		var called, settled atomic.Int32
		f := pool.Then(bg, p, in.Future(), func(_ context.Context, v int) (int, error) { called.Add(1); return v, nil })
		f.OnDone(func(*intFuture) { settled.Add(1) })
		levers := []func(){
			func() { in.Resolve(1) },
			func() { f.Cancel() },
			func() { p.Stop(errBoom) },
			func() { in.Future().Cancel() },
		}
		races(levers[i%4], levers[(i/4)%4])
		p.Stop(nil)
		p.Close()
		if s := f.State(); !s.Settled() || settled.Load() != 1 || (s == future.Cancelled) != (called.Load() == 0) {
			t.Errorf("race %d: %v, called %d times, OnDone %d times, want settled, called once or cancelled, OnDone once", i, s, called.Load(), settled.Load())
		}
		stats(t, p)
	}
}

// Once the context of pending tasks has ended, nobody finds one of them pending, however
// far the pool has come with settling them; and all that asks agrees with that.
func TestNothingPendsAfterTheEndOfItsContext(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	p := pool.New(one)
	open := make(chan struct{})
	pool.Go(bg, p, func(context.Context) error { <-open; return nil })
	for range rounds {
		ctx, cancel := context.WithCancel(bg)
		var pending [64]*intFuture
		for i := range pending {
			pending[i] = pool.Submit(ctx, p, func(context.Context) (int, error) { return 0, nil })
		}
		go cancel()
		for ctx.Err() == nil {
			runtime.Gosched()
		}
		for range rand.N(4000) {
			ctx.Err() // until the pool is somewhere among the tasks
		}
		for i, f := range pending {
			cancelled, state := i%2 == 0 || f.Cancel(), f.State()
			if !cancelled || state != future.Cancelled || f.Abort(nil) {
				t.Fatalf("after the end of its context a task is %v, Cancel() = %v, want cancelled and true", state, cancelled)
			}
		}
	}
	close(open)
	p.Close()
	if s := stats(t, p); int(s.Cancelled) != rounds*64 {
		t.Errorf("Stats() counts %d cancelled tasks, want %d", s.Cancelled, rounds*64)
	}
}
