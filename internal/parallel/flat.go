package parallel

import (
	"context"
	"iter"
	"sync"

	"github.com/millrace-go/millrace/internal/sched"
)

// Flat yields the items of the sequences that fn returns, and the errors of in in
// their places.
func Flat[A, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], fn func(context.Context, A) iter.Seq2[B, error], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		f := &flat[A, B]{fn: fn, yield: yield}
		f.init(ctx, ex, cfg, f, 1)
		f.watch.named(fn)
		var out sink[*outlet[B]] = f
		deliver := f.deliverShared
		if cfg.Unordered {
			f.shared = new(outlet[B])
		} else {
			f.results = newResults[*outlet[B]](&f.loop, 0)
			out, deliver = f.results, f.deliver
		}
		var fill func()
		f.in, fill = feed(&f.loop, in, out, f.perform)
		go fill()
		if ended, err := f.drive(deliver); ended && err != nil {
			var zero B
			yield(zero, err)
		}
	}
}

// A flat is a loop whose items have any number of results. In order, the result of
// an item in the ring is an outlet, which is put there when the item starts, so
// that it flows from when its turn comes; and the item counts as delivered when
// its sequence has ended and the outlet is empty. If unordered, all flow into one outlet,
// and there are no results in a ring.
//
// A runner that is held up, because its outlet is full, lends its slot. This cannot
// end in a deadlock: runners claim items one by one and in order, so that the one
// whose turn it is has started, and the caller empties its outlet.
type flat[A, B any] struct {
	loop
	in      source[A]
	fn      func(context.Context, A) iter.Seq2[B, error]
	yield   func(B, error) bool
	results *results[*outlet[B]] // nil: unordered
	shared  *outlet[B]           // nil: in order
	spare   []part[B]            // the caller's

	flows struct {
		sync.Mutex
		of   map[*outlet[B]]struct{} // of items at work
		over bool
	}
}

// limit implements job.
func (f *flat[A, B]) limit() uint64 { return f.in.limit() }

// each implements job.
func (f *flat[A, B]) each(r *runner, i uint64) {
	if n, a, ok := f.in.take(i); ok {
		f.perform(r, n, a)
	}
}

// perform runs the sequence of item n.
func (f *flat[A, B]) perform(r *runner, n uint64, a A) {
	o := f.begin(n)
	r.item, r.busy, r.into = n, true, o
	hold := make(chan struct{}, 1)
	for v, err := range f.fn(r.observed(r.slot.Begin()), a) {
		full, wanted := f.emit(o, hold, part[B]{v: v, err: err})
		if full {
			r.slot.Block(hold)
		}
		if !wanted {
			break
		}
	}
	r.told(nil, false)
	r.busy, r.into = false, nil
	r.slot.End()
	f.ended(o)
}

// died implements job: how the function of an item, or its sequence, did not return is
// its last result.
func (f *flat[A, B]) died(r *runner, err error) {
	o := r.into.(*outlet[B])
	r.into = nil
	f.emit(o, nil, part[B]{err: err})
	f.ended(o)
}

// emit puts a part into an outlet and tells the caller.
func (f *flat[A, B]) emit(o *outlet[B], hold chan struct{}, p part[B]) (full, wanted bool) {
	full, tell, wanted := o.put(hold, p)
	if tell {
		f.consumer.OpenAny()
	}
	return full, wanted
}

// begin returns the outlet of item n, and notes it, so that the end of the run finds it.
func (f *flat[A, B]) begin(n uint64) (o *outlet[B]) {
	if f.shared != nil {
		return f.shared
	}
	o = new(outlet[B])
	f.flows.Lock()
	if f.flows.over {
		o.close()
	} else {
		if f.flows.of == nil {
			f.flows.of = make(map[*outlet[B]]struct{})
		}
		f.flows.of[o] = struct{}{}
	}
	f.flows.Unlock()
	f.results.put(n, o, nil)
	return o
}

// ended says that a sequence has.
func (f *flat[A, B]) ended(o *outlet[B]) {
	if o != f.shared {
		f.flows.Lock()
		delete(f.flows.of, o)
		f.flows.Unlock()
	}
	if o.end() {
		f.consumer.OpenAny()
	}
}

// closing lets all runners go on that are held up: the run is over.
func (f *flat[A, B]) closing() {
	if f.shared != nil {
		f.shared.close()
	}
	f.flows.Lock()
	defer f.flows.Unlock()
	f.flows.over = true
	for o := range f.flows.of {
		o.close()
	}
}

// put implements sink for errors of the input, if unordered.
func (f *flat[A, B]) put(_ uint64, _ *outlet[B], err error) {
	f.emit(f.shared, nil, part[B]{err: err})
	f.ended(f.shared)
}

// room implements sink.
func (f *flat[A, B]) room(_, _, limit uint64) uint64 { return limit }

// deliver yields results in order.
func (f *flat[A, B]) deliver() (more bool) {
	for n := uint64(0); f.outer.Err() == nil && f.results.await(n); {
		o, err := f.results.collect(n)
		if err != nil {
			var zero B
			if !f.yield(zero, err) {
				return false
			}
			n++
			f.deliveredTo(n)
			continue
		}
		for before := n; n == before; {
			var goes bool
			if n, goes, more = f.drain(o, n); !goes {
				return more
			}
		}
	}
	return true
}

// deliverShared yields results as they come.
func (f *flat[A, B]) deliverShared() (more bool) {
	for n, goes := uint64(0), true; goes; {
		n, goes, more = f.drain(f.shared, n)
	}
	return more
}

// drain yields what has come out of an outlet, or waits until something has. n sequences
// have been delivered before it, and next after it. goes is false if the run has to end,
// and more as well if yield reported that.
func (f *flat[A, B]) drain(o *outlet[B], n uint64) (next uint64, goes, more bool) {
	parts, ended := o.take(f.spare[:0])
	if len(parts) == 0 && ended == 0 {
		f.spare = parts // the outlet has the other one
		return n, f.await(n, outflow, o.ready), true
	}
	if n += ended; ended > 0 {
		f.deliveredTo(n)
	}
	for _, p := range parts {
		if f.outer.Err() != nil {
			return n, false, true
		}
		if !f.yield(p.v, p.err) {
			return n, false, false
		}
		if n += p.ends; p.ends > 0 {
			f.deliveredTo(n)
		}
	}
	clear(parts)
	f.spare = parts
	return n, true, true
}
