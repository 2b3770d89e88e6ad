package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A SerialFork is a fork-join whose caller runs both functions, one after the other. It submits no
// task and takes no lock: that is what makes a fine recursion cheap.
//
// The two functions share a context, as those of a Fork do.
type SerialFork struct{ block taskctx.Block }

// Serial returns a SerialFork for ctx, the context of a task of ex that runs, if the pool's work is
// divided well enough. Else it returns nil, and a Fork is to be made.
func Serial(ctx context.Context, ex Executor) *SerialFork {
	c, own := ctx.(*taskctx.Item)
	p, g := ex.executor()
	if !own || g != nil || !p.divided.Load() || p.paused.Load() {
		return nil
	}
	b, failed := c.Block(), p.failed.Load()
	owner, caller := b.Owner(), c
	if b.Shared() {
		caller = b.Caller()
	}
	if w := ownedBy(owner); w == nil || w.pool != p || w.lends.Load() || !p.alive(c) {
		return nil
	}
	f := new(SerialFork)
	f.block.Share(c, caller, owner)
	f.block.Mark.Store(failed)
	return f
}

// Context returns the context of both functions.
func (f *SerialFork) Context() context.Context { return f.block.At(0) }

// Ended returns the error of a function that has not begun and must not, because the context
// has ended; else nil.
func (f *SerialFork) Ended() error {
	c := f.block.At(0)
	if ownedBy(f.block.Owner()).pool.alive(c) {
		return nil
	}
	return outcome.NeverRan(outcome.Reason(c))
}

// End ends the context. Both functions have ended.
func (f *SerialFork) End() {
	f.block.EndLast()
	f.block.Leave()
}

// noteDivided notes in Pool.divided whether the pool's work is divided well enough for now, so
// that a caller of Join does better to run both functions itself: each worker is busy, and will
// find another task when it has ended its own. There must be as many forks as workers, too: then
// this is a recursion, whose next steps ask again. One fork in a pool that has much other work is
// worth its task.
//
// It is called when a fork is submitted or ends, and when a worker takes a task. With one pending
// task a worker in place of two, a coarse recursion runs out of large parts at its end.
func (p *Pool) noteDivided() {
	n := p.slots.n
	divided := p.forks >= n && !p.slots.free() && (p.fifo.Len()-p.stale)/2 >= n
	if divided != p.divided.Load() {
		p.divided.Store(divided)
	}
}

// alive reports whether c has not ended: the context of a task of p, or of a fork in one. It asks
// what the scheduler may not have been told of: contexts of the pool and of groups, and those of
// types of the user. It goes up from task to task, and passes over the forks of each: a recursion
// has many of them one above the other.
func (p *Pool) alive(c *taskctx.Item) bool {
	for {
		switch b := c.Block(); {
		case b.Shared():
			if w := ownedBy(b.Owner()); w == nil || w.pool != p || p.forkFailed(c) {
				return c.Err() == nil
			}
			c = b.Caller()
		case !c.QuietHere():
			return c.Err() == nil
		default:
			up, ok := c.Parent().(*taskctx.Item)
			if !ok {
				return c.Parent().Err() == nil
			}
			c = up
		}
	}
}
