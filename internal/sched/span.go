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

// A span is the contexts of what one goroutine runs one after another: the items
// of a hand, or the plain tasks of a worker. All are called items here.
//
// The naive way is an object for each item. It costs more than a trivial item
// takes, most of it for the collector, and sharing one object is wrong: a
// context that an item has kept must have ended when the item has, whatever
// context the next one has. So an item's context is a byte of its own, which
// holds nothing but its place in the span. Most items never look at theirs. For
// the first that does the span makes the Ctx of a task, and who runs the items goes
// on with such ones.
type span struct {
	spanState
	parent context.Context
	mu     sync.Mutex
	runner runner // nil when it is through with the span
	made   map[uint8]*Ctx
	cut    bool // parent had ended before the last item did
	items  [spanSize]itemCtx
}

// A runner runs the items of a span.
type runner interface {
	// contextOf returns the Ctx of an item, with the task that runs it if it runs.
	contextOf(*itemCtx) *Ctx
}

// spanState is what a runner and those who look at contexts tell each other.
type spanState struct {
	ended  progress      // items before this one have ended; written by the runner
	looked atomic.Uint32 // 1: a Ctx was made while its item ran
}

// An itemCtx is the context of an item. place is where it is in its span.
type itemCtx struct{ place uint8 }

// drain is how often a word is read, at some nanoseconds each, until it must have
// left the store buffer of who has written it, see items_norace.go. That is waited
// for once a span.
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
	made, runner := s.made[c.place], s.runner
	s.mu.Unlock()
	switch {
	case made != nil:
		return made
	case runner != nil:
		return runner.contextOf(c)
	}
	return s.context(c.place, nil)
}

// context returns the Ctx of the item at place, which t runs if it has not ended.
func (s *span) context(place uint8, t *Task) *Ctx {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := s.made[place]
	if made != nil {
		return made
	}
	if s.made == nil {
		s.made = make(map[uint8]*Ctx)
	}
	made = &Ctx{parent: s.parent}
	s.made[place] = made
	first := s.looked.Swap(1) == 0 // before ended is read, while the runner writes that first: one sees the other
	for n := 0; first && n < drain && s.ended.get() <= uint32(place); n++ {
	}
	switch n := s.ended.get(); {
	case s.runner != nil && t != nil && n <= uint32(place):
		made.task.Store(t)
		t.run.Store(made)
	case s.cut && n == uint32(place)+1:
		made.end(nil) // with the cause of parent
	default:
		made.real.Store(ended)
	}
	return made
}

// all returns what was made for items of the span.
func (s *span) all() []*Ctx {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.made))
}

func (c *itemCtx) over() bool { return c.span().ended.get() > uint32(c.place) }

// leave is for the runner when it is through with the span: contexts that are kept
// do not keep it. cut says that parent had ended before the last item did.
func (s *span) leave(cut bool) {
	s.mu.Lock()
	s.runner, s.cut = nil, cut
	s.mu.Unlock()
}

// Deadline implements context.Context.
func (c *itemCtx) Deadline() (time.Time, bool) { return c.span().parent.Deadline() }

// Done implements context.Context.
func (c *itemCtx) Done() <-chan struct{} { return c.ctx().Done() }

// Err implements context.Context.
func (c *itemCtx) Err() error {
	if c.running() {
		return c.span().parent.Err()
	}
	return c.ctx().Err()
}

// running reports whether the item runs and has no Ctx: what it asks for in passing
// makes none.
func (c *itemCtx) running() bool { return c.span().looked.Load() == 0 && !c.over() }

// Value implements context.Context.
func (c *itemCtx) Value(key any) any {
	if _, ok := key.(taskKey); !ok && c.running() {
		return c.span().parent.Value(key)
	}
	return c.ctx().Value(key)
}

// String names the context where a context that wraps it is printed.
func (c *itemCtx) String() string { return "millrace item context" }
