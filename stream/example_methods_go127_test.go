//go:build go1.27

package stream_test

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// With Go 1.27 a pipeline reads from the source to the sink.
func Example_methods() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	files := map[string]string{"a": "1", "b": "two", "c": "3"}
	paths := []string{"a", "b", "c"}
	load := func(_ context.Context, path string) (string, error) { return files[path], nil }
	decode := func(_ context.Context, text string) (int, bool, error) {
		n, err := strconv.Atoi(text)
		return n, err == nil, nil // what is no number is left out
	}
	count := func(total, n int) (int, error) { return total + n, nil }

	total, err := stream.FromSlice(paths).
		Map(p, load).
		FilterMap(p, decode).
		Reduce(ctx, 0, count)
	fmt.Println(total, err)
	// Output: 4 <nil>
}

func ExampleStream_Map() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	length := func(_ context.Context, word string) (int, error) { return len(word), nil }
	fmt.Println(stream.FromSlice([]string{"the", "mill", "race"}).Map(p, length).Collect(ctx))
	// Output: [3 4 4] <nil>
}

func ExampleStream_FilterMap() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	number := func(_ context.Context, text string) (int, bool, error) {
		n, err := strconv.Atoi(text)
		return n, err == nil, nil
	}
	fmt.Println(stream.FromSlice([]string{"1", "two", "3"}).FilterMap(p, number).Collect(ctx))
	// Output: [1 3] <nil>
}

func ExampleStream_FlatMap() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	words := func(_ context.Context, line string) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for word := range strings.FieldsSeq(line) {
				if !yield(word, nil) {
					return
				}
			}
		}
	}
	fmt.Println(stream.FromSlice([]string{"the mill", "turns"}).FlatMap(p, words).Collect(ctx))
	// Output: [the mill turns] <nil>
}

func ExampleStream_MapKeyed() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	seen := map[bool]*int{true: new(int), false: new(int)}
	even := func(n int) bool { return n%2 == 0 }
	count := func(_ context.Context, n int) (string, error) {
		*seen[even(n)]++ // one at a time for each key
		return fmt.Sprintf("%d:%d", n, *seen[even(n)]), nil
	}
	fmt.Println(stream.FromSlice([]int{1, 2, 3, 4}).MapKeyed(p, even, count).Collect(ctx))
	// Output: [1:1 2:1 3:2 4:2] <nil>
}

func ExampleStream_Transform() {
	ctx := context.Background()
	upper := func(word string) (string, error) { return strings.ToUpper(word), nil }
	fmt.Println(stream.FromSlice([]string{"mill", "race"}).Transform(upper).Collect(ctx))
	// Output: [MILL RACE] <nil>
}

func ExampleStream_Scan() {
	ctx := context.Background()
	add := func(sum, n int) (int, error) { return sum + n, nil }
	fmt.Println(stream.FromSlice([]int{1, 2, 3, 4}).Scan(0, add).Collect(ctx))
	// Output: [1 3 6 10] <nil>
}

func ExampleStream_Reduce() {
	ctx := context.Background()
	longest := func(a, b string) (string, error) {
		if len(b) > len(a) {
			return b, nil
		}
		return a, nil
	}
	fmt.Println(stream.FromSlice([]string{"the", "wheel", "turns"}).Reduce(ctx, "", longest))
	// Output: wheel <nil>
}

func ExampleStream_ReduceByKey() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	initial := func(word string) byte { return word[0] }
	none := func(byte) int { return 0 }
	count := func(_ context.Context, n int, _ string) (int, error) { return n + 1, nil }
	counts, err := stream.FromSlice([]string{"mill", "race", "moss", "run", "mud"}).ReduceByKey(ctx, p, initial, none, count)
	fmt.Println(counts['m'], counts['r'], err)
	// Output: 3 2 <nil>
}
