package pool_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// A scope may grow from inside: members submit further members, with the context that
// they were given, and return. The group owns its members, so none of them ends with the
// one that submitted it, and Scope waits for all.
func ExampleScope_grows() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(2))
	defer p.Close()
	links := map[string][]string{"/": {"/pool", "/wheel"}, "/pool": {"/", "/race"}, "/wheel": {"/race"}}

	var mu sync.Mutex
	seen := map[string]bool{}
	visit := func(page string) (first bool) {
		mu.Lock()
		defer mu.Unlock()
		first = !seen[page]
		seen[page] = true
		return first
	}
	var crawl func(g *pool.Group, page string) func(context.Context) error
	crawl = func(g *pool.Group, page string) func(context.Context) error {
		return func(ctx context.Context) error {
			if !visit(page) {
				return nil
			}
			for _, link := range links[page] {
				pool.Go(ctx, g, crawl(g, link))
			}
			return nil
		}
	}
	err := pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
		pool.Go(ctx, g, crawl(g, "/"))
		return nil
	})
	fmt.Println(len(seen), "pages,", err)
	// Output: 4 pages, <nil>
}
