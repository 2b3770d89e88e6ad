package pool_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Functions run in order of registration, before the end of Close, and what is
// registered late runs at once.
func TestOnDoneOrder(t *testing.T) {
	for _, c := range unusual {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool()
			f := pool.Submit(bg, p, c.fn)
			var order journal
			for i := range 5 {
				f.OnDone(func(f *intFuture) {
					order.add(fmt.Sprint(i))
					if i == 2 {
						f.OnDone(func(*intFuture) { order.add("inner") })
					}
				})
			}
			release()
			p.Close()
			f.OnDone(func(*intFuture) { order.add("late") })
			order.want(t, "0 1 2 inner 3 4 late")
		})
	}
}

// A function that was taken back does not run.
func TestOnDoneStop(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		f := pool.Submit(bg, p, nop)
		stop := f.OnDone(func(*intFuture) { t.Error("ran after it was taken back") })
		ran := false
		keep := f.OnDone(func(*intFuture) { ran = true })
		if !stop() || stop() {
			t.Error("stop() twice: want true, then false")
		}
		release()
		p.Close()
		if !ran || keep() {
			t.Errorf("the other one ran: %v, and can be taken back: want true, false", ran)
		}
	})
}

// Waiters are released before the functions run.
func TestOnDoneAfterWaiters(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		f := pool.Submit(bg, p, nop)
		awaited := make(chan struct{})
		go func() { f.Await(bg); close(awaited) }()
		synctest.Wait()
		f.OnDone(func(*intFuture) { <-awaited }) // or the bubble is deadlocked
		release()
		p.Close()
	})
}

// The function may submit to the pool, also while it closes: it is no task, and
// is refused.
func TestOnDoneSubmits(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		var open, closing *intFuture
		a, b := pool.Submit(bg, p, nop), pool.Submit(bg, p, nop)
		submitted, sealed := make(chan struct{}), make(chan struct{})
		a.OnDone(func(*intFuture) { open = pool.Submit(bg, p, nop); close(submitted) })
		b.OnDone(func(*intFuture) { <-submitted; p.Seal(); closing = pool.Submit(bg, p, nop); close(sealed) })
		release()
		<-sealed
		p.Close()
		wantValue(t, "submitted while open", open, 1)
		wantNeverRan(t, "submitted while closing", closing, pool.ErrClosed)
	})
}

// A slow function does not hold the task's slot, weight or key.
func TestSlowOnDoneHoldsNothing(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithMaxWeight(1))
		k := millrace.WithKey(1)
		release := blocker(p, 1)
		gate := make(chan struct{})
		slow := pool.Submit(bg, p, nop, k)
		slow.OnDone(func(*intFuture) { <-gate })
		next := pool.Submit(bg, p, nop, k)
		release()
		wantValue(t, "the next task", next, 1)
		if s := stats(t, p); s.Running != 0 || s.Weight != 0 {
			t.Errorf("Stats() = %+v, want nothing running", s)
		}
		close(gate)
		p.Close()
	})
}

