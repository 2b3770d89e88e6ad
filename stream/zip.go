package stream

import "context"

// A Pair is two items that belong together, as [Zip] and [Enumerate] return them.
type Pair[A, B any] struct {
	First  A
	Second B
}

// Zip returns pairs: the first items of both streams, then the second items, and so on.
// When the shorter stream ends, Zip ends the longer one, even if that is blocked at the
// time. b runs in a goroutine of its own, at most one item ahead; a runs inline.
//
// An error takes the place of a pair, and the item of the other stream in that place is
// dropped, so that later pairs still belong together. If both are errors, both are passed
// on, that of a first.
func Zip[A, B any](a Stream[A], b Stream[B]) Stream[Pair[A, B]] {
	return Stream[Pair[A, B]]{run: func(ctx context.Context, yield func(Pair[A, B], error) bool) bool {
		z := zipper[A, B]{yield: yield}
		cut := z.run(ctx, a, b)
		z.second.rethrow()
		return cut
	}}
}

// A zipper is one pass of a Zip.
type zipper[A, B any] struct {
	second handoff[B]
	yield  func(Pair[A, B], error) bool
	more   bool // yield wants more
	empty  bool // the second stream has ended, and all of it was taken
}

func (z *zipper[A, B]) run(ctx context.Context, a Stream[A], b Stream[B]) (cut bool) {
	// When all items of the second stream have been taken, no pair can follow. So
	// that is when the first stream is ended.
	var first boundary
	first.open(ctx)
	defer first.end()
	z.more = true
	z.second.ended = first.end
	z.second.start(ctx, b)
	defer z.second.join()

	cut = a.each(first.ctx, z.pair)
	if z.empty || cut && first.over.Load() {
		cut = z.second.cut.Load() // the second stream has ended the first
	}
	return z.more && cut
}

// pair completes an item of the first stream. It reports whether another is
// wanted.
func (z *zipper[A, B]) pair(a A, err error) bool {
	b, ok := z.second.receive()
	if !ok {
		z.empty = true
		return false
	}
	switch {
	case err == nil && b.err == nil:
		z.more = z.yield(Pair[A, B]{a, b.v}, nil)
	case err != nil && b.err != nil:
		z.more = z.yield(Pair[A, B]{}, err) && z.yield(Pair[A, B]{}, b.err)
	case err != nil:
		z.more = z.yield(Pair[A, B]{}, err)
	default:
		z.more = z.yield(Pair[A, B]{}, b.err)
	}
	return z.more
}
