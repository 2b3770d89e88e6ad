package parallel

import "runtime"

// deliver yields results until there are no more, or the run has to end. It
// reports false if yield did.
func (r *run[A, B]) deliver(yield func(B, error) bool) bool {
	g := r.first
	for n := uint64(0); r.outer.Err() == nil; n++ {
		g = g.of(n)
		if !passed(&g.done[n&g.mask], n) {
			if !r.await(n, func() bool {
				g = g.of(n)
				return passed(&g.done[n&g.mask], n)
			}) {
				return true
			}
		}
		slot := n & g.mask
		v := g.out[slot]
		var zero B
		g.out[slot] = zero
		var err error
		if g.done[slot].Load()&failed != 0 {
			err = r.failure(n)
		}
		more := yield(v, err)
		r.deliveredTo(n + 1)
		if !more {
			return false
		}
	}
	return true
}

// deliveredTo says that the items before n have been delivered.
func (r *run[A, B]) deliveredTo(n uint64) {
	r.delivered.Store(n)
	switch {
	case r.fed:
		if r.feeder.waiting(noRoom) {
			r.feeder.open(noRoom)
		}
	case n < r.total:
		r.pass()
	}
}

// failure returns the error with result n.
func (r *run[A, B]) failure(n uint64) error {
	r.errs.Lock()
	defer r.errs.Unlock()
	f := r.errs.of[n]
	delete(r.errs.of, n)
	r.failing = f.item
	return f.err
}

// await blocks until result n, or whatever else ready looks at, is there. It
// reports false if it will never be.
func (r *run[A, B]) await(n uint64, ready func() bool) bool {
	for range r.patience {
		runtime.Gosched()
		if ready() {
			r.patience = min(2*r.patience, maxPatience)
			return true
		}
	}
	r.patience = max(r.patience/2, minPatience)
	for {
		r.consumer.stop(n + 1)
		if ready() {
			r.consumer.cancel()
			return true
		}
		if r.never(n) {
			r.consumer.cancel()
			return ready()
		}
		r.crew.Block(r.consumer.ch)
		if r.outer.Err() != nil {
			return false // the gate is not used any more
		}
	}
}

// never reports whether no further result will come than what there is.
func (r *run[A, B]) never(n uint64) bool {
	if r.outer.Err() != nil {
		return true
	}
	if r.stop.Load() != 0 && r.present.Load() == 0 {
		return true
	}
	return r.ending.Load() && (n == r.total || r.panicked != nil || r.goexit)
}
