package sched

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/queue"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A scope is what the tasks of a pool that were submitted with one context share:
// the context, and what its end settles or wakes. (It has nothing to do with pool.Scope,
// which makes a Group.)
//
//	Pool ── recent, scopes ──▶ scope of a caller's context ── tasks  pending
//	                             │                         ── waits  blocked
//	                             └─ kids ▶ scope of a running task's context ▶ …
//
// There are two kinds. A scope of a caller's context is registered there with
// context.AfterFunc, once for all, from when something pends on it. A scope of the
// context of a running task of the same pool needs neither that nor a real
// context: the pool knows when a task ends or is aborted, and fire goes from a scope
// down to its kids.
//
// A task that starts stays in tasks, where fire passes over it, until those before it have
// started, too. So neither starting nor settling a task has to search for its place, and
// tasks that start in order of submission are not kept when they have settled.
type scope struct {
	pool *Pool // never changes: Task.pool may read it without the lock, when the scope is in use for others
	scopeState
}

// A scopeState is what a scope is for, under the pool's lock. The zero value is for nothing.
type scopeState struct {
	ctx    context.Context
	live   int               // tasks that have not settled
	tasks  []*Task           // pending, or tried before; some of them have started or settled since
	first  int               // those before it are nil: they have
	mortal bool              // the context may end; this and ctx do not change, and are read without the lock, too
	kept   bool              // it is context.Background: the scope is kept, and does not count its tasks
	lasts  bool              // the context may be that of the next task, too: see lingers
	waits  queue.List[Wait]  // blocked
	kids   queue.List[scope] // of running tasks that were submitted below
	root   *scope            // of the first kind, at the top of those that it is below; nil: no context up there can end
	err    error             // of tasks that never ran because the context has ended; nil: not asked for yet
	asks   bool              // root, bounded, or fork is not nil: what they are of may end before the pool is told
	ending atomic.Bool       // a task above was aborted, and may not have been told yet; written under the lock
	fired  bool
	cut    bool // root, bounded, beyond and bounds were forgotten: see cutOff

	// The first kind.
	done    <-chan struct{} // nil: the context never ends
	above   *taskctx.Bound  // end it, too, and are told to it later: see boundsAbove
	outside bool            // known not to be below the context of a running task
	armed   bool
	dead    bool
	stop    func() bool // takes the registration back; nil until it is there

	// Of a fork.
	fork *taskctx.Item // the context of both functions

	// The second kind.
	worker  *worker            // runs the task; nil: this is of the first kind. It does not change, as ctx
	group   *Group             // that the task is a member of
	bounded *scope             // this one, or the nearest one above, whose task is a member
	beyond  *scope             // the nearest one above that
	bounds  *taskctx.Bound     // the contexts of the groups of these
	up      *scope             // that of the task; nil: nothing above can end
	links   queue.Links[scope] // in kids of up
}

// scopeOf returns the scope of the context of a submission. It reports false if that has ended.
func (p *Pool) scopeOf(sub *submission) (s *scope, alive bool) {
	if sub.worker != nil {
		return p.scopeOfTask(sub.ctx.(*taskctx.Item), sub.worker)
	}
	if s := p.recent; s != nil && taskctx.Same(s.ctx, sub.ctx) {
		return s, !s.ended()
	}
	if sub.done != nil && isClosed(sub.done) {
		return nil, false
	}
	if s = p.scopes.Of[taskctx.IDOf(sub.ctx)]; s == nil {
		s = p.spare.scope(p)
		s.ctx, s.done, s.above = sub.ctx, sub.done, sub.above
		s.kept, s.lasts = taskctx.Same(s.ctx, context.Background()), taskctx.Lasts(s.ctx)
		if s.done != nil {
			s.root, s.asks, s.mortal = s, true, true
		}
	}
	if p.recent != nil {
		p.drop(p.recent)
	}
	p.recent = s
	return s, true
}

// ended reports whether the context is known to have ended. What ends further up is
// known by fired, as fire goes down.
func (s *scope) ended() bool {
	return s.fired || s.asks && s.endedAbove() // inlined
}

func (s *scope) endedAbove() bool {
	switch {
	case s.root != nil && (isClosed(s.root.done) || s.root.endsAbove() != nil):
		return true
	case s.fork != nil && s.pool.forkEnded(s.fork):
		return true
	case s.bounded == nil:
		return false
	}
	ended, _ := s.groupEnded()
	return ended
}

// endsAbove returns one of the contexts above that has ended, or nil. The end of that of the pool
// stops the pool.
func (s *scope) endsAbove() context.Context { return s.above.EndedWithin(s.pool.bound) }

func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// note makes the end of the context settle t, which is pending or rests for the first time.
func (s *scope) note(t *Task) {
	if !s.mortal {
		return
	}
	if len(s.tasks) == cap(s.tasks) {
		s.tidy()
	}
	s.tasks = append(s.tasks, t)
	s.watch()
}

