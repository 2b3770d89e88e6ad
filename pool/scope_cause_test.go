package pool_test

import (
	"context"
	"errors"
	"testing"

	"github.com/millrace-go/millrace/pool"
)

// ownDone is a context whose end the standard library hears of by a goroutine: its channel is not
// that of the context inside.
type ownDone struct {
	context.Context
	done chan struct{}
}

func (c ownDone) Done() <-chan struct{} { return c.done }

// The context of a scope whose caller's context has ended says why, also if it has not been told
// of that when the scope returns.
func TestScopeEndsBecauseItsContextHas(t *testing.T) {
	p := pool.New(two)
	defer p.Close()
	reason := errors.New("reason")
	for range 200 {
		inside, cancel := context.WithCancelCause(bg)
		ctx := ownDone{inside, make(chan struct{})}
		var of context.Context
		pool.Scope(ctx, p, func(c context.Context, _ *pool.Group) error {
			of = c
			cancel(reason)
			close(ctx.done)
			return nil
		})
		wantIs(t, "the cause in a scope whose context has ended", context.Cause(of), reason)
	}
}
