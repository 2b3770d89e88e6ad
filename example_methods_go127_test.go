//go:build go1.27

package millrace_test

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// Options stand at the end of a call, of a method as of a function.
func Example_methods() {
	ctx := context.Background()
	words := []string{"the", "mill", "race"}
	load := func(context.Context) (string, error) { return "loaded", nil }
	length := func(_ context.Context, word string) (int, error) { return len(word), nil }

	p := pool.New(millrace.WithWorkers(8), millrace.WithQueue(100))
	defer p.Close()

	f := p.Submit(ctx, load, millrace.WithTimeout(time.Second))
	lengths, err := p.MapSlice(ctx, words, length, millrace.WithConcurrency(4))

	fmt.Println(lengths, err)
	fmt.Println(f.Await(ctx))
	// Output:
	// [3 4 4] <nil>
	// loaded <nil>
}