// watch registers what is at the top on its context, if it is not.
func (s *scope) watch() {
	if s = s.root; s == nil || s.armed {
		return
	}
	p := s.pool
	s.armed = true
	p.scopes.Add(taskctx.IDOf(s.ctx), s)
	p.effects.Arm(s)
}

// tidy removes the tasks that have settled, or have started for good. It is called when the
// slice is full. If it still is more than half full then, it grows. So tidy costs O(1) per task.
func (s *scope) tidy() {
	n := 0
	for _, t := range s.tasks[s.first:] {
		if t.endsWithScope() {
			s.tasks[n] = t
			n++
		}
	}
	clear(s.tasks[n:])
	s.tasks, s.first = s.tasks[:n], 0
	if n > cap(s.tasks)/2 {
		s.tasks = slices.Grow(s.tasks, n)
	}
}

// endsWithScope reports whether the end of its context settles t: not if t has settled, or
// has started for good.
func (t *Task) endsWithScope() bool {
	return t.Pending() || !t.Settled() && t.extra().attempt() > 1
}

// Arm registers the scope on its context. It runs outside the lock: the context may be
// code of the user.
func (s *scope) Arm() {
	stop := context.AfterFunc(s.ctx, s.contextEnded)
	s.pool.mu.Lock()
	dead := s.dead
	if !dead {
		s.stop = stop
	}
	s.pool.mu.Unlock()
	if dead {
		stop()
	}
}

// contextEnded is called when the context of the first kind has ended.
func (s *scope) contextEnded() {
	p := s.pool
	p.mu.Lock()
	if !s.dead {
		s.fire()
		p.drop(s)
	}
	p.unlock()
}

// fire settles the pending tasks of a context that has ended, wakes the waits that block
// with it, and does the same below.
func (s *scope) fire() {
	s.fired = true
	tasks := s.tasks[s.first:]
	s.tasks, s.first = nil, 0
	for _, t := range tasks {
		if !t.Settled() && t.scope.Load() == s && (t.Pending() || t.rests()) {
			s.pool.cancel(t, s.contextError())
		}
	}
	for w := range s.waits.All() {
		w.poke(false)
	}
	for kid := range s.kids.All() {
		if !kid.fired {
			kid.fire()
		}
	}
}

// contextError returns the error of tasks that never ran because the context has ended.
func (s *scope) contextError() error {
	if s.err != nil {
		return s.err
	}
	ctx := s.ctx
	if root := s.root; root != nil && !isClosed(root.done) {
		if end := root.endsAbove(); end != nil {
			ctx = end // it will be told to s.ctx
		}
	}
	if _, why := s.groupEnded(); why != nil {
		s.err = outcome.NeverRan(why)
	} else {
		s.err = s.pool.contextError(ctx)
	}
	return s.err
}

// contextError returns the error of tasks that never ran because ctx has ended. Its cause is
// asked for when the lock is free.
func (p *Pool) contextError(ctx context.Context) *outcome.ContextError {
	e := outcome.NewContextError(func() error { return outcome.Reason(ctx) })
	p.effects.End(func() { e.Resolve() })
	return e
}

// leave counts off a task that has settled.
func (s *scope) leave() {
	if s.pool.tasks--; !s.kept {
		s.countOff()
	}
}

func (s *scope) countOff() {
	for s.first < len(s.tasks) && !s.tasks[s.first].endsWithScope() {
		s.tasks[s.first] = nil
		s.first++
	}
	if s.live--; s.live == 0 && !s.lingers() {
		s.pool.drop(s)
	}
}

// lingers reports whether the scope, which has no tasks any more, is kept for the next task: who awaits
// one task and then submits another mostly uses the same context. It is kept until the worker that has
// settled the last task of the pool looks for another, finds none, and calls atRest.
func (s *scope) lingers() bool {
	return s.lasts && s.pool.recent == s && s.pool.tasks == 0 && s.pool.workers.in[busy] > 0
}

// atRest lets go of what is kept from one task for the next, if there are no tasks. It is called when
// a worker becomes idle, ends, or calls functions of the user, which may take long.
func (p *Pool) atRest() {
	if p.tasks > 0 {
		return
	}
	p.ages.Clear()
	if p.recent != nil {
		p.drop(p.recent)
	}
}

// drop forgets a scope of the first kind if nothing depends on it, so that the pool does
// not keep contexts alive.
func (p *Pool) drop(s *scope) {
	if s.worker != nil || s.live > 0 || s.waits.First() != nil || s.kids.First() != nil || s.dead || s.kept {
		return
	}
	if p.recent == s {
		p.recent = nil
	}
	if !s.armed {
		p.spare.putScope(s)
		return
	}
	s.dead = true
	s.tasks = nil
	if id := taskctx.IDOf(s.ctx); p.scopes.Of[id] == s {
		p.scopes.Remove(id)
	}
	if s.stop != nil {
		p.effects.Stop(s.stop)
	}
}
