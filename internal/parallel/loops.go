package parallel

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace/internal/sched"
)

// Seq yields fn of each item of in, and its errors in their places.
func Seq[A, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], fn Func[A, B], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		r := newRun[A, B](ctx, ex, cfg)
		r.work = mapper(r, fn)
		r.loop(in, func(_ int, v B, err error) bool { return yield(v, err) })
	}
}

func mapper[A, B any](r *run[A, B], fn Func[A, B]) func(*sched.Hand, context.Context, *item[A, B]) sched.Outcome {
	return func(_ *sched.Hand, ctx context.Context, it *item[A, B]) sched.Outcome {
		v, err := fn(ctx, it.a)
		r.put(it, part[B]{v, err})
		if err != nil {
			return sched.Failed
		}
		return sched.Succeeded
	}
}

// Slice is Seq over the items of a slice.
func Slice[A, B any](ctx context.Context, ex sched.Executor, in []A, fn Func[A, B], cfg Config) iter.Seq2[B, error] {
	return Seq(ctx, ex, func(yield func(A, error) bool) {
		for _, a := range in {
			if !yield(a, nil) {
				return
			}
		}
	}, fn, cfg)
}

// MapSlice returns fn of each item of in. The first error in time ends it.
func MapSlice[A, B any](ctx context.Context, ex sched.Executor, in []A, fn Func[A, B], cfg Config) ([]B, error) {
	out := make([]B, len(in))
	err := each(ctx, ex, func(yield func(A, error) bool) {
		for _, a := range in {
			if !yield(a, nil) {
				return
			}
		}
	}, fn, cfg, func(i int, v B) { out[i] = v })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ForEach runs fn with each item of in. The first error in time ends it.
func ForEach[A any](ctx context.Context, ex sched.Executor, in iter.Seq[A], fn func(context.Context, A) error, cfg Config) error {
	return each(ctx, ex, func(yield func(A, error) bool) {
		for a := range in {
			if !yield(a, nil) {
				return
			}
		}
	}, func(ctx context.Context, a A) (struct{}, error) { return struct{}{}, fn(ctx, a) }, cfg, func(int, struct{}) {})
}

func each[A, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], fn Func[A, B], cfg Config, keep func(int, B)) (first error) {
	cfg.Unordered = true
	r := newRun[A, B](ctx, ex, cfg)
	r.work = mapper(r, fn)
	r.loop(in, func(i int, v B, err error) bool {
		switch {
		case err == nil:
			keep(i, v)
		case i < 0:
			first = err
		default:
			first = cfg.Item(i, err)
		}
		return err == nil
	})
	return first
}

// flatAhead is how many items a sequence may be ahead of what was delivered.
const flatAhead = 16

// Flat yields the items of the sequences that fn returns.
func Flat[A, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], fn func(context.Context, A) iter.Seq2[B, error], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		r := newRun[A, B](ctx, ex, cfg)
		r.work = func(h *sched.Hand, ctx context.Context, it *item[A, B]) sched.Outcome {
			for v, err := range fn(ctx, it.a) {
				r.put(it, part[B]{v, err})
				if !r.hold(h, it) {
					return sched.Failed
				}
			}
			return sched.Succeeded
		}
		r.loop(in, func(_ int, v B, err error) bool { return yield(v, err) })
	}
}

// hold blocks while a sequence is too far ahead; false: the run is over.
func (r *run[A, B]) hold(h *sched.Hand, it *item[A, B]) bool {
	for {
		r.mu.Lock()
		ended, ahead := r.ended, len(it.parts) >= flatAhead
		if ahead && !ended && it.room == nil {
			it.room = make(chan struct{}, 1)
		}
		room := it.room
		r.mu.Unlock()
		if ended || !ahead {
			return !ended
		}
		block(h, room)
	}
}

// Keyed is Seq, but items of one key run one at a time, in their order.
func Keyed[A any, K comparable, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], key func(A) K, fn Func[A, B], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		r := newRun[A, B](ctx, ex, cfg)
		r.work = mapper(r, fn)
		tails := make(map[K]*item[A, B])
		keys := make([]K, 0, 1)
		r.enter = func(it *item[A, B]) {
			k := keys[0]
			it.last = func() {
				if it.next != nil {
					r.ready = append(r.ready, it.next)
				} else {
					delete(tails, k)
				}
			}
			if tail := tails[k]; tail != nil {
				tail.next = it
			} else {
				r.ready = append(r.ready, it)
			}
			tails[k] = it
		}
		r.loop(func(yield func(A, error) bool) {
			for a, err := range in {
				if err == nil {
					var k K
					k, err = keyOf(key, a, cfg)
					keys = append(keys[:0], k)
				}
				if !yield(a, err) {
					return
				}
			}
		}, func(_ int, v B, err error) bool { return yield(v, err) })
	}
}
