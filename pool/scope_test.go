package pool_test

import (
	"context"
	"errors"
	"math"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Nothing outlives a scope: it returns when its last member has settled.
func TestScope(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		var fs []*intFuture
		var scope context.Context
		begin := time.Now()
		err := pool.Scope(context.WithValue(bg, key{}, "v"), p, func(ctx context.Context, g *pool.Group) error {
			scope = ctx
			for range 4 {
				fs = append(fs, pool.Submit(ctx, g, func(ctx context.Context) (int, error) {
					time.Sleep(time.Second)
					if ctx.Value(key{}) != "v" || ctx.Err() != nil {
						t.Errorf("a member's context has the value %v and Err() = %v, want v and nil", ctx.Value(key{}), ctx.Err())
					}
					return 1, nil
				}))
			}
			return nil
		})
		if took := time.Since(begin); err != nil || took != 2*time.Second {
			t.Errorf("Scope() = %v after %v, want nil after 2s", err, took)
		}
		for _, f := range fs {
			if f.State() != future.Succeeded {
				t.Errorf("a member is %v after the scope, want succeeded", f)
			}
		}
		if scope.Err() == nil {
			t.Error("the scope's context has not ended with the scope")
		}
		p.Close()
	})
}

// An error of the function cancels the members first, with it as the reason, and
// is the result.
func TestScopeError(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var running, pending *intFuture
		err := pool.Scope(bg, p, func(ctx context.Context, g *pool.Group) error {
			running = pool.Submit(bg, g, untilEnd)
			synctest.Wait()
			pending = pool.Submit(bg, g, nop)
			return errBoom
		})
		if err != errBoom {
			t.Errorf("Scope() = %v, want the function's error", err)
		}
		if _, err := running.Await(bg); err != errBoom {
			t.Errorf("the running member ends with %v, want the function's error", err)
		}
		wantNeverRan(t, "the pending member", pending, errBoom)
		p.Close()
	})
}

// The first failure of a member ends the scope's context and is the result; the
// function may watch it.
func TestScopeFirstFailure(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		err := pool.Scope(bg, p, func(ctx context.Context, g *pool.Group) error {
			pool.Submit(ctx, g, boom)
			<-ctx.Done()
			if cause := context.Cause(ctx); cause != errBoom {
				t.Errorf("the cause of the scope's context = %v, want the first error", cause)
			}
			return nil
		})
		if err != errBoom {
			t.Errorf("Scope() = %v, want the member's error", err)
		}
		p.Close()
	})
}

// With CollectErrors nothing is cancelled by a member, and all errors come back.
func TestScopeCollectErrors(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		other := errors.New("other")
		err := pool.Scope(bg, p, func(ctx context.Context, g *pool.Group) error {
			pool.Submit(ctx, g, boom)
			pool.Submit(ctx, g, nop)
			pool.Go(ctx, g, func(ctx context.Context) error { return errors.Join(other, ctx.Err()) })
			return nil
		}, millrace.CollectErrors())
		wantIs(t, "Scope()", err, errBoom, other)
		if errors.Is(err, context.Canceled) {
			t.Errorf("Scope() = %v, want no member cancelled", err)
		}
		p.Close()
	})
}

// Scopes in scopes, in tasks, with one worker: over the outer group or the pool.
func TestScopeNested(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var order journal
		err := pool.Scope(bg, p, func(ctx context.Context, outer *pool.Group) error {
			pool.Go(ctx, outer, func(ctx context.Context) error {
				return pool.Scope(ctx, outer, func(ctx context.Context, inner *pool.Group) error {
					pool.Submit(ctx, inner, order.task("over the group"))
					return pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
						pool.Submit(ctx, g, order.task("over the pool"))
						return nil
					})
				})
			})
			return nil
		})
		if err != nil {
			t.Errorf("Scope() = %v, want nil", err)
		}
		if got := order.String(); got != "over the group over the pool" && got != "over the pool over the group" {
			t.Errorf("ran %q, want both", got)
		}
		p.Close()
	})
}

// The failure of a nested scope's member fails the scopes around it if it is
// over their group.
func TestScopeNestedFailure(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		var sibling *intFuture
		err := pool.Scope(bg, p, func(ctx context.Context, outer *pool.Group) error {
			sibling = pool.Submit(ctx, outer, untilEnd)
			return pool.Scope(ctx, outer, func(ctx context.Context, inner *pool.Group) error {
				pool.Submit(ctx, inner, boom)
				return nil
			})
		})
		if err != errBoom {
			t.Errorf("Scope() = %v, want %v", err, errBoom)
		}
		if _, err := sibling.Await(bg); !errors.Is(err, errBoom) {
			t.Errorf("a member of the outer scope ends with %v, want %v", err, errBoom)
		}
		p.Close()
	})
}

// The end of its context ends a scope's members, and then the scope.
func TestScopeContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		ctx, cancel := context.WithTimeoutCause(bg, time.Second, errBoom)
		defer cancel()
		begin := time.Now()
		err := pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
			pool.Submit(bg, g, untilEnd)
			pool.Submit(bg, g, nop)
			return nil
		})
		if took := time.Since(begin); !errors.Is(err, errBoom) || took != time.Second {
			t.Errorf("Scope() = %v after %v, want the cause after 1s", err, took)
		}
		err = pool.Scope(ended(errBoom), p, func(ctx context.Context, g *pool.Group) error {
			pool.Submit(ctx, g, func(context.Context) (int, error) { t.Error("ran"); return 0, nil })
			return nil
		})
		wantIs(t, "Scope() with an ended context", err, errBoom)
		p.Close()
	})
}

// Its group takes no more when it has returned.
func TestScopeGroupAfterwards(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var kept *pool.Group
		pool.Scope(bg, p, func(_ context.Context, g *pool.Group) error { kept = g; return nil })
		wantNeverRan(t, "submitted after the scope", pool.Submit(bg, kept, nop), pool.ErrClosed)
		p.Close()
	})
}

// The end of a scope, of a group or of a map starts no goroutine.
func TestEndsStartNoGoroutine(t *testing.T) {
	created := func() uint64 {
		s := []metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	p := pool.New(one)
	defer p.Close()
	const calls, tries = 100, 50 // of others the process may start some meanwhile, but not in each try
	for name, use := range map[string]func(){
		"Scope": func() { pool.Scope(bg, p, func(context.Context, *pool.Group) error { return nil }) },
		"Group": func() { pool.NewGroup(bg, p).Wait() },
		"ForN":  func() { pool.ForN(bg, p, 1, func(context.Context, int) error { return nil }) },
	} {
		use()
		least := uint64(math.MaxUint64)
		for i := 0; i < tries && least > 0; i++ {
			before := created()
			for range calls {
				use()
			}
			least = min(least, created()-before)
		}
		if least > 0 {
			t.Errorf("%s: %d goroutines for %d calls, want none", name, least, calls)
		}
	}
}
