package cluster_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A worker is a program that serves tasks on its pool until its context ends. What the
// pool has not begun then goes back to the queue, for other workers.
func ExampleServe() {
	ctx := context.Background()
	engine := local.New(nil) // another engine, in a worker of its own
	defer engine.Close()

	working, terminate := context.WithCancel(ctx)
	ended := make(chan error)
	go func() {
		p := pool.New(millrace.WithWorkers(4), millrace.WithQueue(4))
		defer p.Close()
		ended <- cluster.Serve(working, engine, p, Square, Half)
	}()

	client := cluster.NewClient(engine)
	fmt.Println(Square.Submit(ctx, client, 12).Await(ctx))
	terminate()
	fmt.Println(<-ended)
	// Output:
	// 144 <nil>
	// <nil>
}

// A client has no more calls out than it is allowed. Submit blocks meanwhile, here while
// the first two calls are out.
func ExampleWithMaxCalls() {
	ctx := context.Background()
	p := pool.New(millrace.WithQueue(2))
	defer p.Close()
	engine := local.New(p, Square)
	defer engine.Close()

	client := cluster.NewClient(engine, cluster.WithMaxCalls(2))
	var fs []*future.Future[int]
	for n := range 4 {
		fs = append(fs, Square.Submit(ctx, client, n))
	}
	fmt.Println(future.All(ctx, fs...))
	// Output: [0 1 4 9] <nil>
}

// Close waits for the calls that are out, and takes no more.
func ExampleClient_Close() {
	ctx := context.Background()
	client, stop := serve(Square)
	defer stop()

	f := Square.Submit(ctx, client, 3)
	fmt.Println(client.Close(ctx))
	fmt.Println(f.Await(ctx))
	_, err := Square.Submit(ctx, client, 4).Await(ctx)
	fmt.Println(errors.Is(err, cluster.ErrClosed))
	// Output:
	// <nil>
	// 9 <nil>
	// true
}

// A function finds the call that it runs for, with an id that is the same for each
// attempt, and reports how far it is.
func ExampleDelivery() {
	ctx := context.Background()
	reported := make(chan int, 1)
	thumbnails := cluster.Define("thumbnails", func(ctx context.Context, files int) (string, error) {
		d, ok := cluster.FromContext(ctx)
		if !ok {
			return "", errors.New("called outside of a worker")
		}
		if err := d.Report(files); err != nil {
			return "", err
		}
		<-ctx.Done() // until the submitter has heard of it
		return fmt.Sprint(d.ID(), ", attempt ", d.Attempt()), nil
	})
	client, stop := serve(thumbnails)
	defer stop()

	f := thumbnails.Submit(ctx, client, 12, cluster.WithID("album/7"),
		cluster.OnProgress(func(files int) { reported <- files }))
	fmt.Println("files:", <-reported)
	f.Abort(errors.New("enough"))
	fmt.Println(f.Await(ctx))
	// Output:
	// files: 12
	// album/7, attempt 1 <nil>
}

// A function that also works outside of a worker asks whether there is a call.
func ExampleFromContext() {
	id := func(ctx context.Context) string {
		if d, ok := cluster.FromContext(ctx); ok {
			return d.ID()
		}
		return "no call"
	}
	fmt.Println(id(context.Background()))
	// Output: no call
}

// The submitter is told what the function reports, in a goroutine of the engine that must
// not be held up. Reports are news and no results: they may be lost.
func ExampleOnProgress() {
	ctx := context.Background()
	heard := make(chan struct{})
	copied := cluster.Define("copy", func(ctx context.Context, files int) (int, error) {
		d, _ := cluster.FromContext(ctx)
		err := d.Report("half of it")
		<-heard
		return files, err
	})
	client, stop := serve(copied)
	defer stop()

	f := copied.Submit(ctx, client, 12, cluster.OnProgress(func(news string) {
		fmt.Println(news)
		close(heard)
	}))
	fmt.Println(f.Await(ctx))
	// Output:
	// half of it
	// 12 <nil>
}
