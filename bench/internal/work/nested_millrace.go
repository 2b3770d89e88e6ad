package work

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

type millraceForker[In any] struct {
	p  *pool.Pool
	do body[In]
}

func newMillraceForker[In any](w int, do body[In]) millraceForker[In] {
	return millraceForker[In]{pool.New(millrace.WithWorkers(w)), do}
}

func (f millraceForker[In]) fork(ctx context.Context, in In) *future.Future[int] {
	do := f.do
	return pool.Submit(ctx, f.p, func(ctx context.Context) (int, error) { return do(ctx, in), nil })
}

func (f millraceForker[In]) join(ctx context.Context, h *future.Future[int]) int {
	v, err := h.Await(ctx)
	must(err)
	return v
}

func (f millraceForker[In]) close() { must(f.p.Close()) }
