package work

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

func weightedMillrace(w int, run task) session {
	p := pool.New(millrace.WithWorkers(w), millrace.WithMaxWeight(int64(w)))
	return session{
		all: func(lo, hi int) int {
			futures := make([]*future.Future[int], 0, hi-lo)
			for i := lo; i < hi; i++ {
				futures = append(futures, pool.Submit(background, p,
					func(context.Context) (int, error) { return run(i) }, millrace.WithWeight(weightOf(i))))
			}
			return awaited(background, futures)
		},
		close: func() { must(p.Close()) },
	}
}
