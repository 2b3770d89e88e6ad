package jetstream_test

import (
	"context"
	"fmt"
	"log"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
	"github.com/millrace-go/millrace/pool"
)

var Square = cluster.Define("square", func(_ context.Context, n int) (int, error) { return n * n, nil })

// A server, a worker and a submitter in one program. With the URL of a server elsewhere
// each of the three is a program of its own.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	server, err := embedded.Start("", 0)
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	engine, err := jetstream.Connect(ctx, server.URL(), jetstream.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	p := pool.New(millrace.WithWorkers(4), millrace.WithQueue(4))
	defer p.Close()
	served := make(chan error, 1)
	go func() { served <- cluster.Serve(ctx, engine, p, Square) }()

	fmt.Println(Square.Submit(ctx, cluster.NewClient(engine), 12).Await(ctx))
	stop()
	if err := <-served; err != nil {
		log.Fatal(err)
	}
	// Output: 144 <nil>
}

// What an operator wants to know of the queues of a server: here of one with a call that
// no worker has yet.
func ExampleEngine_Status() {
	ctx := context.Background()
	server, err := embedded.Start("", 0)
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	engine, err := jetstream.Connect(ctx, server.URL(), jetstream.Config{Queue: "thumbnails"})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	call := Square.Submit(ctx, cluster.NewClient(engine), 12, cluster.WithID("invoice-4711"))

	names, err := jetstream.Queues(ctx, server.URL())
	fmt.Println(names, err)
	status, err := engine.Status(ctx)
	for err == nil && status.Queued == 0 { // the server may be about to store it
		status, err = engine.Status(ctx)
	}
	fmt.Println(status.Queue, status.Queued, status.Held, len(status.Workers), status.Lease, err)
	call.Abort(nil)
	_, err = call.Await(ctx)
	fmt.Println(call.State(), err != nil)
	// Output:
	// [thumbnails] <nil>
	// thumbnails 1 0 0 10s <nil>
	// cancelled true
}
