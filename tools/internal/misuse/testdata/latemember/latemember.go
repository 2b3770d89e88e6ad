package latemember

import (
	"context"

	"github.com/millrace-go/millrace/pool"
)

func member(context.Context) error { return nil }

func item(_ context.Context, n int) (int, error) { return n, nil }

func bad(ctx context.Context, p *pool.Pool, given *pool.Group, n int) error {
	g := pool.NewGroup(ctx, p)
	pool.Go(ctx, g, member)
	if err := g.Wait(); err != nil {
		pool.Go(ctx, g, member)
	}
	pool.Go(ctx, g, member) // want `pool.Go after Wait of its group: the group takes no more members`
	for range 3 {
		pool.MapSlice(ctx, g, []int{1}, item) // want `pool.MapSlice after Wait of its group`
	}
	given.Wait()
	pool.NewGroup(ctx, given) // want `pool.NewGroup after Wait of its group`
	switch n {
	case 1:
		late := pool.NewGroup(ctx, p)
		err := late.Wait()
		pool.Go(ctx, late, member) // want `pool.Go after Wait of its group`
		return err
	}
	return nil
}

func good(ctx context.Context, p *pool.Pool, n int) {
	g := pool.NewGroup(ctx, p)
	defer g.Wait()
	if n > 1 {
		g.Wait()
		return
	}
	pool.Go(ctx, g, member)
	go func() { g.Wait() }()
	pool.Go(ctx, g, member)
	switch n {
	case 1:
		g.Wait()
	case 2:
		pool.Go(ctx, g, member)
	}
	pool.Go(ctx, g, member)

	h := pool.NewGroup(ctx, p)
	h.Wait()
	h.Wait()
	pool.Go(ctx, p, member)
	h = pool.NewGroup(ctx, p)
	pool.Go(ctx, h, member)

	for range 3 {
		round := pool.NewGroup(ctx, p)
		pool.Go(ctx, round, member)
		round.Wait()
	}
}
