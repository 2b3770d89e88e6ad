package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Shutdown returns at the end of its context, whatever blocks, and says what that is.
func TestShutdownIsNotHeldUp(t *testing.T) {
	for name, c := range map[string]struct {
		opts  func(block func()) millrace.PoolOption
		start func(p *pool.Pool, block func())
	}{
		"OnDone": {
			start: func(p *pool.Pool, block func()) {
				gate := make(chan struct{})
				f := pool.Submit(bg, p, waitsFor(gate))
				f.OnDone(func(*intFuture) { block() })
				close(gate)
			},
		},
		"Init of a cancelled task": {
			opts: func(block func()) millrace.PoolOption {
				return millrace.WithInit(func(ctx context.Context) (context.Context, error) { block(); return ctx, nil })
			},
			start: func(p *pool.Pool, _ func()) {
				f := pool.Submit(bg, p, nop)
				synctest.Wait()
				f.Cancel()
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				gate := make(chan struct{})
				block := func() { <-gate }
				opts := []millrace.PoolOption{one}
				if c.opts != nil {
					opts = append(opts, c.opts(block))
				}
				p := pool.New(opts...)
				c.start(p, block)
				synctest.Wait()
				ctx, cancel := context.WithTimeout(bg, time.Second)
				defer cancel()
				begin := time.Now()
				err := p.Shutdown(ctx)
				down, ok := errors.AsType[*pool.ShutdownError](err)
				if took := time.Since(begin); took != time.Second || !ok || down.Callbacks != 1 || down.Running != 0 {
					t.Errorf("Shutdown() = %v after %v, want one callback left after 1s", err, took)
				}
				close(gate)
				p.Close()
			})
		})
	}
}

// Called in a function of OnDone, it does not wait for itself beyond its context.
func TestShutdownInOnDone(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate := make(chan struct{})
		f := pool.Submit(bg, p, waitsFor(gate))
		result := make(chan error, 1)
		f.OnDone(func(*intFuture) {
			ctx, cancel := context.WithTimeout(bg, time.Second)
			defer cancel()
			result <- p.Shutdown(ctx)
		})
		close(gate)
		begin := time.Now()
		if <-result; time.Since(begin) > time.Second {
			t.Errorf("Shutdown() in OnDone took %v, want 1s at most", time.Since(begin))
		}
		p.Close()
	})
}

// A panic in OnDone is counted, apart from those of tasks.
func TestCallbackPanicsAreCounted(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate := make(chan struct{})
		f := pool.Submit(bg, p, waitsFor(gate))
		f.OnDone(func(*intFuture) { panic("a") })
		f.OnDone(func(*intFuture) { panic("b") })
		close(gate)
		p.Close()
		if s := stats(t, p); s.CallbackPanics != 2 || s.Panicked != 0 {
			t.Errorf("Stats() = %+v, want 2 panics of callbacks, and none of tasks", s)
		}
	})
}

// A panic in OnDone of a Then is counted by the pool of the Then, whichever goroutine settles it.
func TestCallbackPanicsOfThen(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(one), pool.New(one)
		gate := make(chan struct{})
		fail := func(context.Context) (int, error) { <-gate; return 0, errBoom }
		promise := future.NewPromise[int]()
		inputs := []*intFuture{promise.Future(), future.Go(bg, fail), pool.Submit(bg, q, fail)}
		for _, in := range inputs {
			then := pool.Then(bg, p, in, func(context.Context, int) (int, error) { return 1, nil })
			then.OnDone(func(*intFuture) { panic("a") })
		}
		promise.Reject(errBoom)
		close(gate)
		p.Close()
		q.Close()
		if a, b := stats(t, p).CallbackPanics, stats(t, q).CallbackPanics; a != uint64(len(inputs)) || b != 0 {
			t.Errorf("%d panics of callbacks, and %d in the pool of an input, want %d and none", a, b, len(inputs))
		}
	})
}

// Nor is it held up by the observer that is told of a blocked submitter's task, which
// Shutdown refuses.
func TestShutdownIsNotHeldUpByObserver(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		o := &blockingObserver{gate: make(chan struct{})}
		p, release := busyPool(millrace.WithQueue(0), millrace.WithObserver(o))
		go pool.Submit(bg, p, nop)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(bg, time.Second)
		defer cancel()
		time.AfterFunc(time.Minute, func() { close(o.gate) })
		begin := time.Now()
		err := p.Shutdown(ctx)
		down, ok := errors.AsType[*pool.ShutdownError](err)
		if took := time.Since(begin); took != time.Second || !ok || down.Callbacks != 1 || down.Running != 1 {
			t.Errorf("Shutdown() = %v after %v, want one task and one callback left after 1s", err, took)
		}
		release()
		p.Close()
	})
}

// Nor does a function of OnDone that Shutdown leaves behind hold up later uses of the pool.
func TestShutdownLeavesNoCallbackToOthers(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		gate := make(chan struct{})
		pool.Submit(bg, p, nop).OnDone(func(*intFuture) { <-gate })
		time.AfterFunc(time.Minute, func() { close(gate) })
		begin := time.Now()
		p.Shutdown(ended(errBoom))
		stats(t, p)
		if took := time.Since(begin); took != 0 {
			t.Errorf("Shutdown() and Stats() took %v, want no time", took)
		}
		release()
		p.Close()
	})
}

// A blockingObserver blocks when a task never runs.
type blockingObserver struct {
	exitObserver
	gate chan struct{}
}

func (o *blockingObserver) NeverRan(context.Context, *millrace.TaskInfo) { <-o.gate }
