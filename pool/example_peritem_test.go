package pool_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// Files are read in parallel as far as memory allows: each item weighs what its file does.
func ExampleMap_perItem() {
	type file struct {
		name string
		size int64
	}
	ctx := context.Background()
	p := pool.New(millrace.WithMaxWeight(100 << 20)) // bytes of files in memory at once
	defer p.Close()

	files := []file{{"a.log", 80 << 20}, {"b.log", 10 << 20}, {"c.log", 60 << 20}}
	read := func(_ context.Context, f file) (string, error) { return "read " + f.name, nil }
	for result, err := range pool.Map(ctx, p, slices.Values(files), read,
		millrace.PerItem(func(f file) []millrace.TaskOption {
			return []millrace.TaskOption{millrace.WithWeight(f.size)}
		})) {
		fmt.Println(result, err)
	}
	// Output:
	// read a.log <nil>
	// read b.log <nil>
	// read c.log <nil>
}
