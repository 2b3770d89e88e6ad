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
		f.feed(in, out)
		ended, err := f.drive(deliver)
		if ended && err != nil {
			var zero B
			yield(zero, err)
		}
	}
}

// A flat is a loop whose items have any number of results. In order, the result of
// an item in the ring is an outlet, which is put there when the item starts, so
// that it flows from when its turn comes; and the item counts as delivered when
// the outlet is empty for good. With Unordered all flow into one outlet, where the
// end of each sequence is told, and there are no results in a ring.
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

// feed starts the feeder.
func (f *flat[A, B]) feed(in iter.Seq2[A, error], out sink[*outlet[B]]) {
	if f.cfg.PerItem != nil {
		src := &apart[A]{&f.loop, f.perform, func(n uint64, err error) { out.put(n, nil, err) }}
		f.in = src
		go feed(&f.loop, src, out, in)
		return
	}
	src := newFed[A](&f.loop, f.cfg.Unordered)
	f.in = src
	go feed(&f.loop, src, out, in)
}

// each implements job.
func (f *flat[A, B]) each(r *runner, i uint64) {
	if n, a, ok := f.in.take(i); ok {
		f.perform(r, n, a)
	}
}

// perform runs the sequence of item n.
func (f *flat[A, B]) perform(r *runner, n uint64, a A) {
	o := f.shared
	if o == nil {
		o = new(outlet[B])
		f.begin(o)
		f.results.put(n, o, nil)
	}
	r.item, r.busy, r.into = n, true, o
	hold := make(chan struct{}, 1)
	for v, err := range f.fn(r.observed(r.slot.Begin()), a) {
		full, wanted := f.emit(o, hold, part[B]{v: v, err: err, of: n})
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
	f.ended(o, n)
}

// died implements job: how the function of an item, or its sequence, did not return is
// its last result.
func (f *flat[A, B]) died(r *runner, err error) {
	o := r.into.(*outlet[B])
	r.into = nil
	f.emit(o, nil, part[B]{err: err, of: r.item})
	f.ended(o, r.item)
}

// emit puts a part into an outlet and tells the caller.
func (f *flat[A, B]) emit(o *outlet[B], hold chan struct{}, p part[B]) (full, wanted bool) {
	full, tell, wanted := o.put(hold, p)
	if tell {
		f.consumer.OpenAny()
	}
	return full, wanted
}

// begin notes an outlet, so that the end of the run finds it.
func (f *flat[A, B]) begin(o *outlet[B]) {
	f.flows.Lock()
	defer f.flows.Unlock()
	if f.flows.over {
		o.end()
		return
	}
	if f.flows.of == nil {
		f.flows.of = make(map[*outlet[B]]struct{})
	}
	f.flows.of[o] = struct{}{}
}

// ended says that the sequence of item n has.
func (f *flat[A, B]) ended(o *outlet[B], n uint64) {
	if o == f.shared {
		if !o.ended(n) {
			f.emit(o, nil, part[B]{of: n, none: true, end: true})
		}
		return
	}
	f.flows.Lock()
	delete(f.flows.of, o)
	f.flows.Unlock()
	if o.close() {
		f.consumer.OpenAny()
	}
}

// closing lets all runners go on that are held up: the run is over.
func (f *flat[A, B]) closing() {
	if f.shared != nil {
		f.shared.end()
	}
	f.flows.Lock()
	defer f.flows.Unlock()
	f.flows.over = true
	for o := range f.flows.of {
		o.end()
	}
}

// put implements sink for errors of the input, if unordered.
func (f *flat[A, B]) put(n uint64, _ *outlet[B], err error) {
	f.emit(f.shared, nil, part[B]{err: err, of: n, end: true})
}

// room implements sink.
func (f *flat[A, B]) room(_, _, limit uint64) uint64 { return limit }

// deliver yields results in order.
func (f *flat[A, B]) deliver() (more bool) {
	for n := uint64(0); f.outer.Err() == nil && f.results.await(n); n++ {
		ended, more := false, true
		if o, err := f.results.collect(n); err != nil {
			var zero B
			more = f.yield(zero, err)
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

// deliverShared yields results as they come.
func (f *flat[A, B]) deliverShared() (more bool) {
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
