package claim

import "sync/atomic"

// A Span is the items from Lo to before Hi.
type Span struct{ Lo, Hi uint64 }

// Len returns how many items there are.
func (s Span) Len() uint64 { return s.Hi - s.Lo }

// reach is how many items can be told relative to one base. It leaves the halves of
// the word room for end = reach and for first = end + 1.
const reach = 1 << 31

// one is 1 in the upper half of the word.
const one = 1 << 32

// A block is the items that its owner has claimed and not started.
type block struct {
	base uint64 // a multiple of reach
	// word is first<<32 | end, relative to base. The block is empty if first >= end.
	//
	//	owner: empty       -> {lo+1, hi}  open; it starts lo
	//	owner: {f, e}      -> {f+1, e}    next; it starts f if f < e
	//	thief: {f, e}      -> {f, m}      steal; it has m ... e, if the word is still {f, e}
	word atomic.Uint64
}

// baseOf returns the base that item i is relative to.
func baseOf(i uint64) uint64 { return i &^ (reach - 1) }

// open fills the block, which is empty. Its owner starts the first item of s; all of
// s is relative to the same base.
func (b *block) open(s Span) {
	b.word.Store((s.Lo-b.base+1)<<32 | (s.Hi - b.base))
}

// next claims the first item that is left.
func (b *block) next() (i uint64, ok bool) {
	w := b.word.Add(one)
	first := w >> 32
	return b.base + first - 1, first <= w&(one-1)
}

// last returns the item that next or open claimed last.
func (b *block) last() uint64 { return b.base + b.word.Load()>>32 - 1 }

// left returns the items that have not started.
func (b *block) left() Span {
	w := b.word.Load()
	first, end := w>>32, w&(one-1)
	return Span{b.base + min(first, end), b.base + end}
}

// steal takes the second half of the items that have not started, at least one. The
// result is empty if there were none, or if the owner or another thief was faster.
func (b *block) steal() Span {
	w := b.word.Load()
	first, end := w>>32, w&(one-1)
	if first >= end {
		return Span{}
	}
	mid := first + (end-first)/2
	if !b.word.CompareAndSwap(w, first<<32|mid) {
		return Span{}
	}
	return Span{b.base + mid, b.base + end}
}
