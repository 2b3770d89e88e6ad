package pool_test

import (
	"context"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// nestings are the ways to nest work, each with a level of it: fn runs one level further in.
var nestings = map[string]func(ctx context.Context, p *pool.Pool, fn func(context.Context) error) error{
	"a scope": func(ctx context.Context, p *pool.Pool, fn func(context.Context) error) error {
		return pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
			pool.Go(ctx, g, fn)
			return nil
		})
	},
	"a group": func(ctx context.Context, p *pool.Pool, fn func(context.Context) error) error {
		g := pool.NewGroup(ctx, p)
		pool.Go(ctx, g, fn)
		return g.Wait()
	},
	"a group over a group": func(ctx context.Context, p *pool.Pool, fn func(context.Context) error) error {
		outer := pool.NewGroup(ctx, p)
		inner := pool.NewGroup(ctx, outer)
		pool.Go(ctx, inner, fn)
		err := inner.Wait()
		if outerErr := outer.Wait(); err == nil {
			err = outerErr
		}
		return err
	},
	"a map of tasks with timeouts": func(ctx context.Context, p *pool.Pool, fn func(context.Context) error) error {
		timeout := func(int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithTimeout(time.Hour)} }
		return pool.ForN(ctx, p, 1, func(ctx context.Context, _ int) error { return fn(ctx) }, millrace.PerItem(timeout))
	},
	"a scope with a deadline": func(ctx context.Context, p *pool.Pool, fn func(context.Context) error) error {
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		return pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
			pool.Go(ctx, g, fn)
			return nil
		})
	},
}

// A level of nested work costs as much as one further out, or a little more: if it cost twice as
// much, this test would not end.
func TestNestedDeeply(t *testing.T) {
	for name, nest := range nestings {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				const depth = 60
				reached := 0
				var level func(ctx context.Context) error
				level = func(ctx context.Context) error {
					if reached++; reached == depth {
						return nil
					}
					return nest(ctx, p, level)
				}
				if err := nest(bg, p, level); err != nil || reached != depth {
					t.Errorf("%d levels were reached, with the error %v; want %d and nil", reached, err, depth)
				}
				p.Close()
			})
		})
	}
}

// The end of the outermost context, or group, acts at once at every level, and its reason is
// that of all.
func TestNestedDeeplyEnds(t *testing.T) {
	for name, nest := range nestings {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				const depth = 20
				ctx, cancel := context.WithCancelCause(bg)
				reached := 0
				var causes [depth]error
				var level func(ctx context.Context) error
				level = func(ctx context.Context) error {
					at := reached
					if reached++; reached < depth {
						nest(ctx, p, level)
					} else {
						cancel(errBoom)
						if ctx.Err() == nil {
							t.Error("the innermost context has not ended at once")
						}
						if f := pool.Go(ctx, p, func(context.Context) error { return nil }); f.State() != future.Cancelled {
							t.Errorf("a task submitted with it is %v, want Cancelled", f.State())
						}
					}
					<-ctx.Done()
					causes[at] = context.Cause(ctx)
					return nil
				}
				nest(ctx, p, level)
				p.Close()
				for at, cause := range causes {
					if cause != errBoom {
						t.Errorf("at level %d the cause is %v, want that of the outermost context", at, cause)
					}
				}
			})
		})
	}
}

// Nor does the end of a task look through all groups below each group that it is a member of, when
// nothing waits to start.
func TestGroupsOverGroupsDeeply(t *testing.T) {
	p := pool.New(two)
	defer p.Close()
	var level func(ctx context.Context, ex pool.Executor, depth int) error
	level = func(ctx context.Context, ex pool.Executor, depth int) error {
		if depth == 0 {
			return nil
		}
		return pool.Scope(ctx, ex, func(ctx context.Context, g *pool.Group) error {
			pool.Go(ctx, g, func(ctx context.Context) error { return level(ctx, g, depth-1) })
			return nil
		})
	}
	// Such a search allocates: 900,000 bytes at each level. On several processors a task may wait to start
	// when another one ends, which is searched for, so one try of many has to do without.
	const depth, most, tries = 100, 50_000, 50
	least := uint64(math.MaxUint64)
	for range tries {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := level(bg, p, depth); err != nil {
			t.Errorf("Scope() = %v, want nil", err)
		}
		runtime.ReadMemStats(&after)
		if least = min(least, (after.TotalAlloc-before.TotalAlloc)/depth); least <= most {
			return
		}
	}
	t.Errorf("each level of %d took %d bytes at least, want at most %d", depth, least, most)
}
