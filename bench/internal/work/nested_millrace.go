package work

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

type millraceForker struct{ p *pool.Pool }

func newMillraceForker(w int) millraceForker {
	return millraceForker{pool.New(millrace.WithWorkers(w))}
}

func (f millraceForker) fork(ctx context.Context, run func(context.Context) int) *future.Future[int] {
	return pool.Submit(ctx, f.p, func(ctx context.Context) (int, error) { return run(ctx), nil })
}

func (f millraceForker) join(ctx context.Context, h *future.Future[int]) int {
	v, err := h.Await(ctx)
	must(err)
	return v
}

func (f millraceForker) close() { must(f.p.Close()) }
