package taskctx

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A Block is the contexts of what one goroutine runs, one after another.
type Block struct {
	parent context.Context
	bounds *Bound
	caller *Item // the task whose functions share the one item; nil: each item is that of a task
	loop   atomic.Pointer[Loop]
	owner  atomic.Pointer[Owner] // what runs the items; nil once it runs no more of them
	ended  atomic.Uint32         // written by the goroutine that runs the items
	looked atomic.Uint32         // 1: there are real contexts
	cut    atomic.Uint32         // from 1: the first item at whose end parent, or a bound, had ended
	mortal bool                  // parent can end, and is not an item
	forked bool                  // parent is an item that several functions share
	depth  uint8                 // how many blocks are above without a real context between
	size   uint8

	mu   sync.Mutex
	Mark atomic.Uint32 // of the executor, for an item that several functions share
	made *made

	items [small]Item
}

// An Owner stands for what runs items, and is part of it.
type Owner struct{ Value any }

// made is what was made for the item at a place. That of the last item is the first of the list, so
// that of the one which runs is found at once.
type made struct {
	place uint8
	limit limit // it does not change
	real  atomic.Pointer[real]
	abort atomic.Pointer[error] // why it was aborted, by Item.Abort
	next  *made                 // guarded by Block.mu
}

// nothing is what was made for an item that was not looked at.
var nothing made

// A limit is a timeout of a task's own. Most tasks return before it matters, so it is what the
// deadline and its cause are made of.
type limit struct {
	from  time.Time
	after time.Duration // 0: none
	task  string        // its name
}

func (l *limit) deadline() time.Time { return l.from.Add(l.after) }

// over reports whether there is a deadline, and it has passed.
func (l *limit) over() bool { return l.after > 0 && time.Since(l.from) >= l.after }

// A real is a context of the standard library in the place of an item.
type real struct {
	context.Context
	cancel context.CancelCauseFunc
	below  bool // what ends the item's parent ends it; false: the item ended before that
}

// New returns a block below parent for owner, with few items, or with many if big. Tasks
// that come one by one, each below a context of its own, need few. mortal says whether parent can
// end, if it is not an item: so New calls no method of parent, which may be code of the user, unless
// the block is so deep that a real context has to be made first.
func New(parent context.Context, mortal bool, bounds *Bound, owner *Owner, big bool) *Block {
	b := alloc(big)
	b.below(parent, mortal, bounds, owner)
	return b
}

// mortal reports whether parent can end and is not an item.
func mortal(parent context.Context) bool {
	_, item := parent.(*Item)
	return !item && parent.Done() != nil
}

// below puts b, which is fresh, below parent.
func (b *Block) below(parent context.Context, mortal bool, bounds *Bound, owner *Owner) {
	if up, ok := parent.(*Item); ok {
		above := up.Block()
		b.forked, mortal = above.Shared(), false
		if b.depth = above.depth + 1; b.depth > maxDepth {
			b.depth, mortal = 0, true
			parent = &deep{up.ready().Context, up}
		}
	}
	b.parent, b.mortal, b.bounds = parent, mortal, bounds
	b.owner.Store(owner)
}

// Share makes b, which is zero and part of something larger, a block of one item below
// parent, which is the context of several functions at a time, and returns that. The functions
// are the work of the innermost task of parent: caller is its context, which has ended when
// the item has to, and owner runs it. A context that is kept keeps what b is part of.
func (b *Block) Share(parent context.Context, caller *Item, owner *Owner) *Item {
	b.size, b.caller = 1, caller
	b.below(parent, mortal(parent), nil, owner)
	return b.Take()
}

// Owner returns what runs the items of b, nil once it runs no more of them.
func (b *Block) Owner() *Owner { return b.owner.Load() }

// Caller returns the context of the task whose functions share the item of b, or nil.
func (b *Block) Caller() *Item { return b.caller }

// Shared reports whether the item of b is the context of several functions of a task.
func (b *Block) Shared() bool { return b.caller != nil }

// Forked reports whether not only the pool may end the items of b: one of several functions of
// a task ends the context that they share, and so that of a task which runs one of them.
func (b *Block) Forked() bool { return b.Shared() || b.forked }

// Left returns how many items can still be taken.
func (b *Block) Left() int { return int(b.size) - b.Ended() }

// Bounds returns what else ends the tasks.
func (b *Block) Bounds() *Bound { return b.bounds }

