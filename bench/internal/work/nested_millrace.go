package work

import (
	"context"
	"slices"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
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

// joinFibs is fib by Join, which may run either half in the caller.
func joinFibs() measure.Entry {
	return measure.Entry{Name: Joining, Note: "Join", Open: func() measure.Bench {
		p := pool.New(millrace.WithWorkers(cores()))
		return measure.Bench{Units: fibCalls(fibN), Close: func() { must(p.Close()) }, Work: func() {
			root := func(ctx context.Context) (int, error) { return joinFib(ctx, p, fibN) }
			v, err := pool.Submit(background, p, root).Await(background)
			must(err)
			want(v, fib(fibN))
		}}
	}}
}

func joinFib(ctx context.Context, p *pool.Pool, n int) (int, error) {
	if n <= fibCut {
		return fib(n), nil
	}
	a, b, err := pool.Join(ctx, p,
		func(ctx context.Context) (int, error) { return joinFib(ctx, p, n-1) },
		func(ctx context.Context) (int, error) { return joinFib(ctx, p, n-2) })
	return a + b, err
}

func joinSorts(data func() []int, cut int) measure.Entry {
	return measure.Entry{Name: Joining, Note: "Join", Open: func() measure.Bench {
		p := pool.New(millrace.WithWorkers(cores()))
		sort := func(values []int) {
			root := func(ctx context.Context) error { return joinSort(ctx, p, values, cut) }
			_, err := pool.Go(background, p, root).Await(background)
			must(err)
		}
		return sorting(data(), sort, func() { must(p.Close()) })
	}}
}

func joinSort(ctx context.Context, p *pool.Pool, values []int, cut int) error {
	if len(values) <= cut {
		slices.Sort(values)
		return nil
	}
	at := partition(values)
	_, _, err := pool.Join(ctx, p,
		func(ctx context.Context) (struct{}, error) { return struct{}{}, joinSort(ctx, p, values[:at], cut) },
		func(ctx context.Context) (struct{}, error) { return struct{}{}, joinSort(ctx, p, values[at:], cut) })
	return err
}
