package stream_test

import (
	"context"
	"fmt"
	"strconv"

	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// With Go 1.26 stages are functions, so each has a variable. It compiles with Go 1.27,
// too.
func Example_functions() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	texts := map[string]string{"a": "1", "b": "two", "c": "3"}
	paths := []string{"a", "b", "c"}
	load := func(_ context.Context, path string) (string, error) { return texts[path], nil }
	decode := func(_ context.Context, text string) (int, bool, error) {
		n, err := strconv.Atoi(text)
		return n, err == nil, nil // what is no number is left out
	}
	count := func(total, n int) (int, error) { return total + n, nil }

	files := stream.Map(stream.FromSlice(paths), p, load)
	entries := stream.FilterMap(files, p, decode)
	total, err := stream.Reduce(ctx, entries, 0, count)
	fmt.Println(total, err)
	// Output: 4 <nil>
}
