package sched

import (
	"context"
	"sync/atomic"
	"time"
)

// A Ctx is the context of one running task. It answers from the context the
// task was submitted with, and makes a real context of the standard library
// only when somebody asks for Done, derives from it, or ends it early: a task
// that never looks at its context pays nothing for it.
//
// Once made, the real one answers everything, Value included: by that the
// standard library finds its own type inside, so that context.WithCancel
// takes its fast path and context.Cause tells the truth.
//
// It is an object of its own, apart from the task: a settled future must not
// hold on to a context, and a context that outlives its task must not lose its
// values. Workers carve them from slabs (slab.go).
type Ctx struct {
	parent context.Context
	task   atomic.Pointer[Task] // nil when it has ended
	real   atomic.Pointer[realCtx]
	awaits atomic.Pointer[Task] // what the task is blocked in Await for, if one thing
	depth  int32                // how many contexts of tasks there are above, of those that are not real

	// Guarded by the pool's lock.
	asked bool            // done is known
	done  <-chan struct{} // of parent, if that is not a Ctx
	waits *Wait           // what the task is blocked in now; several if it waits in several goroutines
	grant *Wait           // the wait to be told when the task has its slot back
	watch *watch          // what depends on the end of the context
}

type realCtx struct {
	context.Context
	cancel  context.CancelCauseFunc
	limited bool // it has a deadline of its own
}

// ended takes the place of a real context that nobody asked for while the
// task ran.
var ended = new(realCtx)

// maxDepth is how long a chain of contexts may get that ask one another. Beyond
// it a real one is made, which knows by itself when those above end, so that a
// recursion of any depth costs each task the same.
const maxDepth = 32

type taskKey struct{}

// from returns the context of the innermost running task of ctx.
func from(ctx context.Context) *Ctx {
	c, ok := ctx.(*Ctx)
	if !ok {
		c, _ = ctx.Value(taskKey{}).(*Ctx)
	}
	return c
}

// bind makes c the context of t, which is about to run, under parent.
func (c *Ctx) bind(t *Task, parent context.Context) {
	c.parent = parent
	if up, ok := parent.(*Ctx); ok {
		_, c.asked = t.pool.ownContext(up)
		if up.real.Load() == nil {
			c.depth = up.depth + 1
		}
	}
	c.task.Store(t)
}

// prepare makes the real context if the chain has become long. It must be called
// before the task sees the context.
func (c *Ctx) prepare() {
	if c.depth >= maxDepth {
		c.made()
	}
}

// made returns the real context.
func (c *Ctx) made() *realCtx {
	for {
		r := c.real.Load()
		if r != nil && r != ended {
			return r
		}
		parent := c.parent
		if r == ended {
			parent = context.WithoutCancel(parent) // what happened to it since is not the reason
		}
		ctx, cancel := context.WithCancelCause(parent)
		if r == ended {
			cancel(nil)
		}
		if made := (&realCtx{ctx, cancel, false}); c.real.CompareAndSwap(r, made) {
			return made
		}
		cancel(nil) // another was quicker, or the task has ended meanwhile
	}
}

// limit makes the context end d from now. It must be called before the task
// sees the context.
func (c *Ctx) limit(d time.Duration, cause error) {
	outer, cancel := context.WithCancelCause(c.parent)
	ctx, stop := context.WithTimeoutCause(outer, d, cause)
	made := &realCtx{ctx, func(cause error) {
		cancel(cause)
		stop()
	}, true}
	if !c.real.CompareAndSwap(nil, made) {
		made.cancel(context.Cause(c.made())) // aborted before it began
	}
}

// end ends the context. A nil cause is the normal end of the task.
func (c *Ctx) end(cause error) {
	// If the parent has ended first, its cause is the reason: the real one finds it.
	if cause == nil && c.parent.Err() == nil && c.real.CompareAndSwap(nil, ended) {
		return
	}
	c.made().cancel(cause)
}

// catchUp ends the real contexts down to c whose parents have ended. The standard
// library tells of the end of a context before it ends those derived from it, and
// the pool may hear of it first: what it reports must not be ahead of what the
// task's own context says, nor lack the cause. It is called outside the lock.
func (c *Ctx) catchUp() {
	if up, ok := c.parent.(*Ctx); ok {
		up.catchUp()
	}
	if r := c.real.Load(); r != nil && r != ended && r.Err() == nil && c.parent.Err() != nil {
		r.cancel(context.Cause(c.parent))
	}
}

// overLocked reports whether the context has ended, by what the pool knows of it.
func (c *Ctx) overLocked() bool {
	r := c.real.Load()
	return r == ended || r != nil && r.Err() != nil || c.watch != nil && c.watch.endedLocked()
}

// Deadline implements context.Context.
func (c *Ctx) Deadline() (time.Time, bool) {
	if r := c.real.Load(); r != nil && r.limited {
		return r.Deadline()
	}
	return c.parent.Deadline()
}

// Done implements context.Context.
func (c *Ctx) Done() <-chan struct{} { return c.made().Done() }

// Err implements context.Context.
func (c *Ctx) Err() error {
	if c.real.Load() == nil {
		return c.parent.Err()
	}
	return c.made().Err()
}

// Value implements context.Context.
func (c *Ctx) Value(key any) any {
	if _, ok := key.(taskKey); ok {
		if c.task.Load() == nil {
			return nil
		}
		return c
	}
	if c.real.Load() == nil {
		return c.parent.Value(key)
	}
	return c.made().Value(key)
}

// String names the context where a context that wraps it is printed.
func (c *Ctx) String() string { return "millrace task context" }
