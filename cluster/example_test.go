package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

var Square = cluster.Define("square", func(_ context.Context, n int) (int, error) { return n * n, nil })

// The engine is the one line that changes when the workers are in other processes.
func Example() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(4), millrace.WithQueue(4))
	defer p.Close()
	engine := local.New(p, Square)
	defer engine.Close()

	client := cluster.NewClient(engine)
	a, b := Square.Submit(ctx, client, 3), Square.Submit(ctx, client, 4)
	vs, err := future.All(ctx, a, b)
	fmt.Println(vs, err)
	for v, err := range Square.Map(ctx, client, slices.Values([]int{1, 2, 3}), cluster.WithChunk(2)) {
		fmt.Println(v, err)
	}
	// Output:
	// [9 16] <nil>
	// 1 <nil>
	// 4 <nil>
	// 9 <nil>
}

var ErrOdd = errors.New("odd")

var Half = cluster.Define("half", func(_ context.Context, n int) (int, error) {
	if n%2 != 0 {
		return 0, fmt.Errorf("half of %d: %w", n, ErrOdd)
	}
	return n / 2, nil
}, cluster.Errors(ErrOdd))

// A worker's error arrives as a *cluster.Error, in which errors.Is finds the
// sentinels of the task.
func ExampleErrors() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
	defer p.Close()
	engine := local.New(p, Half)
	defer engine.Close()

	_, err := Half.Submit(ctx, cluster.NewClient(engine), 3).Await(ctx)
	var ce *cluster.Error
	fmt.Println(errors.Is(err, ErrOdd), errors.As(err, &ce), ce.Text)
	// Output: true true half of 3: odd
}
