package pool_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A worker that ends a task takes the next one in the same step. The rules of groups and of
// closed pools are kept all the same.

// The next task is a member of a group that has ended a moment before: it never runs.
func TestNextOfEndedGroup(t *testing.T) {
	var ran atomic.Int32
	for i := range 200 {
		ctx, cancel := context.WithCancelCause(bg)
		p := pool.New(one, millrace.WithQueue([]int{1, 1 << 20}[i%2]), millrace.WithMaxWeight(2))
		if i%4 < 2 {
			p = pool.New(one)
		}
		g := pool.NewGroup(ctx, p)
		release := make(chan struct{})
		pool.Go(bg, p, func(context.Context) error {
			<-release
			cancel(errBoom)
			return nil
		})
		f := pool.Submit(bg, g, func(context.Context) (int, error) { ran.Add(1); return 0, nil })
		close(release)
		f.Await(bg)
		wantNeverRan(t, "a member of an ended group", f, errBoom)
		g.Wait()
		p.Close()
	}
	if n := ran.Load(); n > 0 {
		t.Errorf("%d members ran after the end of their group", n)
	}
}

// The next task is submitted with a context that has ended a moment before.
func TestNextOfEndedContext(t *testing.T) {
	for range 100 {
		ctx, cancel := context.WithCancelCause(bg)
		p := pool.New(one)
		release := make(chan struct{})
		pool.Go(bg, p, func(context.Context) error {
			<-release
			cancel(errBoom)
			return nil
		})
		f := pool.Submit(ctx, p, nop, millrace.WithPriority(1))
		close(release)
		f.Await(bg)
		wantNeverRan(t, "a task with options", f, errBoom)
		p.Close()
	}
}

// A member that was the next task counts in its group, so a limit that is set later holds.
func TestNextCountsInItsGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		free := blocker(p, 2)
		g := pool.NewGroup(bg, p)
		gate := make(chan struct{})
		wait := waitsFor(gate)
		first := pool.Submit(bg, g, wait)
		free()
		synctest.Wait()
		g.SetLimit(1)
		second := pool.Submit(bg, g, nop)
		synctest.Wait()
		if a, b := first.State(), second.State(); a != future.Running || b != future.Pending {
			t.Errorf("two members with a limit of 1 are %v and %v, want running and pending", a, b)
		}
		close(gate)
		wantValue(t, "the second member", second, 1)
		g.Wait()
		p.Close()
	})
}

// The pool's own context has ended a moment before.
func TestNextOfEndedPool(t *testing.T) {
	for range 100 {
		ctx, cancel := context.WithCancelCause(bg)
		p := pool.New(one, millrace.WithContext(ctx))
		release := make(chan struct{})
		pool.Go(bg, p, func(context.Context) error {
			<-release
			cancel(errBoom)
			return nil
		})
		f := pool.Submit(bg, p, nop)
		close(release)
		f.Await(bg)
		wantNeverRan(t, "a task of a pool that stops", f, pool.ErrStopped, errBoom)
		p.Close()
	}
}

// A heavy task that ends makes room for several light ones.
func TestRoomForSeveralAfterAHeavyTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(8), millrace.WithMaxWeight(4))
		gate, lights := make(chan struct{}), make(chan struct{})
		pool.Submit(bg, p, waitsFor(gate), millrace.WithWeight(4))
		for range 6 {
			pool.Submit(bg, p, waitsFor(lights))
		}
		close(gate)
		synctest.Wait()
		if s := stats(t, p); s.Running != 4 || s.Queued != 2 {
			t.Errorf("Stats() after a task of weight 4 = %+v, want 4 running, 2 queued", s)
		}
		close(lights)
		p.Close()
	})
}

// A task that ends lets the next one of its key start, and one that waits for its group.
func TestNextOfKeyAndOfGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		first, others := make(chan struct{}), make(chan struct{})
		pool.Submit(bg, g, waitsFor(first), millrace.WithKey("k"))
		pool.Submit(bg, p, waitsFor(others), millrace.WithKey("k"))
		pool.Submit(bg, g, waitsFor(others))
		synctest.Wait()
		close(first)
		synctest.Wait()
		if s := stats(t, p); s.Running != 2 || s.Queued != 0 {
			t.Errorf("Stats() = %+v, want the next of the key and of the group to run", s)
		}
		close(others)
		p.Close()
	})
}

// A worker that takes the next task along leaves those alone that wait for a place and go first.
func TestNextLeavesItsPlace(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool(millrace.WithQueue(1))
		gate := make(chan struct{})
		pool.Submit(bg, p, waitsFor(gate))
		var first atomic.Pointer[intFuture]
		go func() { first.Store(pool.Submit(bg, p, nop, millrace.WithPriority(1))) }()
		synctest.Wait()
		release()
		synctest.Wait()
		if f := first.Load(); f == nil || f.State() != future.Succeeded {
			t.Errorf("a task of a higher priority that waited for a place is %v, want it succeeded", f)
		}
		close(gate)
		p.Close()
	})
}
