package taskctx

import (
	"context"
	"time"

	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/outcome"
)

// An Item is the context of one task. It holds nothing but its place in its
// block.
type Item struct{ place uint8 }

type taskKey struct{}

// From returns the context of the innermost task of ctx. It returns nil if there is none, or if
// that task has returned, even if one further out still runs.
func From(ctx context.Context) *Item {
	c, _ := ctx.Value(taskKey{}).(*Item)
	return c
}

// OwnerOf returns what runs the innermost task of ctx, and the context of that task; nil if it
// has returned, or there is none.
func OwnerOf(ctx context.Context) (*Owner, *Item) {
	c := From(ctx)
	if c == nil {
		return nil, nil
	}
	owner := c.Owner()
	switch caller := c.Block().caller; {
	case owner == nil:
		return nil, nil
	case caller != nil:
		return owner, caller
	}
	return owner, c
}

// Over reports whether the task has returned.
func (c *Item) Over() bool { return c.Block().over(c.place) }

// Owner returns what runs the task, nil if the task has returned.
func (c *Item) Owner() *Owner {
	b := c.Block()
	owner := b.owner.Load()
	if b.over(c.place) {
		return nil
	}
	return owner
}

// Parent returns the context that the task was submitted with, or one that
// answers like it.
func (c *Item) Parent() context.Context { return c.Block().parent }

// Limited reports whether the item has a deadline of its own.
func (c *Item) Limited() bool { return c.made().limit.after > 0 }

// made returns what was made for the item.
func (c *Item) made() *made { return c.Block().at(c.place) }

// Ended reports whether the context is known to have ended because the task has, or
// was aborted or timed out. It does not look at the contexts above.
func (c *Item) Ended() bool {
	m := c.made()
	switch {
	case c.Over():
		return true
	case m == &nothing: // the usual case
		return false
	case m.abort.Load() != nil:
		return true
	}
	if r := m.real.Load(); r != nil {
		return r.Err() != nil
	}
	return m.limit.over()
}

// Abort says that Cancel is about to be called with cause: the context has ended, whatever comes
// until then. The first one counts. It calls no code of the user, so it may be called under a lock.
func (c *Item) Abort(cause error) {
	c.Block().make(c.place, limit{}).abort.CompareAndSwap(nil, &cause)
}

// SharedEnded is Ended for an item that several functions share, and for those above it that
// are shared by functions of the same task.
func (c *Item) SharedEnded() bool {
	for c.Block().Shared() {
		if c.Ended() {
			return true
		}
		switch up := c.Block().parent.(type) {
		case *Item:
			c = up
		case *deep:
			return up.Err() != nil
		default:
			return false
		}
	}
	return false
}

// Looked reports whether there is a real context.
func (c *Item) Looked() bool { return c.made().real.Load() != nil }

// Cancel ends the context with cause while its task runs.
func (c *Item) Cancel(cause error) { c.ready().cancel(cause) }

// real returns the real context, which it makes if there is none. That of an ended item may
// still live: see ready.
func (c *Item) real() *real {
	if r := c.made().real.Load(); r != nil {
		return r
	}
	b := c.Block()
	m := b.make(c.place, limit{})
	parent, own, below := b.parent, m.limit, true
	if c.Over() {
		own = limit{}
		if below = c.cutOff(); !below {
			parent = context.WithoutCancel(parent) // what happened to it since is not the reason
		}
	}
	ctx, cancel := derive(parent, own)
	if !m.real.CompareAndSwap(nil, &real{ctx, cancel, below}) {
		cancel(nil) // another goroutine was quicker
	}
	return m.real.Load()
}

// cutOff reports whether a context above had ended when the task did.
func (c *Item) cutOff() bool {
	cut := c.Block().cut.Load()
	return cut != 0 && uint32(c.place) >= cut-1
}

