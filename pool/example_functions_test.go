package pool_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/pool"
)

// With Go 1.26 everything is a function, which takes the pool or the group after the
// context. It compiles with Go 1.27, too.
func Example_functions() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()
	g := pool.NewGroup(ctx, p)
	names := []string{"the", "mill", "race"}
	load := func(context.Context) (string, error) { return "loaded", nil }
	fetch := func(context.Context) error { return nil }
	size := func(_ context.Context, name string) (int, error) { return len(name), nil }

	f := pool.Submit(ctx, p, load)
	sizes, err := pool.MapSlice(ctx, p, names, size)
	pool.Go(ctx, g, fetch)

	fmt.Println(sizes, err)
	fmt.Println(f.Await(ctx))
	fmt.Println(g.Wait())
	// Output:
	// [3 4 4] <nil>
	// loaded <nil>
	// <nil>
}
