package sched_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// startsFirst is a pool whose Submit returns when the job waits.
type startsFirst struct {
	*sched.Pool
	far *job
}

func (e startsFirst) Submit(ctx context.Context, t *sched.Task) {
	e.Pool.Submit(ctx, t)
	untilWaits(e.Pool, e.far, 1)
}

// A task that goes on in a cycle through another pool is still known to wait: a task there that comes
// to wait for it is told.
func TestWaitThatGoesOnAcrossPools(t *testing.T) {
	cfg := options.Pool{Workers: 2, Queue: options.Unbounded, IdleTimeout: time.Minute}
	p, other := sched.New(cfg), sched.New(cfg)
	var caller, far *job
	var again error
	far = plain(func(ctx context.Context) {
		_ = sched.Await(ctx, &caller.Task) // until the caller, which is told of the deadlock, ends ctx
		untilWaits(p, caller, 1)
		again = sched.Await(context.WithoutCancel(ctx), &caller.Task)
	})
	caller = plain(func(ctx context.Context) {
		sched.SubmitAndWait(ctx, startsFirst{other, far}, &far.Task)
	})
	submit(p, caller)
	await(t, caller, far)
	if !errors.Is(again, outcome.ErrDeadlock) {
		t.Errorf("Await() of a task that goes on in a cycle = %v, want ErrDeadlock", again)
	}
	_, _ = p.Close(), other.Close()
}

// A wait that searches other pools finds the cycle that was closed while it waited for another search.
// Its first look was only at its own pool, and before that.
func TestWaitThatSearchesLooksAgain(t *testing.T) {
	p := sched.New(options.Pool{Workers: 5, Queue: options.Unbounded, IdleTimeout: time.Minute})
	gate, goes := make(chan struct{}), make(chan struct{})
	between, settle := across(p)
	var caller, other, joins, far *job
	caller = plain(func(ctx context.Context) {
		<-gate
		if err := sched.Await(ctx, &other.Task); !errors.Is(err, outcome.ErrDeadlock) {
			t.Errorf("Await() of a task in a cycle = %v, want ErrDeadlock", err)
		}
	})
	far = plain(func(ctx context.Context) { _ = sched.Await(context.WithoutCancel(ctx), &caller.Task) })
	joins = plain(func(ctx context.Context) {
		<-goes
		sched.SubmitAndWait(ctx, startsFirst{p, far}, &far.Task)
	})
	other = plain(func(ctx context.Context) {
		left := make(chan struct{})
		go func() { _ = sched.Await(ctx, &between.Task); close(left) }()
		if err := sched.Await(ctx, &joins.Task); err != nil {
			t.Errorf("Await() of a task in a cycle of which another is told = %v, want nil", err)
		}
		<-left
	})
	submit(p, caller, joins, other)
	untilWaits(p, other, 2)
	release := sched.HoldSearches()
	close(gate)
	untilWatches(p, caller, 1)
	close(goes)
	untilWaits(p, joins, 1)
	release()
	settle()
	await(t, caller, joins, other, far)
	_ = p.Close()
}

// A search through several pools sees one instant. Here it is held up at the pool in the middle, and
// meanwhile the first task of the path may leave its wait, and the last one begin to wait: no cycle is
// there at any time. Some thousand turns are enough for both, if a lock was given up too early.
func TestSearchSeesOneInstant(t *testing.T) {
	cfg := options.Pool{Workers: 3, Queue: options.Unbounded, IdleTimeout: time.Minute}
	p, q := sched.New(cfg), sched.New(cfg)
	goes, closes, end := make(chan struct{}), make(chan struct{}), make(chan struct{})
	leave := make(chan context.CancelFunc, 1)
	var caller, first, middle, last *job
	wait := func(ctx context.Context, on *job) {
		if err := sched.Await(ctx, &on.Task); err != nil {
			t.Errorf("Await() in a path that is no cycle = %v, want nil", err)
		}
	}
	caller = plain(func(ctx context.Context) { <-goes; wait(ctx, first) })
	first = plain(func(ctx context.Context) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		leave <- stop
		_ = sched.Await(ctx, &middle.Task)
		<-end
	})
	middle = plain(func(ctx context.Context) { wait(ctx, last) })
	last = plain(func(ctx context.Context) { <-closes; wait(ctx, caller) })
	turns := func() {
		for range 10_000 {
			runtime.Gosched()
		}
	}
	submit(p, caller, last)
	submit(q, middle)
	untilWaits(q, middle, 1)
	submit(p, first)
	untilWaits(p, first, 1)
	release := sched.Hold(q)
	close(goes)
	for !sched.Searches() {
		runtime.Gosched()
	}
	turns()
	(<-leave)() // from here on the first is about to go on, whether it has been told or not
	turns()
	close(closes)
	turns()
	release()
	for sched.Searches() || sched.Waits(p, &caller.Task) != 1 && !caller.Settled() { // what has settled is no deadlock to Await
		runtime.Gosched()
	}
	close(end)
	await(t, caller, first, middle, last)
	_, _ = p.Close(), q.Close()
}
