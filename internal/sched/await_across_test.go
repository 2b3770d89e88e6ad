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

// A wait whose search through other pools is under way is told of a deadlock like one that has begun.
// Here it is the wait of caller, in a cycle that a wait that goes on has closed meanwhile.
func TestWaitThatSearchesIsTold(t *testing.T) {
	p := sched.New(options.Pool{Workers: 5, Queue: options.Unbounded, IdleTimeout: time.Minute})
	begun, gate, goes := make(chan struct{}), make(chan struct{}), make(chan struct{})
	between, settle := across(p)
	var caller, other, joins, far *job
	caller = plain(func(ctx context.Context) {
		close(begun)
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
	submit(p, caller)
	<-begun // its worker is the first one
	submit(p, joins, other)
	untilWaits(p, other, 2)
	release := sched.HoldSearches()
	close(gate)
	untilWaits(p, caller, 1)
	close(goes)
	for !sched.Doomed(p, &caller.Task) {
		runtime.Gosched()
	}
	release()
	settle()
	await(t, caller, joins, other, far)
	_ = p.Close()
}
