package taskctx

import (
	"context"
	"sync/atomic"
	"time"
)

// A Bound is a context whose end ends tasks that were not submitted with it, and those around it.
// Each context is there once, and what is nested shares what is around it: otherwise tasks that
// are nested in groups would have twice as many bounds at each level.
type Bound struct {
	Ctx      context.Context
	Done     <-chan struct{} // of Ctx: to be looked at under a lock
	Outer    *Bound
	Ending   *Ending   // of Ctx, or nil
	deadline time.Time // the earliest of all; the zero time is none
}

// NewBound returns ctx as a bound within outer, which may be nil.
func NewBound(ctx context.Context, outer *Bound) *Bound {
	b := &Bound{Ctx: ctx, Done: ctx.Done(), Outer: outer}
	if d, ok := ctx.Deadline(); ok {
		b.deadline = d
	}
	b.deadline = earlier(b.deadline, outer)
	return b
}

// earlier returns the earliest of a deadline and those of b.
func earlier(deadline time.Time, b *Bound) time.Time {
	if b == nil || b.deadline.IsZero() || !deadline.IsZero() && deadline.Before(b.deadline) {
		return deadline
	}
	return b.deadline
}

// Has reports whether b, or one around it, is at.
func (b *Bound) Has(at *Bound) bool {
	for ; b != nil; b = b.Outer {
		if b == at {
			return true
		}
	}
	return false
}

// EndsWith reports whether the context with this Done is one of those of b.
func (b *Bound) EndsWith(done <-chan struct{}) bool {
	for ; b != nil; b = b.Outer {
		if b.Done == done {
			return true
		}
	}
	return false
}

// Within returns the contexts of b, and those of outer around them, each of them once. It is outer
// itself, or b, if that has all. It asks no context, so it may be called under a lock.
func (b *Bound) Within(outer *Bound) *Bound {
	switch {
	case b == nil || outer.Has(b):
		return outer
	case outer == nil || b.Has(outer):
		return b
	}
	rest := b.Outer.Within(outer)
	if outer.EndsWith(b.Done) {
		return rest
	}
	return &Bound{Ctx: b.Ctx, Done: b.Done, Outer: rest, Ending: b.Ending, deadline: earlier(b.deadline, rest)}
}

// Ended returns the first of the contexts that has ended, or nil. It asks them, so it must not be
// called under a lock.
func (b *Bound) Ended() context.Context {
	for ; b != nil; b = b.Outer {
		if b.Ctx.Err() != nil {
			return b.Ctx
		}
	}
	return nil
}

// EndedWithin returns the first of the contexts that has ended, or nil. It stops at outer, and asks
// no context, which may be code of the user, so it may be called under a lock.
func (b *Bound) EndedWithin(outer *Bound) context.Context {
	for ; b != nil && b != outer; b = b.Outer {
		select {
		case <-b.Done:
			return b.Ctx
		default:
		}
	}
	return nil
}

// An Ending says that the context of a map has ended before that is told: it is derived from the
// context of the map's caller.
type Ending struct {
	caller *Item // the innermost task with whose end the caller's context ends, or nil
	cause  atomic.Pointer[error]
}

// NewEnding returns the Ending of a map whose caller has the context ctx.
func NewEnding(ctx context.Context) Ending { return Ending{caller: Above(ctx)} }

// Begin says that the context is about to be ended with cause. It returns the first one, which counts.
// It may be called under a lock.
func (e *Ending) Begin(cause error) (first error) {
	if first := e.cause.Load(); first != nil {
		return *first
	}
	own := cause // on the heap, unlike cause
	e.cause.CompareAndSwap(nil, &own)
	return *e.cause.Load()
}

// begun reports whether the context has ended, or is about to, and why.
func (b *Bound) begun() (cause error, begun bool) {
	if b == nil || b.Ending == nil {
		return nil, false
	}
	e := b.Ending
	if cause := e.cause.Load(); cause != nil {
		return *cause, true
	}
	if e.caller != nil && e.caller.Err() != nil {
		return context.Cause(e.caller), true
	}
	return nil, false
}
