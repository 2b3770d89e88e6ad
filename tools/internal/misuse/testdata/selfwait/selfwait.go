package selfwait

import (
	"context"

	"github.com/millrace-go/millrace/pool"
)

func bad(ctx context.Context) {
	p := pool.New()
	pool.Go(ctx, p, func(ctx context.Context) error {
		defer p.Close()        // want `Pool.Close inside a task of it waits for that task`
		return p.Shutdown(ctx) // want `Pool.Shutdown inside a task of it waits for that task`
	})
	g := pool.NewGroup(ctx, p)
	pool.Go(ctx, g, func(ctx context.Context) error {
		p.Close()       // want `Pool.Close inside a task of it`
		return g.Wait() // want `Group.Wait inside a task of it waits for that task`
	})
	inner := pool.NewGroup(ctx, g)
	pool.Submit(ctx, inner, func(context.Context) (int, error) {
		return 0, g.Wait() // want `Group.Wait inside a task of it`
	})
	pool.Scope(ctx, p, func(ctx context.Context, s *pool.Group) error {
		pool.Go(ctx, s, func(context.Context) error {
			p.Close()       // want `Pool.Close inside a task of it`
			return s.Wait() // want `Group.Wait inside a task of it`
		})
		return nil
	})
	pool.MapSlice(ctx, p, []int{1}, func(context.Context, int) (int, error) {
		return 1, p.Close() // want `Pool.Close inside a task of it`
	})
}

func good(ctx context.Context, either bool) {
	p, q := pool.New(), pool.New()
	defer p.Close()
	g := pool.NewGroup(ctx, p)
	pool.Go(ctx, p, func(ctx context.Context) error {
		own := pool.New()
		defer own.Close()
		mine := pool.NewGroup(ctx, p)
		pool.Go(ctx, mine, func(context.Context) error { return nil })
		q.Close()
		p.Seal()
		p.Stop(nil)
		go p.Close()
		go func() { p.Close() }()
		return mine.Wait()
	})
	pool.Go(ctx, p, func(context.Context) error { return g.Wait() })
	pool.Scope(ctx, p, func(ctx context.Context, s *pool.Group) error {
		return s.Wait()
	})
	some := p
	if either {
		some = q
	}
	pool.Go(ctx, some, func(context.Context) error { return some.Close() })
	g.Wait()
}
