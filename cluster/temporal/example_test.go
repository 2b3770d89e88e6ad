package temporal_test

import (
	"context"
	"fmt"
	"log"

	"go.temporal.io/sdk/client"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/temporal"
	"github.com/millrace-go/millrace/pool"
)

var Square = cluster.Define("square", func(_ context.Context, n int) (int, error) { return n * n, nil })

// A submitter and a worker in one program. It needs a server: temporal server start-dev.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	engine, err := temporal.Connect(ctx, temporal.Config{Client: client.Options{HostPort: "localhost:7233"}})
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
}