// derive makes a real context, with a deadline if there is one.
func derive(parent context.Context, l limit) (context.Context, context.CancelCauseFunc) {
	outer, cancel := context.WithCancelCause(parent)
	if l.after == 0 {
		return outer, cancel
	}
	ctx, stop := context.WithDeadlineCause(outer, l.deadline(), &fault.TimeoutError{After: l.after, Task: l.task})
	return ctx, func(cause error) {
		cancel(cause)
		stop()
	}
}

// ready returns the real context, which has ended if the task has, or one of the contexts
// that end it: the standard library, or the goroutine that has made it, may not have told it
// yet.
func (c *Item) ready() *real {
	r := c.real()
	if r.Err() != nil {
		return r
	}
	over := c.Over()
	if r.below && (!over || c.cutOff()) { // it may be cut off since r was made
		c.followAbove(r)
	}
	if abort := c.made().abort.Load(); abort != nil {
		r.cancel(*abort)
	}
	if over {
		r.cancel(outcome.ErrTaskEnded)
	}
	return r
}

// followAbove ends r if one of the contexts above has ended.
func (c *Item) followAbove(r *real) {
	b := c.Block()
	if b.parent.Err() != nil {
		r.follow(b.parent)
	}
	if at := b.bounds.Ended(); at != nil {
		r.cancel(context.Cause(at))
	}
	if cause, begun := b.bounds.begun(); begun {
		r.cancel(cause)
	}
}

// follow ends r because parent has ended. The error of r has to be that of parent. Only the
// standard library can give it another one than Canceled, and is about to.
func (r *real) follow(parent context.Context) {
	if parent.Err() != context.Canceled {
		select {
		case <-parent.Done():
			<-r.Done()
			return
		default: // a context that breaks the rules: it has an error, and is not done
		}
	}
	r.cancel(context.Cause(parent))
}

// quiet reports whether the item can answer without a real context: none was asked for, the
// task runs, and nothing above has ended. An answer that says that the context has ended must
// stay, so it always comes from a real one.
func (c *Item) quiet(b *Block) bool { return c.quietHere(b) && b.parent.Err() == nil }

// quietHere is quiet without a look at parent.
func (c *Item) quietHere(b *Block) bool {
	m := b.at(c.place)
	if m != &nothing && (m.real.Load() != nil || m.abort.Load() != nil || m.limit.over()) || c.Over() || b.bounds.Ended() != nil {
		return false
	}
	_, begun := b.bounds.begun()
	return !begun
}

// Deadline implements context.Context. It is the earliest of all contexts whose end is
// the task's.
func (c *Item) Deadline() (at time.Time, ok bool) {
	b := c.Block()
	if at, ok = b.parent.Deadline(); !ok {
		at = time.Time{}
	}
	at = earlier(at, b.bounds)
	if own := &c.made().limit; own.after > 0 && (at.IsZero() || own.deadline().Before(at)) {
		at = own.deadline()
	}
	return at, !at.IsZero()
}

// Done implements context.Context.
func (c *Item) Done() <-chan struct{} { return c.ready().Done() }

// QuietHere reports whether the context has not ended, but for what ends its parent.
func (c *Item) QuietHere() bool { return c.quietHere(c.Block()) }

// Err implements context.Context.
func (c *Item) Err() error {
	if c.quiet(c.Block()) {
		return nil
	}
	return c.ready().Err()
}

// Value implements context.Context. It goes up in a loop, not by recursion, as
// far as the contexts above are items.
func (c *Item) Value(key any) any {
	if _, ok := key.(taskKey); ok {
		if c.Over() {
			return nil
		}
		return c
	}
	for {
		b := c.Block()
		if !c.quietHere(b) {
			return c.ready().Value(key)
		}
		up, ok := b.parent.(*Item)
		if !ok {
			return b.parent.Value(key)
		}
		c = up
	}
}

// String names the context where a context that wraps it is printed.
func (c *Item) String() string { return name }
