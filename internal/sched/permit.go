package sched

import (
	"context"
	"sync"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
)

// A Permit is a task without a function: it waits like any other, and what it holds is
// for the code that has acquired it.
type Permit struct {
	NoBody
	task    Task
	extra   Extra
	more    more
	pool    *Pool
	granted chan struct{} // closed when the permit is granted; nil: nobody waits for that
	release sync.Once
}

// Extra implements Body. Nothing runs a permit.
func (a *Permit) Extra() *Extra { return &a.extra }

// Acquire waits for a slot and for what the options ask for, and returns the function
// that gives them back. rest must set neither a timeout nor retries. The error is that of
// a task that never ran.
func Acquire(ctx context.Context, ex Executor, common options.Common, rest *options.Task) (release func(), err error) {
	p, g := ex.executor()
	a := &Permit{pool: p}
	a.more.permit = a
	a.extra.more = &a.more
	a.task.Setup(a, &a.extra, common, rest)
	defer func() {
		if release == nil && err == nil { // an observer has called Goexit: nobody could give it back
			a.abandon()
		}
	}()
	p.take(ctx, &a.task, g)
	if a.task.Pending() {
		p.waitFor(ctx, a)
	}
	if a.task.Settled() {
		return nil, a.task.Err()
	}
	return func() { a.release.Do(a.end) }, nil
}

// waitFor waits until a permit that is pending is granted, or never will be. A task that
// waits for a permit of its own pool keeps its slot and its key. If all slots are held in
// this way, or the permit waits for the turn of that key, the wait could never end.
func (p *Pool) waitFor(ctx context.Context, a *Permit) {
	w, c := workerOf(ctx)
	p.mu.Lock()
	if !a.task.Pending() {
		p.mu.Unlock()
		return
	}
	a.granted = make(chan struct{})
	counted := w != nil && w.pool == p && w.runs(c) && !w.task.lent()
	if counted {
		behind, _ := p.reaches(&a.task, w.task) // the permit waits for a key whose turn the task has
		if p.acquires++; behind || p.acquires >= p.slots.n {
			p.cancel(&a.task, outcome.NeverRan(outcome.ErrDeadlock))
		}
	}
	p.unlock()
	select {
	case <-a.granted:
	case <-a.task.Done():
	}
	if counted {
		p.mu.Lock()
		p.acquires--
		p.mu.Unlock()
	}
}

// grant gives a permit that has passed all conditions to the code that waits for it.
func (p *Pool) grant(a *Permit) {
	p.workers.permits++
	if a.granted != nil {
		close(a.granted)
	}
}

// abandon is the end of a permit whose caller has ended, granted or not.
func (a *Permit) abandon() {
	if !a.task.Cancel() {
		a.end()
	}
}

// end gives the permit back.
func (a *Permit) end() {
	p, t, x := a.pool, &a.task, &a.extra
	p.mu.Lock()
	p.workers.permits--
	p.halt(t, x)
	p.conclude(t, x, p.countRun(t, x))
	p.unlock()
}
