package parallel

import "runtime"

// The states of worker.recall: what others want of a worker's block.
//
//	unasked --someone asks--> asked --the hand answers--> unasked
//	                          asked --the hand is stuck-> seizing --> seized --the hand notices--> unasked
//
// A hand looks at the word between any two items. If it was asked it gives half
// of the rest of its block back to the line. If it does not answer, because it is
// in an item that takes long, the rest is taken away from it.
//
// # Why no item is run twice, and none is lost
//
// The naive way is a compare-and-swap of the hand's for each item. It is a full
// fence, and twice as expensive as a trivial item and all else about it. Here the
// hand announces an item in next, then looks at recall, and if that is unasked or
// it wins the swap from asked it runs the item. Who seizes swaps asked for seizing
// and then reads next. If the hand found recall unasked, it had announced the item
// before it was asked, so next says so. If it did not, it loses the swap, waits
// until it is told what was taken, and runs the item if that is not among it.
//
// This needs the announcement to be visible to who seizes. In a build for the race
// detector it is, as both words are atomic. Otherwise next is written plainly, and
// what makes it visible is that some 100 us pass between asking and seizing,
// where a store buffer drains in less than one; a hand whose thread does not run
// meanwhile has had it drained when it was stopped.
//
// A hand that is through with a block first takes end back and then looks at
// recall, and that of the next block it writes after next, while who seizes reads
// end before next: so it sees a block whole, or not at all.
const (
	unasked = iota
	asked
	seizing
	seized
)

// A hand that was asked and is not stuck answers within an item of a few
// microseconds at most. It is stuck if it has not for this long, or, as time may
// stand still (testing/synctest), for so many looks.
const (
	stuckTime  = 30_000 // ns
	stuckLooks = 1000
	minLooks   = 3
)

// rest returns the items of the block that have not been started, as far as the
// caller can see.
func (w *worker) rest() span {
	hi := w.end.Load()
	n := int(uintptr(hi) - w.next.get())
	if hi == 0 || n <= 0 {
		return span{}
	}
	return span{hi - uint64(n), hi}
}

// open lets others see a block.
func (w *worker) open(s span) {
	w.next.set(uintptr(s.lo))
	w.end.Store(s.hi)
	w.several = true
}

// close takes back the block, of which the hand has not started rest. It returns
// what has been left to it.
func (w *worker) close(rest span) span {
	if w.several {
		w.end.Store(0)
		w.several = false
	}
	return w.settle(rest)
}

// holder returns a worker whose block has items that have not been started, nil
// if there is none.
func (l *line) holder() *worker {
	if !l.blocks.Load() {
		return nil
	}
	for _, w := range *l.all.Load() {
		if w.recall.Load() < seizing && w.rest().len() > 0 {
			return w
		}
	}
	return nil
}

// callBack gets at the block of w; only for who has set recalling. It is to be
// called again and again, with some pause, until the block has nothing left.
func (l *line) callBack(w *worker) {
	if w.recall.CompareAndSwap(unasked, asked) {
		w.asked, w.looks = l.now(), 0
		return
	}
	w.looks++
	if w.looks < minLooks || w.looks < stuckLooks && l.now()-w.asked < stuckTime {
		return
	}
	if w.recall.CompareAndSwap(asked, seizing) {
		w.taken = w.rest()
		if w.taken.len() > 0 {
			l.stray(w.taken)
		}
		w.recall.Store(seized)
	}
}

// answer is for a hand that is about to run item lo of its block and was asked
// for the block. It returns what is left to it.
func (l *line) answer(w *worker, s span) span {
	if w.recall.CompareAndSwap(asked, unasked) {
		if n := s.len() - 1; n > 0 {
			mid := s.hi - (n+1)/2
			w.end.Store(mid)
			l.stray(span{mid, s.hi})
			s.hi = mid
			l.pass()
		}
		return s
	}
	return w.settle(s)
}

// settle answers whatever others want of the worker, without giving anything. It
// returns what is left of the rest of its block.
func (w *worker) settle(rest span) span {
	for {
		switch w.recall.Load() {
		case unasked:
			return rest
		case asked:
			if w.recall.CompareAndSwap(asked, unasked) {
				return rest
			}
		case seizing:
			runtime.Gosched()
		case seized:
			if w.taken.len() > 0 {
				rest.hi = max(rest.lo, w.taken.lo)
				if w.several {
					w.end.Store(rest.hi)
				}
			}
			w.recall.Store(unasked)
			return rest
		}
	}
}
