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

// A wait that has not begun, because what it is for has settled meanwhile, is used again. The
// end of its context in between is told to nobody else.
func TestWaitThatHasNotBegun(t *testing.T) {
	cfg := options.Pool{Workers: 2, Queue: options.Unbounded, IdleTimeout: time.Minute}
	p, other := sched.New(cfg), sched.New(cfg)
	until := func(what func() bool) {
		for !what() {
			runtime.Gosched()
		}
	}
	gate := make(chan struct{})
	far := plain(func(context.Context) { <-gate })
	submit(other, far)
	between := plain(func(ctx context.Context) { _ = sched.Await(ctx, &far.Task) })
	submit(p, between)
	until(func() bool { return sched.Waits(p, &between.Task) })
	release := sched.HoldSearches()
	waiter := plain(func(ctx context.Context) { _ = sched.Await(ctx, &between.Task) })
	submit(p, waiter)
	until(func() bool { return sched.Waits(p, &waiter.Task) })
	waiter.Abort(errors.New("enough"))
	close(gate)
	await(t, between)
	release()
	await(t, waiter)
	if n := sched.Told(p); n != 0 {
		t.Errorf("%d waits are kept that have been told something", n)
	}
	_ = p.Close()
	_ = other.Close()
}
