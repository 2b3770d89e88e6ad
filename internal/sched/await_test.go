package sched_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// across is a task of p that waits for one of another pool: to wait for it in a task, too, is
// to look for a cycle across pools.
func across(p *sched.Pool) (between *job, settle func()) {
	other := sched.New(options.Pool{Workers: 1, Queue: options.Unbounded, IdleTimeout: time.Minute})
	gate := make(chan struct{})
	far := plain(func(context.Context) { <-gate })
	submit(other, far)
	between = plain(func(ctx context.Context) { _ = sched.Await(ctx, &far.Task) })
	submit(p, between)
	untilWaits(p, between, 1) // its own search is over, and does not wait for those that are held
	return between, func() { close(gate); _ = sched.Await(bg, &between.Task); _ = other.Close() }
}

// untilWaits returns when n goroutines of a task wait.
func untilWaits(p *sched.Pool, j *job, n int) { until(sched.Waits, p, j, n) }

// untilWatches returns when n goroutines of a task wait, or search, with the context of the task.
func untilWatches(p *sched.Pool, j *job, n int) { until(sched.Watches, p, j, n) }

func until(count func(*sched.Pool, *sched.Task) int, p *sched.Pool, j *job, n int) {
	for count(p, &j.Task) != n {
		runtime.Gosched()
	}
}

// A wait that has not begun, because what it is for has settled meanwhile, is used again. The
// end of its context in between is told to nobody else.
func TestWaitThatHasNotBegun(t *testing.T) {
	p := sched.New(options.Pool{Workers: 2, Queue: options.Unbounded, IdleTimeout: time.Minute})
	between, settle := across(p)
	release := sched.HoldSearches()
	waiter := plain(func(ctx context.Context) { _ = sched.Await(ctx, &between.Task) })
	submit(p, waiter)
	untilWatches(p, waiter, 1)
	waiter.Abort(errors.New("enough"))
	settle()
	release()
	await(t, waiter)
	if n := sched.Told(p); n != 0 {
		t.Errorf("%d waits are kept that have been told something", n)
	}
	_ = p.Close()
}

// If another goroutine of the task has lent the slot, and its wait has ended before, the task
// takes the slot back.
func TestWaitThatHasNotBegunTakesSlotBack(t *testing.T) {
	p := sched.New(options.Pool{Workers: 2, Queue: options.Unbounded, IdleTimeout: time.Minute})
	between, settle := across(p)
	late := rich(nothing, func(o *options.Task) { o.Delay = time.Hour })
	submit(p, late)
	lent := make(chan struct{})
	waiter := plain(func(ctx context.Context) {
		go func() { _ = sched.Await(ctx, &late.Task) }()
		<-lent
		_ = sched.Await(ctx, &between.Task)
		if s := p.Stats(); s.Waiting != 0 {
			t.Errorf("Stats() in a task that waits no more = %+v, want none that waits", s)
		}
	})
	submit(p, waiter)
	untilWaits(p, waiter, 1)
	release := sched.HoldSearches()
	close(lent)
	untilWatches(p, waiter, 2)
	late.Cancel()
	settle()
	release()
	await(t, waiter)
	_ = p.Close()
}
