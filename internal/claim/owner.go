package claim

import "sync/atomic"

// pad keeps words that are written by different goroutines on different cache
// lines.
type pad [64]byte

// An Owner is what a range knows of a runner: its block, and its pace. When a runner has left,
// another one gets its Owner, and goes on with both.
//
// All methods but Last are for the runner alone.
type Owner struct {
	_     pad
	block atomic.Pointer[block] // replaced when its base does not fit
	next  *Owner                // in Range.all
	_     pad
	first block  // until the range goes past what it reaches
	own   *block // as block; the runner alone uses it, for each item, so it is not atomic
	pace  pace
	from  uint64 // the block's items from here on are not measured yet

	entered bool // a runner has it; guarded by Range.mu
}

// Next claims the next item of the runner's block. It returns false if there is none;
// then Range.Claim is next.
func (o *Owner) Next() (i uint64, ok bool) { return o.own.next() }

// Ahead returns how many items are left in the block behind the last claimed one. Only
// thieves change that, and they only take.
func (o *Owner) Ahead() uint64 { return o.own.left().Len() }

// Last returns the item that was claimed last, or the one behind the block if there was none
// left. Of several calls while the runner stays in its block none returns less than an
// earlier one.
func (o *Owner) Last() uint64 { return o.block.Load().last() }

// open makes s the runner's block and claims its first item.
func (o *Owner) open(s Span) (first uint64) {
	o.from = s.Lo
	if base := baseOf(s.Lo); o.own.base != base {
		o.own = &block{base: base}
		o.own.open(s)
		o.block.Store(o.own)
	} else {
		o.own.open(s)
	}
	return s.Lo
}
