package parallel

import "runtime"

// deliver yields results until there are no more, or the run has to end. It
// reports false if yield did.
func (r *run[A, B]) deliver(yield func(B, error) bool) bool {
	g := r.first
	for n := uint64(0); r.outer.Err() == nil; n++ {
		if g = g.of(n); !g.has(n) && !r.await(n, n+1, func() bool { return r.first.of(n).has(n) }) {
			return true
		}
		v, err := r.collect(&g, n)
		more := yield(v, err)
		r.deliveredTo(n + 1)
		if !more {
			return false
		}
	}
	return true
}

// collect takes result n, which is there, out of its slot. g is the caller's
// guess of where that is.
func (r *run[A, B]) collect(g **ring[A, B], n uint64) (v B, err error) {
	at := (*g).of(n)
	*g = at
	slot := n & at.mask
	v = at.out[slot]
	if r.keepsOut {
		var zero B
		at.out[slot] = zero
	}
	if at.done[slot].Load()&failed != 0 {
		err = r.failure(n)
	}
	return v, err
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

// await blocks until what ready looks at is there; whoever does it opens the gate
// for what. It reports false if result n, and what comes before it, will never be.
func (r *run[A, B]) await(n, what uint64, ready func() bool) bool {
	for range parkPatience {
		runtime.Gosched()
		if ready() {
			return true
		}
	}
	for {
		r.consumer.stop(what)
		if ready() {
			r.consumer.cancel()
			return true
		}
		if r.never(n) {
			r.consumer.cancel()
			return ready()
		}
		r.stalled()
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
