package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// derivations are the contexts with which a task may submit its children.
var derivations = map[string]func(context.Context) (context.Context, context.CancelFunc){
	"its own":    func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} },
	"WithCancel": context.WithCancel,
	"WithTimeout": func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, time.Hour)
	},
	"WithValue": func(ctx context.Context) (context.Context, context.CancelFunc) { return valued(ctx), func() {} },
	"values of cancel": func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(valued(ctx))
		return valued(ctx), cancel
	},
	"a type of one's own": func(ctx context.Context) (context.Context, context.CancelFunc) {
		return wrapped{ctx}, func() {}
	},
}

// wrapped is a context that the standard library does not know, with the end of another one.
type wrapped struct{ context.Context }

func valued(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, 1) }

// heirs are what a member of a group submits its children to.
var heirs = map[string]func(ctx context.Context, p, other *pool.Pool) (context.Context, pool.Executor){
	"pool":       func(ctx context.Context, p, _ *pool.Pool) (context.Context, pool.Executor) { return ctx, p },
	"other pool": func(ctx context.Context, _, other *pool.Pool) (context.Context, pool.Executor) { return ctx, other },
	"group": func(ctx context.Context, p, _ *pool.Pool) (context.Context, pool.Executor) {
		return bg, pool.NewGroup(ctx, p)
	},
	"group of other pool": func(ctx context.Context, _, other *pool.Pool) (context.Context, pool.Executor) {
		return bg, pool.NewGroup(ctx, other)
	},
}

// When the context of a group has ended, nothing starts that a member has submitted with its
// context, or with one that was derived from it: the standard library tells those a moment later.
func TestEndOfGroupReachesDerivedContexts(t *testing.T) {
	for name, derive := range derivations {
		for to, heir := range heirs {
			for _, opts := range [][]millrace.TaskOption{nil, {millrace.WithTimeout(time.Hour)}} {
				t.Run(name+", "+to, func(t *testing.T) {
					for range 50 {
						endOfGroup(t, derive, heir, opts)
					}
				})
			}
		}
	}
}

func endOfGroup(t *testing.T, derive func(context.Context) (context.Context, context.CancelFunc), heir func(context.Context, *pool.Pool, *pool.Pool) (context.Context, pool.Executor), opts []millrace.TaskOption) {
	ctx, cancel := context.WithCancelCause(bg)
	p, other := pool.New(two), pool.New(one)
	release, releaseOther := blocker(p, 1), blocker(other, 1)
	g := pool.NewGroup(ctx, p)
	children := make(chan *intFuture, 2)
	submitted, ended, settled := make(chan struct{}), make(chan struct{}), make(chan struct{})
	pool.Go(bg, g, func(ctx context.Context) error {
		ctx, stop := derive(ctx)
		defer stop()
		ctx, ex := heir(ctx, p, other)
		children <- pool.Submit(ctx, ex, nop)
		close(submitted)
		<-ended
		children <- pool.Submit(ctx, ex, nop)
		<-settled
		return nil
	}, opts...)
	<-submitted
	cancel(errBoom)
	release()
	releaseOther()
	close(ended)
	for range 2 {
		f := <-children
		f.Await(bg)
		wantNeverRan(t, "a child", f, errBoom)
	}
	close(settled)
	g.Wait()
	p.Close()
	other.Close()
}

// Nor does what a child of the member has submitted, with a context that it has derived, however
// the child itself was submitted.
func TestEndOfGroupReachesGrandchildren(t *testing.T) {
	for name, derive := range derivations {
		for range 50 {
			ctx, cancel := context.WithCancelCause(bg)
			p := pool.New(millrace.WithWorkers(3))
			release := blocker(p, 1)
			g := pool.NewGroup(ctx, p)
			grandchild, settled := make(chan *intFuture), make(chan struct{})
			pool.Go(bg, g, func(ctx context.Context) error {
				ctx, stop := derive(ctx)
				defer stop()
				pool.Go(ctx, p, func(ctx context.Context) error {
					ctx, stop := context.WithCancel(ctx)
					defer stop()
					grandchild <- pool.Submit(ctx, p, nop)
					<-settled
					return nil
				})
				<-settled
				return nil
			})
			f := <-grandchild
			cancel(errBoom)
			release()
			f.Await(bg)
			wantNeverRan(t, name+": a grandchild", f, errBoom)
			close(settled)
			g.Wait()
			p.Close()
		}
	}
}

// Nor does an item of a map that the member runs with such a context.
func TestEndOfGroupReachesMapsOfDerivedContexts(t *testing.T) {
	for name, derive := range derivations {
		for range 50 {
			ctx, cancel := context.WithCancelCause(bg)
			p := pool.New()
			g := pool.NewGroup(ctx, p)
			items := 0
			pool.Go(bg, g, func(ctx context.Context) error {
				ctx, stop := derive(ctx)
				defer stop()
				_, err := pool.MapSlice(ctx, p, make([]int, 5), func(context.Context, int) (int, error) {
					items++
					cancel(errBoom)
					return 1, nil
				}, millrace.WithConcurrency(1))
				wantIs(t, name+": MapSlice()", err, future.ErrNotDone)
				return nil
			}).Await(bg)
			if items != 1 {
				t.Errorf("%s: %d items have run, want the one that cancels", name, items)
			}
			g.Wait()
			p.Close()
		}
	}
}
