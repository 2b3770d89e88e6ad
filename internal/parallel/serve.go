package parallel

import (
	"runtime/debug"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/sched"
)

// A server is a hand at work for a run.
type server[A, B any] struct {
	run  *run[A, B]
	w    *worker
	hand *sched.Hand
	in   *ring[A, B] // where the last item was
	out  *ring[A, B] // where its result was put
	rest span        // of the hand's block
	ran  uint64      // items since it was claimed
	item uint64      // what runs
	busy bool        // an item's function has not returned
}

// work is what a hand does.
func (r *run[A, B]) work(h *sched.Hand) {
	s := &server[A, B]{run: r, w: r.enter(), hand: h, in: r.first, out: r.first}
	defer func() { r.leave(s.w, s.rest) }() // also on a Goexit of an item
	for !s.serve() {
	}
}

// serve runs items until there are none, or the hand is to leave. It returns false
// after the panic of an item.
func (s *server[A, B]) serve() (done bool) {
	defer s.fell()
	r, w := s.run, s.w
	for {
		if s.rest.lo == s.rest.hi {
			var ok bool
			if s.rest, ok = r.find(w, s.hand, s.ran); !ok {
				return true
			}
			s.ran = 0
		}
		w.next.set(uintptr(s.rest.lo + 1))
		if w.recall.Load() != unasked {
			if s.rest = r.answer(w, s.rest); s.rest.len() == 0 {
				continue
			}
		}
		if r.stop.Load() != 0 {
			return true
		}
		i := s.rest.lo
		s.rest.lo++
		s.ran++
		if r.do != nil {
			r.do(s, i)
		} else if a, ok := s.take(i); ok {
			s.perform(i, a)
		}
		if s.hand.Yield() {
			return true
		}
	}
}

// perform runs the function with an item.
func (s *server[A, B]) perform(i uint64, a A) {
	s.item, s.busy = i, true
	v, err := s.run.fn(s.hand.Begin(), a)
	s.busy = false
	if err == nil {
		s.hand.End()
	} else {
		s.hand.Fail(sched.Failed)
	}
	s.put(i, v, err)
}

// take reads an item out of its slot; false: it has its result already.
func (s *server[A, B]) take(i uint64) (a A, ok bool) {
	r := s.run
	if !r.fed {
		return r.slice[i], true
	}
	g := s.in.of(i)
	s.in = g
	slot := i & g.mask
	if r.skips.Load() && passed(&g.read[slot], i) {
		return a, false
	}
	a = g.in[slot]
	if r.keepsIn {
		var zero A
		g.in[slot] = zero
	}
	if r.cfg.Unordered {
		g.read[slot].Store(mark(i))
		r.feeder.open(i + 1)
	}
	return a, true
}

// put stores the result of an item. The first error of a fast run is the only one: it
// is the cause of the end of all contexts before the consumer, who ends them too, can
// find it.
func (s *server[A, B]) put(i uint64, v B, err error) {
	if err != nil && s.run.fast {
		if !s.run.failed.CompareAndSwap(false, true) {
			return
		}
		s.run.halt(over) // no item starts meanwhile
		s.run.crew.Stop(err)
	}
	s.out = s.run.put(s.out, i, v, err)
}

// put stores the result of an item and tells the consumer. It returns the ring
// that the result is in; g is the caller's guess.
func (r *run[A, B]) put(g *ring[A, B], i uint64, v B, err error) *ring[A, B] {
	n := i
	if r.cfg.Unordered {
		n = r.finished.Add(1) - 1
	}
	g = g.of(n)
	slot := n & g.mask
	g.out[slot] = v
	m := mark(n)
	if err != nil {
		r.fail(n, failure{i, err})
		m |= failed
	}
	g.done[slot].Store(m)
	if r.consumer.waiting(n + 1) {
		r.consumer.open(n + 1)
	}
	return g
}

func (r *run[A, B]) fail(n uint64, f failure) {
	r.errs.Lock()
	if r.errs.of == nil {
		r.errs.of = make(map[uint64]failure)
	}
	r.errs.of[n] = f
	r.errs.Unlock()
}

// fell stores the outcome of an item that did not return.
func (s *server[A, B]) fell() {
	if !s.busy {
		return
	}
	s.busy = false
	var zero B
	v := recover()
	switch {
	case v == nil:
		s.hand.Fail(sched.Failed)
		s.put(s.item, zero, cell.ErrGoexit)
	case s.run.crew.Crash():
		panic(v) // the stack of the first panic is still below this one, and is printed
	default:
		err := s.run.cfg.Fault(v, debug.Stack())
		s.hand.Fail(sched.Panicked)
		s.put(s.item, zero, err)
	}
}
