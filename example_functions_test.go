package millrace_test

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// With Go 1.26 everything is a function, which takes the pool after the context.
func Example_functions() {
	ctx := context.Background()
	words := []string{"the", "mill", "race"}
	load := func(context.Context) (string, error) { return "loaded", nil }
	length := func(_ context.Context, word string) (int, error) { return len(word), nil }

	p := pool.New(millrace.WithWorkers(8), millrace.WithQueue(100))
	defer p.Close()

	f := pool.Submit(ctx, p, load, millrace.WithTimeout(time.Second))
	lengths, err := pool.MapSlice(ctx, p, words, length, millrace.WithConcurrency(4))

	fmt.Println(lengths, err)
	fmt.Println(f.Await(ctx))
	// Output:
	// [3 4 4] <nil>
	// loaded <nil>
}
