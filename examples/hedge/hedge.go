package main

import (
	"context"
	"errors"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// errLost is why the slower attempt is ended.
var errLost = errors.New("another attempt was first")

// hedged calls fn, and once more if it has not returned after a while; the first
// success is the result, and the other attempt is ended and joined. If neither
// succeeds, the error has both of theirs.
//
// The second attempt is submitted at once, with a delay: until then it holds
// nothing, and if the first one wins it never runs.
func hedged[T any](ctx context.Context, ex pool.Executor, after time.Duration, fn func(ctx context.Context, attempt int) (T, error)) (v T, err error) {
	err = pool.Scope(ctx, ex, func(ctx context.Context, g *pool.Group) error {
		attempt := func(n int, opts ...millrace.TaskOption) *future.Future[T] {
			return pool.Submit(ctx, g, func(ctx context.Context) (T, error) { return fn(ctx, n) }, opts...)
		}
		first, second := attempt(1), attempt(2, millrace.WithDelay(after))
		won, err := future.Any(ctx, first, second)
		v = won
		g.Cancel(errLost)
		return err
	}, millrace.IgnoreErrors())
	return v, err
}
