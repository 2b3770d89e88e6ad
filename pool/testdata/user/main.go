// Command user is a package that imports package pool, and nothing below it.
package main

import (
	"context"
	"slices"

	"github.com/millrace-go/millrace/pool"
)

func main() {
	p := pool.New()
	defer p.Close()
	ctx := context.Background()
	twice := func(_ context.Context, s string) (string, error) { return s + s, nil }
	words := []string{"a", "b"}
	_, _ = pool.MapSlice(ctx, p, words, twice)
	for range pool.Map(ctx, p, slices.Values(words), twice) {
	}
	_, _ = pool.Submit(ctx, p, func(context.Context) (string, error) { return "a", nil }).Await(ctx)
}
