package pool_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Goroutines that a task, or an item of a map, has started and that go on after it has
// returned. What they do is not done by what the same worker runs next.

// hold is a task that holds its slot for a second, counted by the gauge.
func (g *gauge) hold(context.Context) (int, error) {
	g.add(1)
	defer g.add(-1)
	time.Sleep(time.Second)
	return 1, nil
}

// awaitAndHold is a task that waits for a child, which runs in its slot, and then holds
// that.
func (g *gauge) awaitAndHold(ctx context.Context, p *pool.Pool) (int, error) {
	if _, err := pool.Submit(ctx, p, g.hold).Await(ctx); err != nil {
		return 0, err
	}
	return g.hold(ctx)
}

// leftBehind is what such a goroutine may be blocked in; it returns when f has settled.
var leftBehind = map[string]func(ctx context.Context, f *intFuture){
	"Await":      func(ctx context.Context, f *intFuture) { f.Await(context.WithoutCancel(ctx)) },
	"AllSettled": func(ctx context.Context, f *intFuture) { future.AllSettled(context.WithoutCancel(ctx), f) },
	"Outside":    func(ctx context.Context, f *intFuture) { pool.Outside(ctx, func() { f.Await(bg) }) },
}

// The next task of the worker takes its slot back, although a goroutine of the last one
// still waits.
func TestWaitOutlivesTask(t *testing.T) {
	for name, wait := range leftBehind {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			late := pool.Submit(bg, p, nop, millrace.WithDelay(time.Hour))
			pool.Go(bg, p, func(ctx context.Context) error {
				go wait(ctx, late)
				synctest.Wait()
				return nil
			}).Await(bg)
			var slots gauge
			next := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return slots.awaitAndHold(ctx, p) })
			for range 3 {
				pool.Submit(bg, p, slots.hold)
			}
			wantValue(t, name, next, 1)
			p.Close()
			slots.want(t, name, 1)
		})
	}
}

// The same for the next item of a map, if the goroutine waits for a task that is pending, to
// which it lends the slot, and if it waits for one that runs.
func TestWaitOutlivesItem(t *testing.T) {
	for name, wait := range leftBehind {
		for _, runs := range []bool{false, true} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				release := blocker(p, 1)
				late := pool.Submit(bg, p, nop, millrace.WithDelay(time.Hour))
				if runs {
					release()
					late = pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Hour); return 1, nil })
				}
				var slots gauge
				_, err := pool.MapSlice(bg, p, []int{0, 1}, func(ctx context.Context, i int) (int, error) {
					if i == 0 {
						go wait(ctx, late)
						synctest.Wait()
						return 0, nil
					}
					for range 3 {
						pool.Submit(bg, p, slots.hold)
					}
					return slots.awaitAndHold(ctx, p)
				}, millrace.WithConcurrency(1))
				if err != nil {
					t.Errorf("%s: MapSlice() = %v, want nil", name, err)
				}
				slots.want(t, fmt.Sprint(name, ", the other task runs: ", runs), 1)
				if !runs {
					release() // what has been submitted may run two at a time now
				}
				p.Close()
			})
		}
	}
}

// A wait for the next task of the worker closes no cycle because of what a goroutine of the
// last one waits for.
func TestWaitOutlivesTaskWithoutCycle(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		ready, finish := make(chan struct{}), make(chan struct{})
		var next *intFuture
		waiter := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-ready
			return next.Await(ctx)
		})
		synctest.Wait()
		pool.Go(bg, p, func(ctx context.Context) error {
			go waiter.Await(context.WithoutCancel(ctx))
			synctest.Wait()
			return nil
		}).Await(bg)
		next = pool.Submit(bg, p, func(context.Context) (int, error) { <-finish; return 5, nil })
		synctest.Wait()
		close(ready)
		synctest.Wait()
		close(finish)
		wantValue(t, "a wait for what the worker runs next", waiter, 5)
		p.Close()
	})
}

// A Join that outlives its task runs neither function in a slot of the worker's next task,
// and lends nothing of that.
func TestJoinOutlivesTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		late := pool.Submit(bg, p, nop, millrace.WithDelay(time.Hour))
		a, b := make(chan struct{}), make(chan struct{})
		joined := false
		pool.Go(bg, p, func(ctx context.Context) error {
			go func() {
				_, _, err := pool.Join(ctx, p,
					waitsFor(a),
					func(ctx context.Context) (int, error) { <-b; return late.Await(context.WithoutCancel(ctx)) })
				joined = err == nil
			}()
			synctest.Wait()
			return nil
		}).Await(bg)
		release := blocker(p, 1) // the worker's next task
		close(b)
		synctest.Wait()
		if s := p.Stats(); s.Running != 2 || s.Waiting != 0 {
			t.Errorf("Stats() = %+v, want the next task and one function of Join running", s)
		}
		release()
		time.Sleep(2 * time.Hour)
		close(a)
		synctest.Wait()
		if !joined {
			t.Error("Join does not return without an error")
		}
		p.Close()
	})
}

// A goroutine of the task that waits for another pool's task keeps no slot that the task has
// not: it goes on when it has one.
func TestAwaitOtherPoolTakesSlotBack(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, other := pool.New(one), pool.New(one)
		far := pool.Submit(bg, other, nop, millrace.WithDelay(100*time.Second))
		var slots gauge
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			child := pool.Submit(ctx, p, nop, millrace.WithDelay(time.Minute))
			for range 200 {
				pool.Submit(bg, p, slots.hold)
			}
			over := make(chan struct{})
			go func() { defer close(over); child.Await(ctx) }() // lends
			far.Await(ctx)
			defer func() { <-over }()
			return slots.hold(ctx)
		})
		wantValue(t, "a task that waits for another pool's", f, 1)
		p.Close()
		other.Close()
		slots.want(t, "slots", 1)
	})
}
