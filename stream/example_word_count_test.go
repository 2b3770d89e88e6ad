package stream_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// Texts are counted in parallel, and the counts put together in one place.
func Example_wordCount() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	texts := stream.FromSlice([]string{
		"the mill turns the wheel",
		"the water turns the mill",
		"the race feeds the mill",
	})
	counts := stream.Map(texts, p, func(_ context.Context, text string) (map[string]int, error) {
		n := make(map[string]int)
		for word := range strings.FieldsSeq(text) {
			n[word]++
		}
		return n, nil
	})
	total, err := stream.Reduce(ctx, counts, map[string]int{}, func(total, n map[string]int) (map[string]int, error) {
		for word, times := range n {
			total[word] += times
		}
		return total, nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	words := slices.SortedFunc(maps.Keys(total), func(a, b string) int {
		return cmp.Or(total[b]-total[a], cmp.Compare(a, b))
	})
	for _, word := range words[:3] {
		fmt.Println(word, total[word])
	}
	// Output:
	// the 6
	// mill 3
	// turns 2
}
