//go:build go1.27

package selfwait

import (
	"context"

	"github.com/millrace-go/millrace/pool"
)

func badMethods(ctx context.Context) {
	p := pool.New()
	p.Go(ctx, func(context.Context) error {
		return p.Close() // want `Pool.Close inside a task of it`
	})
	g := p.Group(ctx)
	g.Go(ctx, func(context.Context) error {
		p.Close()       // want `Pool.Close inside a task of it`
		return g.Wait() // want `Group.Wait inside a task of it`
	})
}
