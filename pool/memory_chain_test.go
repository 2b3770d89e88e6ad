package pool_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/pool"
)

// A job that submits its successor with its own context and WithoutCancel, as the
// documents advise, goes on without growing: neither memory nor stack.
func TestChainOfSuccessorsDoesNotGrow(t *testing.T) {
	long := 100_000
	if testing.Short() {
		long = 20_000
	}
	p := pool.New(one)
	done := make(chan struct{})
	var first uint64
	var next func(ctx context.Context, n int)
	next = func(ctx context.Context, n int) {
		pool.Submit(context.WithoutCancel(ctx), p, func(ctx context.Context) (int, error) {
			if n == long/10 {
				first = memory.InUse()
			}
			if n == long {
				memory.WantNoMore(t, fmt.Sprint(long-long/10, " generations"), first, 1<<20)
				if v := ctx.Value(key{}); v != "root" {
					t.Errorf("a value of the first context = %v, want root", v)
				}
				if v := ctx.Value("none"); v != nil {
					t.Errorf("a value that nobody has set = %v, want nil", v)
				}
				close(done)
				return 1, nil
			}
			next(ctx, n+1)
			return 1, nil
		})
	}
	next(context.WithValue(bg, key{}, "root"), 0)
	<-done
	p.Close()
}

// A chain of jobs does not grow either if its links are items of maps, members, or tasks
// that the jobs submit.
func TestChainOfLinksDoesNotGrow(t *testing.T) {
	const long = 3_000
	type link func(ctx context.Context, p *pool.Pool, next func(context.Context) error) error
	submit := func(ctx context.Context, p *pool.Pool, next func(context.Context) error) error {
		pool.Go(context.WithoutCancel(ctx), p, next)
		return nil
	}
	links := map[string]link{
		"a child": func(ctx context.Context, p *pool.Pool, next func(context.Context) error) error {
			_, err := pool.Go(ctx, p, func(ctx context.Context) error { return submit(ctx, p, next) }).Await(ctx)
			return err
		},
		"an item": func(ctx context.Context, p *pool.Pool, next func(context.Context) error) error {
			return pool.ForN(ctx, p, 1, func(ctx context.Context, _ int) error { return submit(ctx, p, next) })
		},
		"a scope": func(ctx context.Context, p *pool.Pool, next func(context.Context) error) error {
			return pool.Scope(ctx, p, func(ctx context.Context, _ *pool.Group) error { return submit(ctx, p, next) })
		},
		"with a cancel function": func(ctx context.Context, p *pool.Pool, next func(context.Context) error) error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			return submit(context.WithoutCancel(ctx), p, next)
		},
	}
	inits := 0
	init := millrace.WithInit(func(ctx context.Context) (context.Context, error) {
		inits++
		return context.WithValue(ctx, key{}, inits), nil
	})
	for name, link := range links {
		for _, opt := range []millrace.PoolOption{nil, init} {
			var first uint64
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one, opt)
				done := make(chan struct{})
				var job func(n int) func(ctx context.Context) error
				job = func(n int) func(ctx context.Context) error {
					return func(ctx context.Context) error {
						switch n {
						case long / 10:
							synctest.Wait() // for what the ends of contexts have started
							first = memory.InUse()
						case long:
							synctest.Wait()
							memory.WantNoMore(t, fmt.Sprintf("%s: %d generations", name, long-long/10), first, 128<<10)
							close(done)
							return nil
						}
						return link(ctx, p, job(n+1))
					}
				}
				pool.Go(bg, p, job(0))
				<-done
				p.Close()
			})
		}
	}
}

// Neither do members of a group that submit their successors to the group, with their own
// contexts.
func TestChainOfMembersDoesNotGrow(t *testing.T) {
	const long = 3_000
	for name, opt := range map[string]millrace.TaskOption{"plain": nil, "with a timeout": millrace.WithTimeout(time.Hour)} {
		var first uint64
		p := pool.New(one)
		g := pool.NewGroup(bg, p)
		done := make(chan struct{})
		var job func(n int) func(ctx context.Context) error
		job = func(n int) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				switch n {
				case long / 10:
					first = memory.InUse()
				case long:
					memory.WantNoMore(t, fmt.Sprintf("%s: %d generations", name, long-long/10), first, 128<<10)
					close(done)
					return nil
				}
				pool.Go(ctx, g, job(n+1), opt)
				return nil
			}
		}
		pool.Go(bg, g, job(0), opt)
		<-done
		if err := g.Wait(); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
		p.Close()
	}
}
