package parallel

import (
	"context"

	"github.com/millrace-go/millrace/internal/taskctx"
)

// maxBlock is how many items of a sequence a runner claims at once, at most.
const maxBlock = 64

// A source is where the items of a run come from.
type source[A any] interface {
	// limit returns the number of the first item that may not be claimed yet.
	limit() uint64
	// take returns the item that was claimed as number i, and which of the input it is;
	// ok is false if it has its outcome already.
	take(i uint64) (n uint64, a A, ok bool)
}

// A sink is where the outcomes of a run go.
type sink[B any] interface {
	// put takes the outcome of item n.
	put(n uint64, v B, err error)
	// room returns the number before which items may be pulled, at most limit. The items before
	// next have been pulled, and those before done have been delivered. One goroutine at a
	// time calls it.
	room(next, done, limit uint64) uint64
}

// A run is a loop with a function for each item.
type run[A, B any] struct {
	loop
	in  source[A]
	fn  Func[A, B]
	nth func(ctx context.Context, n uint64, a A) (B, error) // if not nil, in place of fn; it is not tried again
	out sink[B]
}

// reject gives an item an error without running it.
func (r *run[A, B]) reject(n uint64, err error) {
	var zero B
	r.out.put(n, zero, err)
}

// call calls the function with item n.
func (r *run[A, B]) call(ctx context.Context, n uint64, a A) (B, error) {
	if r.nth != nil {
		return r.nth(ctx, n, a)
	}
	return r.fn(ctx, a)
}

// limit implements job.
func (r *run[A, B]) limit() uint64 { return r.in.limit() }

// each implements job.
func (r *run[A, B]) each(w *runner, i uint64) {
	r.from(w, i, func(s taskctx.Stretch, i uint64) (uint64, bool) { return r.stride(w, s, i) })
}

// from runs item i, which the runner has claimed, and those behind it: a stretch by stride, which
// returns the item behind those that it ran, and whether it has claimed that.
func (r *run[A, B]) from(w *runner, i uint64, stride func(s taskctx.Stretch, i uint64) (next uint64, claimed bool)) {
	for claimed := true; claimed; {
		if s := w.stretch(); s.Len() > 0 {
			i, claimed = stride(s, i)
			continue
		}
		if n, a, ok := r.in.take(i); ok {
			r.perform(w, n, a)
		}
		return
	}
}

// stride runs the items of a stretch, from the first one, which was claimed, until others
// want something. It claims the next item, if it can, before it puts the outcome of one: that ends
// its context.
func (r *run[A, B]) stride(w *runner, s taskctx.Stretch, i uint64) (next uint64, claimed bool) {
	wanted, claimed := w.slot.Wanted(), true
	for k := 0; ; {
		n, a, ok := r.in.take(i)
		if !ok {
			w.slot.Stop(s, k)
			return 0, false
		}
		w.slot.Began()
		w.item, w.busy = n, true
		v, err := r.fn(s.Begin(k), a)
		w.busy = false
		if err != nil {
			w.slot.Fail(false)
			r.out.put(n, v, err)
			return 0, false
		}
		i++
		k++
		if claimed = k < s.Len() && wanted.Load() == 0 && !r.over(); claimed {
			_, claimed = w.own.Next()
		}
		if !claimed || s.Looked() != 0 {
			w.slot.Stop(s, k)
			r.out.put(n, v, nil)
			return i, claimed
		}
		r.out.put(n, v, nil)
	}
}

// perform runs the function with item n.
func (r *run[A, B]) perform(w *runner, n uint64, a A) {
	w.item, w.busy = n, true
	if r.cfg.watch.eachItem() {
		r.performObserved(w, n, a)
		return
	}
	v, err := r.call(w.slot.Begin(), n, a)
	w.busy = false
	r.conclude(w, n, v, err)
}

// performObserved is perform for an item that is observed. An observer may call Goexit, which
// does not keep the item from running: so that is deferred, and what comes after it.
func (r *run[A, B]) performObserved(w *runner, n uint64, a A) {
	defer func() {
		v, err := r.call(w.inner, n, a)
		w.busy = false
		defer r.conclude(w, n, v, err)
		w.ended(err, false)
	}()
	w.started(w.slot.Begin())
}

// conclude ends item n, whose function has returned.
func (r *run[A, B]) conclude(w *runner, n uint64, v B, err error) {
	if err == nil {
		w.slot.End()
	} else {
		w.slot.Fail(false)
	}
	r.out.put(n, v, err)
}

// died implements job.
func (r *run[A, B]) died(w *runner, err error) { r.reject(w.item, err) }
