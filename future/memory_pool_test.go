package future_test

import (
	"context"
	"runtime"
	"testing"
	"weak"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/pool"
)

// ofPool returns a settled future of a pool that is gone, and what the pool held: the
// function of its workers and its context.
//
//go:noinline
func ofPool(settle func(*pool.Pool) *intFuture) (f *intFuture, init, ctx weak.Pointer[memory.Ballast]) {
	worker, value := memory.NewBallast(), memory.NewBallast()
	lifetime, cancel := context.WithCancel(context.WithValue(bg, key{}, value))
	defer cancel()
	p := pool.New(millrace.WithWorkers(1), millrace.WithContext(lifetime),
		millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			runtime.KeepAlive(worker)
			return ctx, nil
		}))
	f = settle(p)
	p.Close()
	<-f.Done()
	return f, weak.Make(worker), weak.Make(value)
}

// A settled future keeps its value and its error, and not its pool.
func TestSettledKeepsNoPool(t *testing.T) {
	one := func(context.Context) (int, error) { return 1, nil }
	add := func(_ context.Context, n int) (int, error) { return n + 1, nil }
	for name, settle := range map[string]func(*pool.Pool) *intFuture{
		"a success": func(p *pool.Pool) *intFuture { return pool.Submit(bg, p, one) },
		"a failure": func(p *pool.Pool) *intFuture {
			return pool.Submit(bg, p, func(context.Context) (int, error) { return 0, errBoom })
		},
		"a panic": func(p *pool.Pool) *intFuture {
			return pool.Submit(bg, p, func(context.Context) (int, error) { panic(1) })
		},
		"a Goexit": func(p *pool.Pool) *intFuture {
			return pool.Submit(bg, p, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
		},
		"one that looked at its context": func(p *pool.Pool) *intFuture {
			return pool.Submit(bg, p, func(ctx context.Context) (int, error) { ctx.Done(); return 1, nil })
		},
		"one with options": func(p *pool.Pool) *intFuture {
			return pool.Submit(bg, p, one, millrace.WithKey("k"), millrace.WithPriority(1), millrace.WithWeight(1))
		},
		"a cancelled one": func(p *pool.Pool) *intFuture {
			f := pool.Submit(ended(errBoom), p, one)
			f.Cancel()
			return f
		},
		"a refused one":  func(p *pool.Pool) *intFuture { p.Seal(); return pool.Submit(bg, p, one) },
		"a stopped one":  func(p *pool.Pool) *intFuture { p.Stop(errBoom); return pool.Submit(bg, p, one) },
		"a continuation": func(p *pool.Pool) *intFuture { return pool.Then(bg, p, pool.Submit(bg, p, one), add) },
		"a failed one's": func(p *pool.Pool) *intFuture { return pool.Then(bg, p, future.Rejected[int](errBoom), add) },
		"a member": func(p *pool.Pool) *intFuture {
			g := pool.NewGroup(bg, p)
			defer g.Wait()
			return pool.Submit(bg, g, one)
		},
		"one with waiters": func(p *pool.Pool) *intFuture {
			f := pool.Submit(bg, p, one)
			f.OnDone(func(*intFuture) {})
			f.Await(bg)
			return f
		},
	} {
		f, init, ctx := ofPool(settle)
		memory.WantFreed(t, name+": the function of WithInit", init)
		memory.WantFreed(t, name+": the pool's context", ctx)
		runtime.KeepAlive(f)
	}
}
