package pool_test

import (
	"context"
	"errors"
	"testing"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// The cause of a context that is kept is what ended it first: also if that was a context above, of
// which nobody had told it when the task returned, and whether or not the task has looked.
func TestCauseIsWhatCameBeforeTheReturn(t *testing.T) {
	for name, c := range map[string]struct {
		of   func(ctx context.Context) (*pool.Pool, pool.Executor)
		from func(ctx context.Context) context.Context
		want error
	}{
		"the pool's context":                      {endable["pool"], nil, errBoom},
		"the group's context":                     {endable["group"], nil, errBoom},
		"the context of a group around the group": {endable["group over a group"], nil, errBoom},
		"a context of one's own type": {
			func(context.Context) (*pool.Pool, pool.Executor) { p := pool.New(one); return p, p },
			func(ctx context.Context) context.Context { return ownContext{ctx} },
			context.Canceled,
		},
	} {
		for _, looks := range []bool{false, true} {
			for range 50 { // in a real race with what tells the context
				ctx, cancel := context.WithCancelCause(bg)
				p, ex := c.of(ctx)
				from := bg
				if c.from != nil {
					from = c.from(ctx)
				}
				kept := bg
				pool.Go(from, ex, func(ctx context.Context) error {
					kept = ctx
					if looks {
						ctx.Done()
					}
					cancel(errBoom)
					return nil
				}).Await(bg)
				// ErrTaskEnded is context.Canceled, too.
				if got := context.Cause(kept); !errors.Is(got, c.want) || errors.Is(got, future.ErrTaskEnded) {
					t.Fatalf("%s, looks: %v: Cause() = %v, want %v", name, looks, got, c.want)
				}
				p.Close()
			}
		}
	}
}

// So it is for a task that a member has submitted, if it has looked: the group's context ended
// first.
func TestCauseOfChildIsWhatCameBeforeTheReturn(t *testing.T) {
	for range 50 { // in a real race with what tells the context
		ctx, cancel := context.WithCancelCause(bg)
		p := pool.New(two)
		g := pool.NewGroup(ctx, p)
		kept := bg
		pool.Go(bg, g, func(ctx context.Context) error {
			pool.Go(ctx, p, func(ctx context.Context) error {
				kept = ctx
				ctx.Done()
				cancel(errBoom)
				return nil
			}).Await(context.WithoutCancel(ctx))
			return nil
		}).Await(bg)
		if got := context.Cause(kept); got != errBoom {
			t.Fatalf("Cause() = %v, want %v", got, errBoom)
		}
		p.Close()
	}
}
