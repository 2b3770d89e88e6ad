package sched_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

func wantGoroutines(t *testing.T, when string, p *sched.Pool, want int) {
	t.Helper()
	synctest.Wait()
	if got := p.Stats().Goroutines; got != want {
		t.Errorf("%s: %d goroutines, want %d", when, got, want)
	}
}

// Each worker ends when it has been idle for the idle timeout, and the worker that was idle
// last is the first to work again.
func TestIdleWorkersEnd(t *testing.T) {
	with(t, options.Pool{Workers: 3}, func(t *testing.T, p *sched.Pool) {
		const timeout = time.Minute // that of with
		gate := make(chan struct{})
		for range 3 {
			submit(p, plain(func(context.Context) { <-gate }))
		}
		wantGoroutines(t, "at work", p, 3)
		close(gate)
		wantGoroutines(t, "idle", p, 3)

		time.Sleep(timeout / 2)
		j := plain(nothing)
		submit(p, j)
		await(t, j)
		wantGoroutines(t, "after half the timeout", p, 3)
		time.Sleep(timeout / 2)
		wantGoroutines(t, "after the timeout of two of them", p, 1)
		time.Sleep(timeout / 2)
		wantGoroutines(t, "after the timeout of all", p, 0)
		if sched.Reaping(p) {
			t.Error("the timer of idle workers is set, and none is idle")
		}
	})
}

// The pool does not keep a worker that has ended, nor one in a list of idle ones that works.
func TestWorkersAreForgotten(t *testing.T) {
	with(t, options.Pool{Workers: 3}, func(t *testing.T, p *sched.Pool) {
		gate, again := make(chan struct{}), make(chan struct{})
		for range 3 {
			submit(p, plain(func(context.Context) { <-gate }))
		}
		synctest.Wait()
		close(gate)
		synctest.Wait()
		submit(p, plain(func(context.Context) { <-again }))
		synctest.Wait()
		if n := sched.Vacated(p); n != 0 {
			t.Errorf("one of three works again: %d places are not cleared", n)
		}
		time.Sleep(2 * time.Minute) // more than the timeout of with
		wantGoroutines(t, "after the timeout of two of them", p, 1)
		if n := sched.Vacated(p); n != 0 {
			t.Errorf("two of three have ended: %d places are not cleared", n)
		}
		close(again)
	})
}

// A worker whose task calls Goexit ends, and settles the task; another one takes its place.
func TestWorkerEndsByGoexit(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		var exits *job
		exits = plain(func(context.Context) {
			exits.SetErr(outcome.ErrGoexit)
			runtime.Goexit()
		})
		next := plain(nothing)
		submit(p, exits, next)
		await(t, exits, next)
		wantState(t, "the task that calls Goexit", exits, outcome.Failed)
		wantState(t, "the next one", next, outcome.Succeeded)
		wantGoroutines(t, "after a Goexit", p, 1)
	})
}

// A worker that lets others have the processor comes back for the task that it has started.
func TestWorkerGivesWay(t *testing.T) {
	with(t, options.Pool{Workers: 1}, func(t *testing.T, p *sched.Pool) {
		slow, next := plain(func(context.Context) { time.Sleep(time.Second) }), plain(nothing)
		submit(p, slow, next)
		await(t, slow, next) // so it has somebody to let go on
		wantState(t, "the next task", next, outcome.Succeeded)
		wantGoroutines(t, "after it has given way", p, 1)
	})
}

// A worker whose task somebody has waited for takes the next one of that caller, though another is idle:
// it is on its way to the lock.
func TestNextTaskOfTheWaiterStays(t *testing.T) {
	with(t, options.Pool{Workers: 2}, func(t *testing.T, p *sched.Pool) {
		ran := make(map[uint64]int)
		gate := make(chan struct{})
		first, second := plain(func(context.Context) { <-gate }), plain(func(context.Context) { <-gate })
		submit(p, first, second)
		wantGoroutines(t, "at work", p, 2)
		close(gate)
		wantGoroutines(t, "idle", p, 2)
		for range 100 {
			j := plain(func(context.Context) { ran[goroutineID()]++ })
			submit(p, j)
			await(t, j)
		}
		if len(ran) != 1 {
			t.Errorf("100 tasks, one after the other, are run by the workers %v, want one", ran)
		}
	})
}

// goroutineID returns the number of the caller's goroutine, which begins its stack.
func goroutineID() (id uint64) {
	var buf [64]byte
	_, _ = fmt.Sscanf(string(buf[:runtime.Stack(buf[:], false)]), "goroutine %d ", &id)
	return id
}
