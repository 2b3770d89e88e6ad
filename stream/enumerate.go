package stream

import "context"

// Enumerate returns each item with its position in s, counted from 0. An error
// is passed on and has a position, too, so an error does not shift the positions
// after it. Each run counts from 0. Enumerate runs inline.
func Enumerate[T any](s Stream[T]) Stream[Pair[int, T]] {
	return Stream[Pair[int, T]]{run: func(ctx context.Context, yield func(Pair[int, T], error) bool) bool {
		n := 0
		return s.each(ctx, func(v T, err error) bool {
			p := Pair[int, T]{n, v}
			n++
			return yield(p, err)
		})
	}}
}
