package future_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/millrace-go/millrace/future"
)

// A set yields futures as they complete, and takes further ones meanwhile: here each
// page adds the pages that it links to.
func ExampleSet() {
	ctx := context.Background()
	links := map[string][]string{"/": {"/pool", "/wheel"}, "/pool": {"/", "/race"}, "/wheel": {"/race"}}
	fetch := func(page string) *future.Future[[]string] {
		return future.Go(ctx, func(context.Context) ([]string, error) { return links[page], nil })
	}

	seen := []string{"/"}
	pages := future.NewSet[[]string]()
	pages.Add(fetch("/"))
	for f := range pages.All(ctx) {
		found, err := f.Await(ctx) // it has settled, so this does not block
		if err != nil {
			fmt.Println(err)
		}
		for _, page := range found {
			if !slices.Contains(seen, page) {
				seen = append(seen, page)
				pages.Add(fetch(page))
			}
		}
	}
	slices.Sort(seen)
	fmt.Println(seen, pages.Len())
	// Output: [/ /pool /race /wheel] 0
}
