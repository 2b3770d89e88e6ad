package droperrors

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func bad(ctx context.Context, p *pool.Pool, in []int) (sum int) {
	for v := range pool.Map(ctx, p, slices.Values(in), double) { // want `the loop over pool.Map drops the errors`
		sum += v
	}
	for range stream.FromSlice(in).All(ctx) { // want `the loop over Stream.All drops the errors`
		sum++
	}
	seq := pool.Map(ctx, p, slices.Values(in), double)
	for v := range seq { // want `the loop over pool.Map drops the errors`
		sum += v
	}
	return sum
}

func good(ctx context.Context, p *pool.Pool, in []int, f *future.Future[int], other iter.Seq2[int, error]) (sum int) {
	for v, err := range pool.Map(ctx, p, slices.Values(in), double) {
		if err == nil {
			sum += v
		}
	}
	for v, _ := range stream.FromSlice(in).All(ctx) {
		sum += v
	}
	for range future.AsCompleted(ctx, f) {
		sum++
	}
	for v := range other {
		sum += v
	}
	for k := range maps.All(map[int]error{}) {
		sum += k
	}
	seq := pool.Map(ctx, p, slices.Values(in), double)
	seq = other
	for v := range seq {
		sum += v
	}
	return sum
}
