package sched

import (
	"context"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A Fork is one fork-join: it submits a task, the caller runs another function, and then
// runs the task itself if no worker has taken it by then.
//
// The two functions share a context that ends with the first error, and with Join. It
// is an item of a block of its own, so it costs no context of the standard library.
type Fork struct {
	worker *worker // the caller's
	task   *Task
	scope  *scope
	first  atomic.Pointer[error] // of the two functions
	block  taskctx.Block
}

// Begin submits t to ex and returns the context for both functions; nil, and t is not submitted, if
// the caller is not a task of the pool, and so must not run tasks. The caller must call Join when
// its own function has ended, also by a panic or Goexit.
func (f *Fork) Begin(ctx context.Context, ex Executor, t *Task) context.Context {
	p, g := ex.executor()
	owner, c := taskctx.OwnerOf(ctx)
	w := ownedBy(owner)
	if w == nil || w.pool != p {
		return nil
	}
	f.worker, f.task = w, t
	f.block.Share(ctx, c, owner)
	if own, ok := ctx.(*taskctx.Item); g != nil || !ok || !f.quick(own) {
		f.submit(ex)
	}
	return f.item()
}

// item returns the context of both functions.
func (f *Fork) item() *taskctx.Item { return f.block.At(0) }

// submit submits the task.
func (f *Fork) submit(ex Executor) {
	p := f.worker.pool
	p.mu.Lock()
	if f.worker.runs(f.item()) {
		p.roomFor(f.worker)
	}
	p.unlock()
	submitUnplaced(f.item(), ex, f.task)
}

// submitUnplaced submits a task that takes no place in the queue: a full one must not keep a task
// from dividing its work.
func submitUnplaced(ctx context.Context, ex Executor, t *Task) {
	if x := t.extra(); x != nil && PoolOf(ex).NeedsExtra() {
		x.unplaced = true
	}
	ex.Submit(ctx, t)
}

// SubmitAndWait submits t, without a place in the queue, and waits until it has settled.
func SubmitAndWait(ctx context.Context, ex Executor, t *Task) {
	submitUnplaced(ctx, ex, t)
	awaitEnd(ctx, t, func(err error) { t.Abort(err) })
}

// quick submits the task of a caller that runs in the pool: the task ends before Join
// returns, so its scope needs no watch of its own.
func (f *Fork) quick(c *taskctx.Item) bool {
	p := f.worker.pool
	if !p.simple || f.task.Has(outcome.Rich) {
		return false
	}
	p.mu.Lock()
	failed := p.failed.Load()
	if f.worker.task == nil || c.Ended() || p.forkEnded(c) || p.phase.Load() == stopped {
		p.mu.Unlock()
		return false
	}
	up, in := f.worker.task.scope.Load(), f.worker.task.group()
	if up.ended() || in.over() {
		p.mu.Unlock()
		return false
	}
	f.block.Mark.Store(failed)
	p.roomFor(f.worker)
	p.forks++
	s := p.spare.scope(p)
	s.ctx, s.fork = f.item(), f.item()
	s.below(up, in)
	s.asks = true
	f.scope = s
	p.register(f.task, s)
	s.live++ // the fork's
	p.count.Submitted++
	if p.slots.free() && p.startsNext() {
		p.startPlain(f.task)
	} else {
		if p.forks <= markForks || p.order%markEvery == 0 {
			p.markAge()
		}
		p.fifo.Push(f.task)
		p.want(0)
		p.noteDivided()
	}
	p.unlock()
	return true
}

// forkEnded reports whether c has ended, if it is the context of a fork: because of the task
// that has made the fork, or of a function of it or of another fork around it.
func (p *Pool) forkEnded(c *taskctx.Item) bool {
	b := c.Block()
	return b.Shared() && (b.Caller().Ended() || p.forkFailed(c))
}

// forkFailed reports whether c, the context of a fork, has ended because of a function of it or of
// another fork around it. Contexts are looked at only if some fork has failed since they were
// found alive: a deep recursion has many of them one above the other.
func (p *Pool) forkFailed(c *taskctx.Item) bool {
	b, failed := c.Block(), p.failed.Load()
	switch {
	case b.Mark.Load() == failed:
		return false
	case c.SharedEnded():
		return true
	}
	b.Mark.Store(failed)
	return false
}

// roomFor frees a slot for what the task of w forks, if there is none and other tasks wait for
// that task and keep their slots. It cannot end before the fork has, so they lend.
func (p *Pool) roomFor(w *worker) {
	if t := w.task; t.Has(outcome.Joined) && !p.slots.free() {
		p.lendBehind(t)
	}
}

// Fail ends the context of both functions with the error of one, and returns the first
// such error.
func (f *Fork) Fail(err error) error {
	if f.first.CompareAndSwap(nil, &err) {
		f.item().Cancel(err)
		f.worker.pool.failed.Add(1)
	}
	return *f.first.Load()
}

// Ran is to be called when a worker has run the task's function, however that has ended,
// and before the task settles.
func (f *Fork) Ran() {
	if err := f.task.Err(); err != nil {
		f.Fail(err)
	}
}

// Take takes the task back, for the caller to run it, if no worker has it. While the
// caller runs it, the caller's own task counts as one that waits. A task whose context
// has ended before it started is settled as one that never ran.
func (f *Fork) Take() bool {
	if f.task.Has(outcome.Rich) || f.task.Settled() {
		return false
	}
	p, t, alive := f.worker.pool, f.task, f.scope != nil || f.item().Err() == nil
	p.mu.Lock()
	defer p.unlock()
	switch {
	case !f.worker.runs(f.item()), f.worker.task.lent():
		return false // the caller has outlived its task, or another goroutine of that waits
	case p.cfg.MaxWeight > 0 && f.worker.task.weight() < t.weight():
		return false // the task weighs more than what the caller holds
	case !t.Pending():
		if t.Has(outcome.Final) || !p.starting.TakeLast(t) {
			return false // a worker has it, or it was aborted
		}
		// A worker that is on its way costs more than most forks take. The task has a slot, a weight
		// and a worker of its own; the caller's are enough.
		p.halt(t, nil)
		p.slots.lent++
		return true
	case !alive || t.scope.Load().ended():
		p.cancel(t, p.contextError(f.item()))
		return false
	case p.paused.Load() || p.rate.Wait(&p.clock, 0) > 0:
		return false
	}
	p.rate.Spend(&p.clock)
	p.unqueue(t, nil)
	t.Begin()
	p.slots.lent++
	return true
}

// Done settles a task that the caller has run.
func (f *Fork) Done() {
	p, t := f.worker.pool, f.task
	p.mu.Lock()
	p.slots.lent--
	p.conclude(t, nil, p.countRun(t, nil))
	f.release()
	p.unlock()
}

// release lets go of the scope. The caller holds the lock.
func (f *Fork) release() {
	s := f.scope
	if f.scope = nil; s == nil {
		return
	}
	s.pool.forks--
	s.pool.noteDivided()
	s.live--
	s.end()
}

// awaitEnd waits until t has settled, whatever ctx says. If t waits for the caller's task, that could
// never be: then end is called, which ends the context of t, and other waits of the cycle fail.
func awaitEnd(ctx context.Context, t *Task, end func(error)) {
	if t.Settled() {
		return
	}
	forever := context.WithoutCancel(ctx)
	if err := Await(forever, t); err != nil {
		end(err)
		awaitAnyway(forever, t)
	}
}

// Join waits until the task has settled, whatever ctx says, and ends the context. A task that
// Take has left pending never runs if the context ends first.
func (f *Fork) Join() {
	if f.task.Pending() && Await(f.item(), f.task) != nil {
		f.task.Abort(context.Cause(f.item()))
	}
	awaitEnd(f.item(), f.task, func(err error) { _ = f.Fail(err) })
	f.End()
}

// End ends the context. Both functions have ended.
func (f *Fork) End() {
	f.block.EndLast()
	f.block.Leave()
	if s := f.scope; s != nil {
		s.pool.mu.Lock()
		f.release()
		s.pool.mu.Unlock()
	}
	f.worker = nil // a context that is kept keeps the fork
}
