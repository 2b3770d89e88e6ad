package pool_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// endable are executors of a pool of one worker that take no more when ctx ends.
var endable = map[string]func(ctx context.Context) (*pool.Pool, pool.Executor){
	"pool": func(ctx context.Context) (*pool.Pool, pool.Executor) {
		p := pool.New(one, millrace.WithContext(ctx))
		return p, p
	},
	"group": func(ctx context.Context) (*pool.Pool, pool.Executor) {
		p := pool.New(one)
		return p, pool.NewGroup(ctx, p)
	},
	"group with a context of a type of one's own": func(ctx context.Context) (*pool.Pool, pool.Executor) {
		p := pool.New(one)
		return p, pool.NewGroup(ownContext{ctx}, p)
	},
	"group over a group": func(ctx context.Context) (*pool.Pool, pool.Executor) {
		p := pool.New(one)
		return p, pool.NewGroup(bg, pool.NewGroup(ctx, p))
	},
}

// causeOf returns the cause with which one of endable ends after cancel(errBoom).
func causeOf(name string) error {
	if strings.Contains(name, "one's own") {
		return context.Canceled // such a context has no cause
	}
	return errBoom
}

// What has been cancelled starts nothing more, at whatever level: the pool's context, a
// group's, a scope's. In a real race: none of it may wait for a goroutine to tell.
func TestEndOfContextIsAtOnce(t *testing.T) {
	for name, c := range endable {
		t.Run(name, func(t *testing.T) {
			for range 300 {
				endOfContext(t, c, causeOf(name))
			}
		})
	}
}

// An ownContext is unknown to the standard library, which starts a goroutine to wait for
// its end.
type ownContext struct{ context.Context }

func (ownContext) Value(any) any { return nil }

func endOfContext(t *testing.T, of func(ctx context.Context) (*pool.Pool, pool.Executor), cause error) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(bg)
	p, ex := of(ctx)
	ready := make(chan struct{})
	var second *intFuture
	first := pool.Submit(bg, ex, func(ctx context.Context) (int, error) {
		<-ready
		cancel(errBoom)
		if ctx.Err() == nil {
			t.Error("Err() = nil after the end of the context above")
		}
		return 1, nil
	})
	second = pool.Submit(bg, ex, nop)
	close(ready)
	first.Await(bg)
	second.Await(bg)
	wantNeverRan(t, "the next in the queue", second, cause)
	wantNeverRan(t, "submitted afterwards", pool.Submit(bg, ex, nop), cause)
	p.Close()

	ctx, cancel = context.WithCancelCause(bg)
	p, ex = of(ctx)
	items := 0
	pool.MapSlice(bg, ex, make([]int, 5), func(ctx context.Context, _ int) (int, error) {
		items++
		cancel(errBoom)
		return 1, nil
	}, millrace.WithConcurrency(1))
	if items != 1 {
		t.Errorf("%d items have run, want the one that cancels", items)
	}
	p.Close()

	ctx, cancel = context.WithCancelCause(bg)
	cancel(errBoom)
	p, ex = of(ctx)
	wantNeverRan(t, "of a context that had ended before", pool.Submit(bg, ex, nop), cause)
	p.Close()
}

// A wait inside a task ends with the task's context, also if other code has looked at that
// context after it has ended, and before the pool was told.
func TestEndOfContextEndsWaits(t *testing.T) {
	for name, c := range endable {
		for range 20 {
			bubble.Run(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(bg)
				p, ex := c(ctx)
				p.Resize(2)
				gate := make(chan struct{})
				child := pool.Submit(bg, p, waitsFor(gate))
				var inner context.Context
				f := pool.Submit(bg, ex, func(ctx context.Context) (int, error) {
					inner = ctx
					return child.Await(ctx)
				})
				synctest.Wait()
				cancel(errBoom)
				_ = inner.Err()
				synctest.Wait()
				if r, ok := f.Poll(); !ok || !errors.Is(r.Err, future.ErrNotDone) || !errors.Is(r.Err, causeOf(name)) {
					t.Errorf("%s: Poll() after the end of the context = %v, %v, want ErrNotDone with the cause", name, r, ok)
				}
				close(gate)
				p.Close()
			})
		}
	}
}
