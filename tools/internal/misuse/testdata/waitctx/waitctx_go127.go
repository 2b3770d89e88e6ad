//go:build go1.27

package waitctx

import (
	"context"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

func badMethods(outer context.Context, p *pool.Pool, f *future.Future[int]) {
	p.Submit(outer, func(context.Context) (int, error) {
		return f.Await(outer) // want `Future.Await inside a task of Pool.Submit with a context that is not the task's`
	})
}

func goodMethods(outer context.Context, p *pool.Pool, f *future.Future[int]) {
	p.Submit(outer, func(ctx context.Context) (int, error) { return f.Await(ctx) })
	p.Scope(outer, func(ctx context.Context, g *pool.Group) error {
		_, err := f.Await(outer)
		return err
	})
}
