package stream

import (
	"context"
	"slices"
)

// Concat returns the items of the first stream, then those of the second, and
// so on. Each stream starts when the one before it has ended. Concat runs inline.
// Without streams it is empty.
func Concat[T any](ss ...Stream[T]) Stream[T] {
	ss = slices.Clone(ss)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		for _, s := range ss {
			more := true
			cut := s.each(ctx, func(v T, err error) bool {
				more = yield(v, err)
				return more
			})
			if cut || !more {
				return cut
			}
		}
		return false
	}}
}

// Merge returns the items of all streams as they come; items of one stream keep their
// order. Each stream runs in a goroutine of its own, at most one item ahead, so a slow or
// silent stream delays no other. A panic in one stream ends the others. Without streams
// Merge is empty; Merge of one stream is that stream.
func Merge[T any](ss ...Stream[T]) Stream[T] {
	switch len(ss) {
	case 0:
		return Stream[T]{}
	case 1:
		return ss[0]
	}
	ss = slices.Clone(ss)
	return Stream[T]{run: func(ctx context.Context, yield func(T, error) bool) bool {
		var h handoff[T]
		h.start(ctx, ss...)
		return h.pass(yield)
	}}
}
