package claim

import (
	"runtime"
	"time"
)

const (
	// A block is to take this long. Claiming one costs some 50 ns, with the look
	// at the clock; and at 1 us an item a map takes 1 % less than with half of it.
	blockTime = 40 * time.Microsecond

	// A runner yields the processor after this much work. A goroutine that it has
	// made ready (the loop, the feeder) would otherwise wait behind it while all
	// processors are busy, which cost a quarter of the throughput at 1 us an item.
	// To yield costs, too: a map at 1 us an item took 1.17 times as long as a slice
	// cut in two with 20 us, 1.10 with 100, and 1.13 with 150.
	quantum = 100 * time.Microsecond
	// If it took as long as this to get the processor back, processors are scarce, and
	// the runner yields less often.
	scarce     = 200 * time.Microsecond
	maxQuantum = 5 * time.Millisecond

	// How often a runner that finds nothing yields the processor and looks again, before it
	// leaves: as often as it claims items at once, but at most so often. Leaving and being
	// called again costs about as much as ten rounds, which is little for items that take long.
	maxPatience = 8
)

// A pace is what a runner has measured, and what follows for how many items it claims at once.
type pace struct {
	batch   uint64        // items that it claims at once
	since   time.Duration // when it began with its block
	rested  time.Duration // when it last yielded the processor
	quantum time.Duration // after which it does so again, if more than the usual
}

// A Seeker is a runner that looks for items.
type Seeker interface {
	// Again is called when there was none. It reports whether to look again; if not,
	// the runner leaves.
	Again() bool
}

// Claim is for a runner whose block is empty. It claims another block, from the range
// or out of the blocks of others, and returns its first item. It returns false if
// there is none; the runner then has to leave.
func (r *Range) Claim(o *Owner, s Seeker) (i uint64, ok bool) {
	now := r.rest(o, r.measure(o))
	if i, ok = r.take(o); !ok {
		if i, ok = r.search(o, s); !ok {
			return 0, false
		}
		now = r.now()
	}
	o.pace.since = now
	return i, true
}

// search looks for an item for a while.
func (r *Range) search(o *Owner, s Seeker) (i uint64, ok bool) {
	r.searching.Add(1)
	for n := 0; ; n++ {
		if i, ok = r.take(o); ok {
			break
		}
		if i, ok = r.steal(o); ok {
			break
		}
		if !s.Again() || n >= int(min(o.pace.batch, maxPatience)) {
			break
		}
		runtime.Gosched()
	}
	r.searching.Add(-1)
	return i, ok
}

// now is the time since the range was made.
func (r *Range) now() time.Duration { return time.Since(r.began) }

// measure looks at the clock between two blocks, and sizes the next one.
func (r *Range) measure(o *Owner) (now time.Duration) {
	now = r.now()
	if to := o.own.left().Lo; to > o.from {
		each := max((now-o.pace.since)/time.Duration(to-o.from), 1)
		r.cost.Store(int64(each))
		o.pace.batch = max(min(uint64(blockTime/each), 2*o.pace.batch, r.maxBlock), 1)
		o.from = to
	}
	return now
}

// rest yields the processor if it is time.
func (r *Range) rest(o *Owner, now time.Duration) (after time.Duration) {
	p := &o.pace
	if now-p.rested <= max(p.quantum, quantum) {
		return now
	}
	runtime.Gosched()
	after = r.now()
	switch {
	case after-now < scarce:
		p.quantum = quantum
	case p.quantum < maxQuantum:
		p.quantum = max(p.quantum, quantum) * 2
	}
	p.rested = after
	return after
}
