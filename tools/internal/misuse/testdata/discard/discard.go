package discard

import (
	"context"
	"slices"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func bad(ctx context.Context, p *pool.Pool, in []int, f *future.Future[int]) {
	pool.Map(ctx, p, slices.Values(in), double)             // want `the result of pool.Map is discarded: nothing runs until it is used`
	(pool.Map[int, int])(ctx, p, slices.Values(in), double) // want `the result of pool.Map is discarded`
	stream.Map(stream.FromSlice(in), p, double)             // want `the result of stream.Map is discarded`
	stream.FromSlice(in).Tap(func(int) {})                  // want `the result of Stream.Tap is discarded`
	(stream.FromSlice(in).All(ctx))                         // want `the result of Stream.All is discarded`
	future.AsCompleted(ctx, f)                              // want `the result of future.AsCompleted is discarded`
	if len(in) > 0 {
		stream.FromSlice(in).Buffer(3) // want `the result of Stream.Buffer is discarded`
	}
}

func good(ctx context.Context, p *pool.Pool, in []int) {
	for range pool.Map(ctx, p, slices.Values(in), double) {
		break
	}
	s := stream.FromSlice(in).Tap(func(int) {})
	s.Drain(ctx)
	_ = stream.Map(s, p, double)
	pool.MapSlice(ctx, p, in, double)
	pool.Go(ctx, p, func(context.Context) error { return nil })
	slices.Values(in)
}
