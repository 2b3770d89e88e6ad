package stream

import (
	"context"
	"time"
)

// Batch returns slices of n items. A slice is shorter when the stream ends, when an error
// comes, which ends the batch before it, and
//
//   - with wait > 0, when wait has passed since the first item of the batch;
//   - with wait == 0, when no further item is ready: a batch holds what has come while
//     the stages below were busy with the batch before;
//   - with wait < 0, never.
//
// No slice is empty, and each belongs to the receiver. When the context ends or a stage
// above panics, the last batch is dropped. With wait >= 0 the stages above run in a
// goroutine of their own, at most n items ahead.
//
// Memory is taken as items come: with n = math.MaxInt only the wait, an error and the end
// of the stream end a batch. Batch panics if n < 1.
func Batch[T any](s Stream[T], n int, wait time.Duration) Stream[[]T] {
	atLeast("Batch", n, 1)
	if wait < 0 {
		return fullBatches(s, n)
	}
	return Stream[[]T]{run: func(ctx context.Context, yield func([]T, error) bool) bool {
		a := &accumulator[T]{n: n, wait: wait}
		return runAhead(ctx, &a.buffered, s, a.put, func() bool { return a.deliver(yield) })
	}}
}

// fullBatches is Batch inline: without a wait no clock has to be watched.
func fullBatches[T any](s Stream[T], n int) Stream[[]T] {
	return Stream[[]T]{run: func(ctx context.Context, yield func([]T, error) bool) bool {
		var batch []T
		last := 0
		more := true
		pass := func() bool {
			full := batch
			batch, last = nil, len(full)
			more = len(full) == 0 || yield(full, nil)
			return more
		}
		cut := s.each(ctx, func(v T, err error) bool {
			if err != nil {
				more = pass() && yield(nil, err)
				return more
			}
			if batch == nil {
				batch = newBatch[T](last)
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
