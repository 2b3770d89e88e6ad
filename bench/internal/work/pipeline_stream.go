package work

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

func pipelineMillrace(w int, run task) (func(iter.Seq[int], func([]int)), func()) {
	p := pool.New(millrace.WithWorkers(w))
	return func(in iter.Seq[int], yield func([]int)) {
		mapped := stream.Map(stream.FromSeq(in), p, func(_ context.Context, i int) (int, error) { return run(i) })
		for batch, err := range stream.Batch(mapped.Filter(even), pipelineBatch, -1).All(background) {
			must(err)
			yield(batch)
		}
	}, func() { must(p.Close()) }
}
