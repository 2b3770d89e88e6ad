package sched

import (
	"context"
	"sync"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A Permit is a task without a function: it waits like any other, and what it holds is
// for the code that has acquired it.
type Permit struct {
	task    Task
	extra   Extra
	more    more
	pool    *Pool
	granted chan struct{}
	release sync.Once
}

// Run, Drop and Extra implement Body. Nothing runs a permit.
func (a *Permit) Run(context.Context, *Task) {}
func (a *Permit) Drop()                      {}
func (a *Permit) Extra() *Extra              { return &a.extra }

// Acquire waits for a slot and for what the options ask for, and returns the function
// that gives them back. rest must set neither a timeout nor retries. The error is that of
// a task that never ran.
func Acquire(ctx context.Context, ex Executor, common options.Common, rest *options.Task) (release func(), err error) {
	p, g := ex.executor()
	a := &Permit{pool: p, granted: make(chan struct{})}
	a.more.permit = a
	a.extra.more = &a.more
	a.task.Setup(a, &a.extra, common, rest)
	p.take(ctx, &a.task, g)
	if a.task.Pending() {
		p.waitFor(ctx, a)
	}
	if a.task.Settled() {
		return nil, a.task.Err()
	}
	return func() { a.release.Do(a.end) }, nil
}

// decided waits until the permit is granted, or never will be.
func (a *Permit) decided() {
	select {
	case <-a.granted:
	case <-a.task.Done():
	}
}

// waitFor waits for a permit that is pending. A task that waits for a permit of its own
// pool keeps its slot and its key. If all slots are held in this way, or the permit waits
// for the turn of that key, the wait could never end.
func (p *Pool) waitFor(ctx context.Context, a *Permit) {
	c := taskctx.From(ctx)
	w := (*worker)(nil)
	if c != nil {
		w, _ = c.Owner().(*worker)
	}
	if w == nil || w.pool != p {
		a.decided()
		return
	}
	p.mu.Lock()
	counted := w.runs(c) && !w.task.lent() && a.task.Pending()
	if counted {
		behind, _ := p.reaches(&a.task, w.task) // the permit waits for a key whose turn the task has
		if p.acquires++; behind || p.acquires >= p.slots.n {
			p.cancel(&a.task, outcome.NeverRan(outcome.ErrDeadlock))
		}
	}
	p.unlock()
	a.decided()
	if counted {
		p.mu.Lock()
		p.acquires--
		p.mu.Unlock()
	}
}

// grant gives a permit that has passed all conditions to the code that waits for it.
func (p *Pool) grant(x *Extra) {
	p.workers.permits++
	close(x.more.permit.granted)
}

// end gives the permit back.
func (a *Permit) end() {
	p, t := a.pool, &a.task
	p.mu.Lock()
	p.workers.permits--
	s := t.scope.Load()
	p.count.succeeded++
	watchers := t.settle(outcome.Succeeded)
	p.halt(t, &a.extra)
	p.leaveRich(t, &a.extra, outcome.Succeeded)
	s.leave()
	if watchers.Any() {
		p.effects.release(&t.Core)
	}
	p.admit()
	p.drain()
	p.unlock()
}
