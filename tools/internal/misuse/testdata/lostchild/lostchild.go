package lostchild

import (
	"context"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

func child(context.Context) error { return nil }

func bad(ctx context.Context, p *pool.Pool) {
	pool.Go(ctx, p, func(ctx context.Context) error {
		pool.Go(ctx, p, child)                                           // want `nobody awaits this task, and its context ends when the task around it returns: await it, or use context.WithoutCancel`
		_ = pool.Go(ctx, p, child)                                       // want `nobody awaits this task`
		pool.Go(ctx, p, child).OnDone(func(*future.Future[struct{}]) {}) // want `nobody awaits this task`
		return nil
	})
	pool.MapSlice(ctx, p, []int{1}, func(ctx context.Context, n int) (int, error) {
		pool.Go(ctx, p, child) // want `nobody awaits this task`
		return n, nil
	})
}

func good(ctx context.Context, p *pool.Pool, g *pool.Group, ex pool.Executor) {
	pool.Go(ctx, p, child)
	pool.Go(ctx, p, func(ctx context.Context) error {
		pool.Go(context.WithoutCancel(ctx), p, child)
		pool.Go(ctx, g, child)
		pool.Go(ctx, ex, child)
		f := pool.Go(ctx, p, child)
		f.Await(ctx)
		pool.Go(ctx, p, child).Await(ctx)
		return pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
			pool.Go(ctx, g, child)
			return nil
		})
	})
	pool.Go(ctx, p, func(inner context.Context) error {
		pool.Go(ctx, p, child)
		return nil
	})
}
