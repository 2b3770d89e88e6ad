package parallel

import (
	"context"
	"iter"
	"runtime/debug"
	"sync"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/sched"
)

// Flat yields the items of the sequences that fn returns, and the errors of in in
// their places.
func Flat[A, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], fn func(context.Context, A) iter.Seq2[B, error], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		f := &flat[A, B]{fn: fn, yield: yield}
		f.run = newRun[A, *outlet[B]](ctx, ex, cfg, nil)
		f.do, f.maxBlock = f.serve, 1
		f.delivery, f.closing = f.deliver, f.end
		if cfg.Unordered {
			f.shared = new(outlet[B])
			f.delivery, f.err = f.deliverShared, f.pass
		}
		f.loop(in, func(_ *outlet[B], err error) bool {
			var zero B
			return yield(zero, err)
		})
	}
}

// A flat is a run whose items have any number of results. In order, the result of
// an item in the ring is an outlet, which is put there when the item starts, so
// that it flows from when its turn comes; and the item counts as delivered when
// the outlet is empty for good. With Unordered all flow into one outlet, where the
// end of each sequence is told, and there are no results in the ring.
//
// A hand that is held up, because its outlet is full, lends its slot. This cannot
// end in a deadlock: hands claim items one by one and in order, so that the one
// whose turn it is has started, and the consumer empties its outlet.
type flat[A, B any] struct {
	*run[A, *outlet[B]]
	fn     func(context.Context, A) iter.Seq2[B, error]
	yield  func(B, error) bool
	shared *outlet[B]
	spare  []part[B] // the consumer's

	mu    sync.Mutex
	flows map[*outlet[B]]struct{} // of items at work
	over  bool
}

// serve runs the sequence of an item.
func (f *flat[A, B]) serve(s *server[A, *outlet[B]], i uint64) {
	a, ok := s.take(i)
	if !ok {
		return
	}
	o := f.shared
	if o == nil {
		o = new(outlet[B])
		f.begin(o)
		s.put(i, o, nil)
	}
	returned := false
	defer func() {
		if returned {
			s.hand.End()
		} else {
			f.fell(s, o, i, recover())
		}
		f.ended(o, i)
	}()
	hold := make(chan struct{}, 1)
	for v, err := range f.fn(s.hand.Begin(), a) {
		full, wanted := f.put(o, hold, part[B]{v: v, err: err, of: i})
		if full {
			s.hand.Block(hold)
		}
		if !wanted {
			break
		}
	}
	returned = true
}

// put puts a part into an outlet and tells the consumer.
func (f *flat[A, B]) put(o *outlet[B], hold chan struct{}, p part[B]) (full, wanted bool) {
	full, tell, wanted := o.put(hold, p)
	if tell {
		f.consumer.openAny()
	}
	return full, wanted
}

// ended says that the sequence of item i has.
func (f *flat[A, B]) ended(o *outlet[B], i uint64) {
	if f.shared != nil {
		if !o.ended(i) {
			f.put(o, nil, part[B]{of: i, none: true, end: true})
		}
		return
	}
	f.mu.Lock()
	delete(f.flows, o)
	f.mu.Unlock()
	if o.close() {
		f.consumer.openAny()
	}
}

// pass takes an error of the input, with Unordered.
func (f *flat[A, B]) pass(err error) {
	f.put(f.shared, nil, part[B]{err: err, of: ^uint64(0), end: true})
}

// fell stores how the function of item i, or its sequence, did not return.
func (f *flat[A, B]) fell(s *server[A, *outlet[B]], o *outlet[B], i uint64, v any) {
	p := part[B]{of: i}
	switch {
	case v == nil:
		p.err = cell.ErrGoexit
		s.hand.Fail(sched.Exited)
	case f.crew.Crash():
		panic(v) // the stack of the first panic is still below this one, and is printed
	default:
		p.err = f.cfg.Fault(v, debug.Stack())
		s.hand.Fail(sched.Panicked)
	}
	f.put(o, nil, p)
}

// begin notes an outlet, so that the end of the run finds it.
func (f *flat[A, B]) begin(o *outlet[B]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		o.end()
		return
	}
	if f.flows == nil {
		f.flows = make(map[*outlet[B]]struct{})
	}
	f.flows[o] = struct{}{}
}

// end lets all hands go on that are held up: the run is over.
func (f *flat[A, B]) end() {
	if f.shared != nil {
		f.shared.end()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
	for o := range f.flows {
		o.end()
	}
}

// deliver is run.deliver.
func (f *flat[A, B]) deliver(yield func(*outlet[B], error) bool) bool {
	g := f.first
	for n := uint64(0); f.outer.Err() == nil; n++ {
		if g = g.of(n); !g.has(n) && !f.await(n, n+1, func() bool { return f.first.of(n).has(n) }) {
			return true
		}
		o, err := f.collect(&g, n)
		ended, more := false, true
		if err != nil {
			more = yield(nil, err)
		} else {
			ended, more = f.drain(o, n)
		}
		if ended || !more {
			return more
		}
		f.deliveredTo(n + 1)
	}
	return true
}

// drain yields what comes out of the outlet of item n until it is closed. ended
// says that the run has to end before that, and more is false if yield reported
// that.
func (f *flat[A, B]) drain(o *outlet[B], n uint64) (ended, more bool) {
	for {
		parts, open := o.take(f.spare[:0])
		for _, p := range parts {
			if f.outer.Err() != nil {
				return true, true
			}
			if !f.yield(p.v, p.err) {
				return false, false
			}
		}
		clear(parts)
		f.spare = parts
		switch {
		case !open:
			return false, true
		case len(parts) == 0 && !f.await(n, outflow, o.ready):
			return true, true
		}
	}
}

// deliverShared is deliver with Unordered.
func (f *flat[A, B]) deliverShared(func(*outlet[B], error) bool) bool {
	n := uint64(0)
	for {
		parts, _ := f.shared.take(f.spare[:0])
		for _, p := range parts {
			switch {
			case p.none:
			case f.outer.Err() != nil:
				return true
			case !f.yield(p.v, p.err):
				return false
			}
			if p.end {
				n++
				f.deliveredTo(n)
			}
		}
		clear(parts)
		f.spare = parts
		if len(parts) == 0 && !f.await(n, outflow, f.shared.ready) {
			return true
		}
	}
}
