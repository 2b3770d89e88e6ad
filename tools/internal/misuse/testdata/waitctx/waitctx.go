package waitctx

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

func bad(outer context.Context, p *pool.Pool, f *future.Future[int], in []int) {
	pool.Submit(outer, p, func(context.Context) (int, error) {
		return f.Await(outer) // want `Future.Await inside a task of pool.Submit with a context that is not the task's: the task's slot is not lent`
	})
	pool.Go(outer, p, func(ctx context.Context) error {
		f.Await(context.Background())       // want `Future.Await inside a task of pool.Go`
		future.All(context.TODO(), f)       // want `future.All inside a task of pool.Go`
		pool.MapSlice(outer, p, in, double) // want `pool.MapSlice inside a task of pool.Go`
		func() {
			f.Await(outer) // want `Future.Await inside a task of pool.Go`
		}()
		defer func() {
			f.Await(outer) // want `Future.Await inside a task of pool.Go`
		}()
		short, cancel := context.WithTimeout(outer, time.Second)
		defer cancel()
		_, err := f.Await(short) // want `Future.Await inside a task of pool.Go`
		return err
	})
	g := pool.NewGroup(outer, p)
	pool.Go(outer, g, func(context.Context) error {
		return pool.ForEach(outer, p, slices.Values(in), func(ctx context.Context, n int) error { // want `pool.ForEach inside a task of pool.Go`
			_, err := f.Await(outer) // want `Future.Await inside a task of pool.ForEach`
			return err
		})
	})
	stream.Map(stream.FromSlice(in), p, func(_ context.Context, n int) (int, error) {
		return stream.FromSlice(in).Count(outer) // want `Stream.Count inside a task of stream.Map`
	}).Drain(outer)
}

func good(outer context.Context, p *pool.Pool, f *future.Future[int], in []int) {
	f.Await(outer)
	pool.Go(outer, p, func(ctx context.Context) error {
		f.Await(ctx)
		f.Await(context.WithoutCancel(ctx))
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		f.Await(short)
		pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
			f.Await(ctx)
			return nil
		})
		for done := range future.AsCompleted(ctx, f) {
			done.Await(context.Background())
		}
		var wg sync.WaitGroup
		wg.Go(func() { f.Await(outer) })
		go func() { f.Await(outer) }()
		future.Go(ctx, func(context.Context) (int, error) { return f.Await(outer) })
		pool.Submit(outer, p, func(ctx context.Context) (int, error) { return f.Await(ctx) })
		f.OnDone(func(f *future.Future[int]) { f.Await(outer) })
		return nil
	})
	pool.Scope(outer, p, func(ctx context.Context, g *pool.Group) error {
		f.Await(outer)
		return nil
	})
	stream.FromFunc(func(ctx context.Context) (int, error) { return f.Await(outer) }).Drain(outer)
	pool.Go(outer, p, func(ctx context.Context) error {
		outer = ctx
		_, err := f.Await(outer)
		return err
	})
}
