package claim

import (
	"sync"
	"sync/atomic"
	"time"
)

// A Range is items 0, 1, 2 … and which runner runs which of them. It knows only their
// numbers. The zero value is not usable, see New.
type Range struct {
	limit    func() uint64
	maxBlock uint64
	began    time.Time

	_         pad
	claimed   atomic.Uint64
	_         pad
	searching atomic.Int32 // runners that have found nothing and have not left
	present   atomic.Int32 // runners that have not left
	cost      atomic.Int64 // of an item in ns, as last measured
	_         pad

	mu  sync.Mutex
	all atomic.Pointer[Owner] // written under mu
}

// New returns a range of which no item is claimed. limit returns the number of the first
// item that may not be claimed yet; a block has at most maxBlock items.
func New(limit func() uint64, maxBlock uint64) Range {
	return Range{limit: limit, maxBlock: maxBlock, began: time.Now()}
}

// Claimed returns the number of the first item that was not claimed.
func (r *Range) Claimed() uint64 { return r.claimed.Load() }

// Present returns how many runners have entered and not left.
func (r *Range) Present() int { return int(r.present.Load()) }

// Searching returns how many of them look for an item.
func (r *Range) Searching() int { return int(r.searching.Load()) }

// Cost returns how long an item takes, as last measured; 0: not known.
func (r *Range) Cost() time.Duration { return time.Duration(r.cost.Load()) }

// Enter gives a runner its owner, whose block has the first of the items that others have left in
// theirs, if there are any.
func (r *Range) Enter() *Owner {
	r.present.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.vacant()
	if o == nil {
		o = &Owner{next: r.all.Load(), pace: pace{batch: 1}}
		o.own = &o.first
		o.block.Store(o.own)
		r.all.Store(o)
	}
	o.entered = true
	o.from, o.pace.since = o.own.left().Lo, r.now()
	return o
}

// vacant returns an owner that no runner has, or nil: the one with the first items, if some have any.
func (r *Range) vacant() (found *Owner) {
	first := ^uint64(0)
	for o := r.all.Load(); o != nil; o = o.next {
		if o.entered {
			continue
		}
		if s := o.own.left(); s.Len() > 0 && s.Lo < first {
			found, first = o, s.Lo
		} else if found == nil {
			found = o
		}
	}
	return found
}

// Leave takes the owner of a runner back. What is left in its block can be stolen, and is what
// the next runner begins with: others have to be told, if Left says so afterwards.
func (r *Range) Leave(o *Owner) {
	r.mu.Lock()
	o.entered = false
	r.mu.Unlock()
	r.present.Add(-1)
}

// Left reports whether there are items that may be claimed or stolen.
func (r *Range) Left() bool {
	return r.claimed.Load() < r.limit() || r.earliest() != nil
}

// earliest returns the owner of the block with the first item, nil if all are
// empty. Results are waited for in their order, so stealing there helps
// most.
func (r *Range) earliest() (found *Owner) {
	first := ^uint64(0)
	for o := r.all.Load(); o != nil; o = o.next {
		if s := o.block.Load().left(); s.Len() > 0 && s.Lo < first {
			found, first = o, s.Lo
		}
	}
	return found
}

// take claims items that no runner has claimed.
func (r *Range) take(o *Owner) (i uint64, ok bool) {
	for {
		lo := r.claimed.Load()
		limit := r.limit()
		if lo >= limit {
			return 0, false
		}
		n := uint64(1)
		if o.pace.batch > 1 {
			// Half of a fair share, so that all runners are done at about the same time.
			shares := 2 * uint64(r.present.Load())
			n = min(o.pace.batch, (limit-lo+shares-1)/shares, baseOf(lo)+reach-lo)
		}
		if r.claimed.CompareAndSwap(lo, lo+n) {
			return o.open(Span{lo, lo + n}), true
		}
	}
}

// steal takes items out of the block of another runner.
func (r *Range) steal(o *Owner) (i uint64, ok bool) {
	for v := r.earliest(); v != nil; v = r.earliest() {
		if s := v.block.Load().steal(); s.Len() > 0 {
			return o.open(s), true
		}
	}
	return 0, false
}
