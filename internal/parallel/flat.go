package parallel

import (
	"context"
	"iter"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/ring"
	"github.com/millrace-go/millrace/internal/sched"
)

// Flat yields the items of the sequences that fn returns, and the errors of in in
// their places.
func Flat[A, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], fn func(context.Context, A) iter.Seq2[B, error], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		f := &flat[B]{yield: yield, over: make(chan struct{})}
		r := &run[A, struct{}]{out: f, nth: func(ctx context.Context, n uint64, a A) (none struct{}, _ error) {
			f.emit(ctx, f.box(n), fn(ctx, a))
			return none, nil
		}}
		f.loop = &r.loop
		r.init(ctx, ex, cfg, r, 1)
		submit := r.submit
		if cfg.Unordered {
			f.shared = &mailbox[B]{what: outflow}
		} else {
			f.boxes = ring.New[*mailbox[B]](r.size())
			submit = inKeyOrder(submit)
		}
		r.feed(in, submit)
		if err := f.drive(f.deliver); err != nil {
			var zero B
			yield(zero, err)
		}
	}
}

// inKeyOrder returns submit for items that start in order if they have a key in common: the
// delay of one is a delay of those behind it, too.
func inKeyOrder[A any](submit submitter[A]) submitter[A] {
	ends := make(map[any]time.Time) // of the last delay of each key
	room := 64
	return func(n uint64, a A, o *options.Task, done func()) {
		if o.Key != nil {
			own := *o
			own.Delay = max(o.Delay, time.Until(ends[o.Key]))
			o = &own
		}
		submit(n, a, o, done)
		if o.Key == nil || o.Delay <= 0 {
			return
		}
		now := time.Now() // the delay has begun before
		ends[o.Key] = now.Add(o.Delay)
		if len(ends) > room {
			maps.DeleteFunc(ends, func(_ any, end time.Time) bool { return end.Before(now) })
			room = 64 + 2*len(ends)
		}
	}
}

// A flat is the sink of a run whose items have any number of results. In order, the result of
// an item in the ring is a mailbox, which is put there when the item starts, so that it flows
// from when its turn comes; and the item counts as delivered when its sequence has ended and
// the mailbox is empty. If unordered, all flow into one mailbox.
//
// A runner that is held up, because its mailbox is full, lends its slot. This cannot end in a
// deadlock: runners claim items one by one and in order, so that the one whose turn it is has
// started, and the caller empties its mailbox. Items that are tasks of their own may start in
// another order, but for those of one key, see inKeyOrder: a runner that is held up keeps that.
type flat[B any] struct {
	*loop
	yield  func(B, error) bool
	over   chan struct{}           // closed when nothing more is wanted
	shared *mailbox[B]             // nil: in order
	boxes  *ring.Ring[*mailbox[B]] // if in order
	open   atomic.Int64            // sequences that have begun and not ended, if in order
	spare  []part[B]               // the caller's
}

// box returns the mailbox of item n, for the goroutine that has the item.
func (f *flat[B]) box(n uint64) *mailbox[B] {
	switch {
	case f.shared != nil:
		return f.shared
	case f.boxes.Has(n):
		return f.boxes.Get(n)
	}
	m := &mailbox[B]{what: n + 1}
	f.boxes.Put(n, m)
	f.open.Add(1) // after that, see allBegun
	f.consumer.Open(m.what)
	if f.halted.Load() {
		f.consumer.OpenAny()
	}
	return m
}

// begun waits for the mailbox of sequence n. It reports false if that will never be there,
// because the run is over and all items at work have begun their sequences. It does not wait
// until these have ended: they may be held up by a full mailbox.
func (f *flat[B]) begun(n uint64) bool {
	has := func() bool { return f.boxes.Has(n) }
	return has() || f.await(n, n+1, func() bool { return has() || f.allBegun() }) && has()
}

// allBegun reports whether no mailbox will come but those that are there.
func (f *flat[B]) allBegun() bool {
	if !f.halted.Load() {
		return false
	}
	atWork := f.tasks.Load() + int64(f.items.Present())
	return atWork == f.open.Load()
}

// emit puts what a sequence yields into a mailbox, in the task that has this context.
func (f *flat[B]) emit(ctx context.Context, m *mailbox[B], seq iter.Seq2[B, error]) {
	for v, err := range seq {
		if full := f.add(m, part[B]{v: v, err: err}); full != nil {
			sched.Outside(ctx, func() {
				select {
				case <-full:
				case <-f.over:
				}
			})
		}
		select {
		case <-f.over:
			return
		default:
		}
	}
}

// add puts a part into a mailbox and tells the caller. If the mailbox is full then, it returns what
// is closed when there is room for another.
func (f *flat[B]) add(m *mailbox[B], p part[B]) (full <-chan struct{}) {
	full = m.put(p)
	f.consumer.Open(m.what)
	return full
}

// put implements sink: the end of a sequence, and before it the error of one that did not
// return, or was not called.
func (f *flat[B]) put(n uint64, _ struct{}, err error) {
	m := f.box(n)
	if err != nil {
		f.add(m, part[B]{err: err})
	}
	f.add(m, part[B]{end: true})
	if f.shared == nil {
		f.open.Add(-1)
	}
}

// room implements sink.
func (f *flat[B]) room(next, done, limit uint64) uint64 {
	if f.shared != nil {
		return limit
	}
	return f.boxes.Room(next, done, limit)
}

// deliver yields what is in the mailbox whose turn it is, until all sequences have ended. It
// reports false if yield did.
func (f *flat[B]) deliver() (more bool) {
	defer close(f.over)
	m := f.shared
	for n := uint64(0); ; {
		if m == nil {
			if f.outer.Err() != nil || !f.begun(n) {
				return true
			}
			m = f.boxes.Get(n)
		}
		parts := m.take(f.spare)
		if len(parts) == 0 && !f.await(n, m.what, m.ready) {
			return true
		}
		for _, p := range parts {
			switch {
			case p.end:
				if m = f.shared; m == nil {
					f.boxes.Take(n)
				}
				n++
				f.deliveredTo(n)
			case f.outer.Err() != nil, p.err != nil && f.input.died():
				return true
			case !f.yield(p.v, p.err):
				return false
			}
		}
		clear(parts)
		f.spare = parts[:0]
	}
}

// mailboxSize is how many parts may wait for the caller.
const mailboxSize = 16

// A mailbox is where the parts of a sequence wait for the caller.
type mailbox[B any] struct {
	what  uint64 // the caller waits for, at its gate
	mu    sync.Mutex
	parts []part[B]
	full  chan struct{} // nil, or closed when there is room
}

// A part is an item of a sequence, or an error, or its end.
type part[B any] struct {
	v   B
	err error
	end bool
}

// put adds a part. If the mailbox is full then, it returns what is closed when there is room
// for another.
func (m *mailbox[B]) put(p part[B]) (full <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.parts = append(m.parts, p)
	if len(m.parts) >= mailboxSize && m.full == nil {
		m.full = make(chan struct{})
	}
	return m.full
}

// take returns what has come, in the place of an empty slice that is not needed any more.
func (m *mailbox[B]) take(empty []part[B]) (parts []part[B]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	parts, m.parts = m.parts, empty
	if m.full != nil {
		close(m.full)
		m.full = nil
	}
	return parts
}

// ready reports whether there is something to take.
func (m *mailbox[B]) ready() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.parts) > 0
}
