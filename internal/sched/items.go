package sched

import "context"

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
	if h.openSpan() {
		return h.Begin()
	}
	c := h.slab.next(h.run.parent)
	c.parent = h.run.parent
	c.task.Store(&h.task)
	if d := h.opts.Timeout; d > 0 {
		c.limit(d, h.cause)
	}
	h.item = c
	h.task.run.Store(c)
	return c
}

// openSpan gives the hand a new span; false: each item gets a Ctx.
func (h *Hand) openSpan() bool {
	if h.apart.looked.Load() != 0 {
		return false
	}
	h.leaveSpan()
	h.span = &span{runner: h, parent: h.run.parent, items: places}
	h.ended, h.looked, h.next = &h.span.ended, &h.span.looked, 0
	return true
}

// A Stretch is the contexts of items that a hand runs one after another: what Begin
// and End do, in pieces that a loop can keep in registers. Who uses stretches begins a
// single item with BeginOne, not with Begin.
type Stretch struct {
	span  *span
	first uint32 // the place of its first item
	n     uint32
}

// Stretch returns the contexts of the next items, at most n; none if items need a Ctx
// each.
func (h *Hand) Stretch(n uint64) Stretch {
	if h.ended.get() >= spanSize && !h.openSpan() {
		return Stretch{}
	}
	first := h.ended.get()
	return Stretch{h.span, first, uint32(min(n, spanSize-uint64(first)))}
}

// Len returns how many there are.
func (s Stretch) Len() int { return int(s.n) }

// Begin starts the item at i, the next one.
func (s Stretch) Begin(i int) context.Context { return &s.span.items[uint8(s.first)+uint8(i)] }

// End ends the item at i, which succeeded, and its context.
func (s Stretch) End(i int) { s.span.ended.set(s.first + uint32(i) + 1) }

// Looked reports whether an item has looked at its context, by a number that is not 0.
// Then Hand.Looked has to be called before another begins, and the stretch is over.
func (s Stretch) Looked() uint32 { return s.span.looked.Load() }

// Looked ends what was made for items that have looked at their contexts.
func (h *Hand) Looked() { h.endApart() }

// BeginOne is Begin for who uses stretches.
func (h *Hand) BeginOne() context.Context {
	if s := h.Stretch(1); s.Len() > 0 {
		return s.Begin(0)
	}
	return h.beginApart()
}

// lookApart has each item get a Ctx from now on.
func (h *Hand) lookApart() {
	h.leaveSpan()
	h.apart.looked.Store(1)
}

// leaveSpan is for a hand that is through with its span, if it has one.
func (h *Hand) leaveSpan() {
	if s := h.span; s != nil {
		h.done.succeeded += uint64(s.ended.get())
		s.leave(s.parent.Err() != nil)
	}
	h.span, h.ended, h.looked, h.next = nil, &h.apart.ended, &h.apart.looked, spanSize
	h.ended.set(spanSize)
}

// End ends an item that succeeded, and its context.
func (h *Hand) End() {
	h.ended.inc()
	if h.looked.Load() != 0 {
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
	h.ended.set(spanSize)
	h.endCtx(c)
	h.done.succeeded++
}

// endLooked ends what was made for items of the span, all of which have ended.
// From now on each item gets a Ctx.
func (h *Hand) endLooked() {
	s := h.span
	h.lookApart()
	for _, c := range s.all() { // there may be more later, but none that is live
		if c.task.Load() != nil {
			h.endCtx(c)
		}
	}
}

// contextOf implements runner.
func (h *Hand) contextOf(c *itemCtx) *Ctx { return c.span().context(c.place, &h.task) }

// current returns the Ctx of the item that runs.
func (h *Hand) current() *Ctx {
	if h.item != nil {
		return h.item
	}
	return h.span.items[h.ended.get()].ctx()
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
