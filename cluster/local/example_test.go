package local_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/pool"
)

// A test of a program that submits calls needs no server.
func ExampleNew() {
	ctx := context.Background()
	greet := cluster.Define("greet", func(_ context.Context, name string) (string, error) { return "hello " + name, nil })
	p := pool.New(millrace.WithWorkers(2), millrace.WithQueue(2))
	defer p.Close()
	engine := local.New(p, greet)
	defer engine.Close()

	fmt.Println(greet.Submit(ctx, cluster.NewClient(engine), "world").Await(ctx))
	// Output: hello world <nil>
}