// Take returns the first item that has not ended, whose task begins, or nil if all have.
func (b *Block) Take() *Item {
	place := uint8(b.ended.Load())
	if place == b.size {
		return nil
	}
	return b.item(place)
}

// At returns the item at place i, whose task begins.
func (b *Block) At(i int) *Item { return b.item(uint8(i)) }

// Ended returns how many items have ended.
func (b *Block) Ended() int { return int(b.ended.Load()) }

// Sync ends the item that has ended last once more: its context may have been looked at while a
// loop ran it.
func (b *Block) Sync() {
	if n := b.Ended(); n > 0 {
		b.End(n)
	}
}

// End ends the items before place n, and with them the context of the one that
// ran.
func (b *Block) End(n int) {
	if (b.mortal || b.bounds != nil || b.looked.Load() != 0) && b.cut.Load() == 0 && b.endedAbove() {
		b.cut.Store(uint32(n)) // that is the reason, for those that ask later
	}
	place := uint8(n - 1)
	b.tell(place) // what ends it may not have told it yet
	b.ended.Store(uint32(n))
	b.tell(place) // it may have become real since
}

// tell ends the real context of the item at a place, if there is one and the item has ended.
func (b *Block) tell(place uint8) {
	if b.looked.Load() != 0 {
		b.tellLooked(place)
	}
}

func (b *Block) tellLooked(place uint8) {
	if b.lookedAt(place).real.Load() != nil {
		b.item(place).ready()
	}
}

// endedAbove reports whether parent, or a bound, has ended. It does not ask a parent that is an
// item: see Cut.
func (b *Block) endedAbove() bool {
	if b.mortal && b.parent.Err() != nil || b.bounds.EndedWithin(nil) != nil {
		return true
	}
	if b.looked.Load() == 0 {
		return false
	}
	_, begun := b.bounds.begun()
	return begun
}

// EndLastBelow is EndLast for an item that has left something behind, which may ask later. With
// above it looks at the items above, too: they may have ended.
func (b *Block) EndLastBelow(above bool) {
	if b.cut.Load() == 0 {
		up, ok := b.parent.(*Item)
		if _, begun := b.bounds.begun(); begun || above && ok && up.Err() != nil {
			b.cut.Store(uint32(b.Ended() + 1))
		}
	}
	b.EndLast()
}

// Cut says that the context above had ended before the last item has: that is the reason, for
// those that ask later. It is for a parent that is an item, at which End does not look.
func (b *Block) Cut() { b.cut.CompareAndSwap(0, b.ended.Load()) }

// EndLast ends the item that was taken last.
func (b *Block) EndLast() { b.End(b.Ended() + 1) }

// Looked is not 0 if an item of the block has a real context.
func (b *Block) Looked() uint32 { return b.looked.Load() }

// Visit makes Looked report that more has to be ended with the item that runs.
func (b *Block) Visit() { b.looked.Store(1) }

// at returns what was made for the item at a place.
func (b *Block) at(place uint8) *made {
	if b.looked.Load() == 0 {
		return &nothing
	}
	return b.lookedAt(place)
}

func (b *Block) lookedAt(place uint8) *made {
	b.mu.Lock()
	m := *b.find(place)
	b.mu.Unlock()
	if m.of(place) {
		return m
	}
	return &nothing
}

// find returns where in the list the item at a place is, or would be. The caller holds the
// lock.
func (b *Block) find(place uint8) **made {
	at := &b.made
	for *at != nil && (*at).place > place {
		at = &(*at).next
	}
	return at
}

// of reports whether m is what was made for the item at a place.
func (m *made) of(place uint8) bool { return m != nil && m.place == place }

// Leave is called when the owner runs no more items of the block: a context that is kept
// must not keep the owner alive.
func (b *Block) Leave() {
	if b.loop.Load() != nil {
		b.loop.Store(nil)
	}
	b.owner.Store(nil)
}

// Limit gives the item that was taken last a deadline, d from now. It must be called
// before the task sees the item. A timer is set only for a task that looks. An item that
// has been ended already needs none.
func (b *Block) Limit(d time.Duration, task string) {
	b.make(uint8(b.ended.Load()), limit{time.Now(), d, task})
}

// make returns what was made for the item at a place, which it makes, with this limit, if there is
// nothing.
func (b *Block) make(place uint8, l limit) *made {
	b.looked.Store(1)
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.find(place)
	if !(*at).of(place) {
		*at = &made{place: place, limit: l, next: *at}
	}
	return *at
}
