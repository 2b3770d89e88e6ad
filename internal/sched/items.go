package sched

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// spanSize is how many items get their contexts from one span: making one then
// costs an item a third of a nanosecond.
const spanSize = 256

// A span is the contexts of some items that a hand runs one after another.
//
// The naive way is an object for each item. It costs more than a trivial item
// takes, most of it for the collector, and sharing one object is wrong: a
// context that an item has kept must have ended when the item has, whatever
// context the next one has. So an item's context is a byte of its own, which
// holds nothing but its place in the span. Most items never look at theirs. For
// the first that does the span makes the Ctx of a task, and the hand goes on with
// such ones.
type span struct {
	spanState
	parent context.Context
	mu     sync.Mutex
	hand   *Hand // nil when it is through with the span
	made   map[uint8]*Ctx
	cut    bool // parent had ended before the last item did
	items  [spanSize]itemCtx
}

// spanState is what a hand and those who look at contexts tell each other.
type spanState struct {
	ended  progress    // items before this one have ended; written by the hand
	looked atomic.Bool // a Ctx was made while its item ran
}

// An itemCtx is the context of an item. place is where it is in its span.
type itemCtx struct{ place uint8 }

// drain is how often a word is read, at some nanoseconds each, until it must have
// left the store buffer of who has written it, see items_norace.go. That is waited
// for once by a hand.
const drain = 100

// places are what the contexts of a new span hold.
var places = func() (items [spanSize]itemCtx) {
	for i := range items {
		items[i].place = uint8(i)
	}
	return items
}()

// span returns the span that c is in. The two are one object, as package unsafe
// wants it.
func (c *itemCtx) span() *span {
	return (*span)(unsafe.Add(unsafe.Pointer(c), -int(unsafe.Offsetof(span{}.items))-int(c.place)))
}

// ctx returns the Ctx of the item.
func (c *itemCtx) ctx() *Ctx {
	s := c.span()
	s.mu.Lock()
	defer s.mu.Unlock()
	made := s.made[c.place]
	if made != nil {
		return made
	}
	if s.made == nil {
		s.made = make(map[uint8]*Ctx)
	}
	made = &Ctx{parent: s.parent}
	s.made[c.place] = made
	first := !s.looked.Swap(true) // before ended is read, while the hand writes that first: one sees the other
	for n := 0; first && n < drain && !c.over(); n++ {
	}
	switch n := s.ended.get(); {
	case s.hand != nil && n <= uint32(c.place):
		made.task.Store(&s.hand.task)
		s.hand.task.run.Store(made)
	case s.cut && n == uint32(c.place)+1:
		made.end(nil) // with the cause of parent
	default:
		made.real.Store(ended)
	}
	return made
}

func (c *itemCtx) over() bool { return c.span().ended.get() > uint32(c.place) }

// leave is for the hand when it is through with the span: contexts that are kept
// do not keep the hand.
func (s *span) leave() {
	cut := s.parent.Err() != nil
	s.mu.Lock()
	s.hand, s.cut = nil, cut
	s.mu.Unlock()
}

// Deadline implements context.Context.
func (c *itemCtx) Deadline() (time.Time, bool) { return c.span().parent.Deadline() }

// Done implements context.Context.
func (c *itemCtx) Done() <-chan struct{} { return c.ctx().Done() }

// Err implements context.Context.
func (c *itemCtx) Err() error {
	if s := c.span(); !s.looked.Load() && !c.over() {
		return s.parent.Err() // what a loop asks for in passing makes no object
	}
	return c.ctx().Err()
}

// Value implements context.Context.
func (c *itemCtx) Value(key any) any { return c.ctx().Value(key) }

// String names the context where a context that wraps it is printed.
func (c *itemCtx) String() string { return "millrace item context" }

// Begin starts an item and returns its context, which lends the hand's slot when
// the item waits. Begin, End and Yield are small enough to be inlined.
func (h *Hand) Begin() context.Context {
	if h.next < spanSize {
		h.next++
		return &h.span.items[h.next-1]
	}
	return h.beginApart()
}

// beginApart is Begin for an item that needs a new span or a Ctx.
func (h *Hand) beginApart() context.Context {
	d := h.crew.Task.Timeout
	if d == 0 && h.looked != &h.apart.looked {
		h.leaveSpan()
		h.span = &span{hand: h, parent: h.run.parent, items: places}
		h.ended, h.looked, h.next = &h.span.ended, &h.span.looked, 1
		return &h.span.items[0]
	}
	h.lookApart()
	c := h.slab.next(h.run.parent)
	c.parent = h.run.parent
	c.task.Store(&h.task)
	if d > 0 {
		c.limit(d, h.crew.TimeoutCause)
	}
	h.item = c
	h.task.run.Store(c)
	return c
}

// lookApart has each item get a Ctx from now on.
func (h *Hand) lookApart() {
	h.leaveSpan()
	h.ended, h.looked = &h.apart.ended, &h.apart.looked
	h.looked.Store(true)
}

// leaveSpan is for a hand that is through with its span, if it has one.
func (h *Hand) leaveSpan() {
	if s := h.span; s != nil {
		h.done.succeeded += uint64(h.next)
		s.leave()
	}
	h.span, h.next = nil, spanSize
}

// End ends an item that succeeded, and its context.
func (h *Hand) End() {
	h.ended.set(h.next)
	if h.looked.Load() {
		h.endApart()
	}
}

// Fail ends an item that did not succeed, and its context.
func (h *Hand) Fail(o Outcome) {
	h.done.failed++
	if o == Panicked {
		h.done.panicked++
	}
	h.done.succeeded-- // End counts it there, or leaveSpan does
	h.End()
}

// endApart ends the context of an item if that is a Ctx.
func (h *Hand) endApart() {
	c := h.item
	if c == nil {
		h.endLooked()
		return
	}
	h.item = nil
	h.endCtx(c)
	h.done.succeeded++
}

// endLooked ends what was made for items of the span, all of which have ended.
// From now on each item gets a Ctx.
func (h *Hand) endLooked() {
	s := h.span
	h.lookApart()
	s.mu.Lock()
	made := slices.Collect(maps.Values(s.made)) // there may be more later, but none that is live
	s.mu.Unlock()
	for _, c := range made {
		if c.task.Load() != nil {
			h.endCtx(c)
		}
	}
}

// current returns the Ctx of the item that runs.
func (h *Hand) current() *Ctx {
	if h.item != nil {
		return h.item
	}
	return h.span.items[h.next-1].ctx()
}

// endCtx ends the context of an item.
func (h *Hand) endCtx(c *Ctx) {
	c.task.Store(nil)
	c.end(nil)
	if h.core.Entangled() {
		p := h.crew.pool
		p.mu.Lock()
		h.task.run.CompareAndSwap(c, h.run)
		p.endWatchLocked(c)
		p.unlock()
		h.repay()
	} else {
		h.task.run.CompareAndSwap(c, h.run)
	}
}