// A worker that is busy with a function of OnDone is not one that another task waits for, whatever
// has settled the future.
func TestSlowOnDoneKeepsNoWorker(t *testing.T) {
	for name, settled := range map[string]func(p *pool.Pool) *intFuture{
		"a task that calls Goexit": func(p *pool.Pool) *intFuture {
			return pool.Submit(bg, p, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
		},
		"a member that another one cancels": func(p *pool.Pool) *intFuture {
			g := pool.NewGroup(bg, p)
			pool.Submit(bg, g, boom)
			return pool.Submit(bg, g, nop)
		},
		"a member that a Goexit cancels": func(p *pool.Pool) *intFuture {
			g := pool.NewGroup(bg, p)
			pool.Submit(bg, g, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
			return pool.Submit(bg, g, nop)
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool()
			gate := make(chan struct{})
			settled(p).OnDone(func(*intFuture) { <-gate })
			next := pool.Submit(bg, p, nop)
			release()
			synctest.Wait()
			if r, ok := next.Poll(); !ok || r.Err != nil {
				t.Errorf("beside the function of %s: Poll() = %v, %v, want a task that has run", name, r, ok)
			}
			close(gate)
			p.Close()
		})
	}
}

// Registration that races with the end: each function runs exactly once.
func TestOnDoneRaces(t *testing.T) {
	p := pool.New(two)
	for range 300 {
		var ran, stopped atomic.Int32
		f := pool.Submit(bg, p, func(context.Context) (int, error) { return 1, nil })
		register := func() {
			for i := range 4 {
				stop := f.OnDone(func(f *intFuture) {
					if f.State() != future.Succeeded && f.State() != future.Cancelled {
						t.Errorf("OnDone of a future that is %v, want succeeded or cancelled", f.State())
					}
					ran.Add(1)
				})
				if i%2 == 0 && stop() {
					stopped.Add(1)
				}
			}
		}
		races(register, register, func() { f.Cancel() })
		p.Stats()
		f.Await(bg)
		settled := make(chan struct{})
		f.OnDone(func(*intFuture) { close(settled) })
		<-settled
		for ran.Load()+stopped.Load() < 8 { // those of the settling goroutine are on their way
			synchronize(p)
		}
		if got := ran.Load() + stopped.Load(); got != 8 {
			t.Errorf("%d functions ran, %d were taken back, want 8", ran.Load(), stopped.Load())
		}
	}
	p.Close()
}

// synchronize lets the workers of p come by.
func synchronize(p *pool.Pool) { pool.Submit(bg, p, nop).Await(bg) }

// A wait for a member that its group cancels does not have to wait for functions of
// OnDone of tasks that settle because the members' contexts end.
func TestOnDoneAfterWaitersOfGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		g := pool.NewGroup(bg, p)
		gate := make(chan struct{})
		running := pool.Submit(bg, g, func(ctx context.Context) (int, error) {
			pool.Submit(ctx, p, nop).OnDone(func(*intFuture) { <-gate })
			return untilEnd(ctx)
		})
		pending := pool.Submit(bg, g, nop)
		synctest.Wait()
		// A member of the group that fails: the group cancels the others, in the goroutine of the input.
		input := future.NewPromise[int]()
		fails := pool.Then(bg, g, input.Future(), identity)
		go input.Reject(errBoom)
		_, err := pending.Await(bg)
		wantNeverRan(t, "the pending member", pending, errBoom)
		if wantIs(t, "Await()", err, errBoom); fails.State() != future.Failed {
			t.Errorf("the member that fails is %v, want failed", fails)
		}
		close(gate)
		running.Await(bg)
		p.Close()
	})
}

// A wait for the member that fails does not have to wait for such functions either,
// however the member fails.
func TestOnDoneAfterWaitersOfFailure(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error":  func() error { return errBoom },
		"panic":  func() error { panic(errBoom) },
		"goexit": func() error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one)
				g := pool.NewGroup(bg, p)
				start, gate := make(chan struct{}), make(chan struct{})
				fails := pool.Submit(bg, g, func(context.Context) (int, error) { <-start; return 0, fail() })
				pending := pool.Submit(bg, g, nop)
				pending.OnDone(func(*intFuture) { <-gate })
				close(start)
				if _, err := fails.Await(bg); err == nil {
					t.Error("the member that fails has no error")
				}
				wantNeverRan(t, "the pending member", pending)
				close(gate)
				p.Close()
			})
		})
	}
}

// A callbackObserver is told of panics in functions of OnDone.
type callbackObserver struct {
	exitObserver
	told []any
}

func (o *callbackObserver) PoolStopped(string, error) {}
func (o *callbackObserver) CallbackPanicked(name string, value any, stack []byte) {
	o.told = append(o.told, name, value, len(stack) > 0)
}

// An observer is told of a panic in a function of OnDone, which is counted.
func TestObserverOfOnDonePanic(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		o := &callbackObserver{exitObserver: exitObserver{"none"}}
		p := pool.New(one, millrace.WithName("p"), millrace.WithObserver(o))
		release := blocker(p, 1)
		f := pool.Submit(bg, p, nop)
		f.OnDone(func(*intFuture) { panic("a") })
		release()
		p.Close()
		if want := []any{"p", "a", true}; !slices.Equal(o.told, want) || stats(t, p).CallbackPanics != 1 {
			t.Errorf("the observer was told %v, want %v; Stats() = %+v", o.told, want, p.Stats())
		}
	})
}
