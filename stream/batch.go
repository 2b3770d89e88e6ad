package stream

import (
	"context"
	"time"
)

// maxAtOnce is up to which length a batch gets its memory at once. A longer one
// grows: n may stand for "all there is".
const maxAtOnce = 512

// Batch returns slices of n items, or of fewer when the stream ends, when an
// error comes, which ends the batch before it, and
//
//   - with wait > 0, when wait has passed since the batch's first item came;
//   - with wait == 0, when no further item is ready: a batch holds what has come
//     while the stages below were busy with the one before;
//   - with wait < 0, never.
//
// With wait >= 0 the stages above run in a goroutine of their own, at most n
// items ahead. No slice is empty, and each belongs to whoever receives it. When the
// context ends, or a stage above panics, the last batch is dropped. It panics if
// n < 1.
func Batch[T any](s Stream[T], n int, wait time.Duration) Stream[[]T] {
	atLeast("Batch", n, 1)
	if wait < 0 {
		return fullBatches(s, n)
	}
	return Stream[[]T]{run: func(ctx context.Context, yield func([]T, error) bool) bool {
		h := newHopper[T](n, wait)
		h.open(ctx)
		go h.feed(s)
		more := h.deliver(yield)
		h.raise()
		return more && h.cut.Load()
	}}
}

// fullBatches is Batch inline: nobody has to watch a clock.
func fullBatches[T any](s Stream[T], n int) Stream[[]T] {
	return Stream[[]T]{run: func(ctx context.Context, yield func([]T, error) bool) bool {
		var batch []T
		more := true
		pass := func() bool {
			full := batch
			batch = nil
			more = len(full) == 0 || yield(full, nil)
			return more
		}
		cut := s.each(ctx, func(v T, err error) bool {
			if err != nil {
				more = pass() && yield(nil, err)
				return more
			}
			if batch == nil {
				batch = make([]T, 0, min(n, maxAtOnce))
			}
			batch = append(batch, v)
			return len(batch) < n || pass()
		})
		if more && !cut {
			pass()
		}
		return cut
	}}
}
