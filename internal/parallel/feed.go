package parallel

import (
	"iter"
	"runtime"
)

// minRing is how many slots the first ring has, unless the window is smaller.
const minRing = 64

// A feeder puts the input into the ring. It is the only one that writes there.
type feeder[A, B any] struct {
	run   *run[A, B]
	ring  *ring[A, B]
	taken uint64 // items so far
	limit uint64 // items before this one may be pulled
	cut   bool   // it told the input to end
}

// feed ranges over the input.
func (r *run[A, B]) feed(in iter.Seq2[A, error]) {
	f := feeder[A, B]{run: r, ring: r.first}
	returned := false
	defer func() {
		if !returned {
			r.panicked = recover()
			r.goexit = r.panicked == nil
		}
		r.total = f.taken
		r.ending.Store(true)
		close(r.inputEnd)
		r.consumer.openAny()
	}()
	ctx := r.crew.Context()
	if ctx.Err() == nil && f.room() {
		in(f.put)
		r.whole = !f.cut && ctx.Err() == nil
	}
	returned = true
}

// put takes in an item that was pulled, and waits until there is room for another.
// It reports false if none is wanted.
func (f *feeder[A, B]) put(a A, err error) bool {
	r, i := f.run, f.taken
	f.taken++
	switch {
	case err != nil:
		f.pass(i, err)
	case r.keep == nil:
		f.ring.in[i&f.ring.mask] = a
	default:
		if err := r.keep(i, a); err != nil {
			f.pass(i, err)
		}
	}
	r.pulled.Store(f.taken)
	if r.searching.Load() == 0 {
		r.crew.Call()
	}
	if f.taken < f.limit && r.stop.Load() == 0 && (!r.cfg.Unordered || f.free()) {
		return true
	}
	f.cut = !f.room() // an input that was told to end has not ended by itself
	return !f.cut
}

// pass stores an error of the input as a result. The hand that claims the item
// sees by read that there is nothing to do.
func (f *feeder[A, B]) pass(i uint64, err error) {
	r := f.run
	r.skips.Store(true)
	if r.cfg.Unordered && r.keep == nil {
		f.ring.read[i&f.ring.mask].Store(mark(i))
	}
	if r.err != nil {
		r.err(err)
		return
	}
	var zero B
	r.put(f.ring, i, zero, err)
}

// free reports whether the slot for the next item is. With Unordered a straggler
// may be in it when all around it have been delivered.
func (f *feeder[A, B]) free() bool {
	g := f.ring
	n := g.mask + 1
	return g.in == nil || f.taken-g.base < n || passed(&g.read[f.taken&g.mask], f.taken-n)
}

// room waits until there is room for an item. It reports false if the run is over.
func (f *feeder[A, B]) room() bool {
	r := f.run
	for n := 0; r.stop.Load() == 0; n++ {
		room, of := f.measure()
		switch {
		case room > 0 && n == 0, room > of/4, room > 0 && (n > parkPatience || r.claimed.Load() == f.taken):
			if !r.cfg.Unordered || f.free() {
				return true
			}
			if n >= parkPatience {
				f.park(f.taken - f.ring.mask) // the straggler's number + 1
			}
		case n >= parkPatience:
			f.park(noRoom)
		}
		if n < parkPatience {
			runtime.Gosched()
		}
	}
	return false
}

// measure returns how many items there is room for, and how many there would be
// if all was delivered.
func (f *feeder[A, B]) measure() (room, of uint64) {
	r, g := f.run, f.ring
	done := r.delivered.Load()
	of = r.window()
	limit := done + of
	if limit <= f.taken {
		return 0, of
	}
	n := g.mask + 1
	if f.taken >= g.base+n && f.taken >= done+n {
		g = newRing[A, B](f.taken, min(ceil(of), 8*n), !r.cfg.Unordered, g.in != nil)
		g.older = f.ring
		f.ring.newer.Store(g)
		f.ring, n = g, g.mask+1
	}
	f.limit = min(limit, max(g.base, done)+n)
	return f.limit - f.taken, of
}

// park waits until what may have happened.
func (f *feeder[A, B]) park(what uint64) {
	r := f.run
	r.feeder.stop(what)
	if room, _ := f.measure(); r.stop.Load() != 0 || what == noRoom && room > 0 || what != noRoom && f.free() {
		r.feeder.cancel()
		return
	}
	if what == noRoom {
		r.stalled()
	}
	<-r.feeder.ch
}
