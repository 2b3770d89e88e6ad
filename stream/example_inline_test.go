package stream_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/millrace-go/millrace/stream"
)

// An error takes its item's place, and the stream goes on.
func ExampleTransform() {
	ctx := context.Background()
	for n, err := range stream.Transform(stream.FromSlice([]string{"1", "x", "3"}), strconv.Atoi).All(ctx) {
		fmt.Println(n, err)
	}
	// Output:
	// 1 <nil>
	// 0 strconv.Atoi: parsing "x": invalid syntax
	// 3 <nil>
}

func ExampleStream_Filter() {
	ctx := context.Background()
	even := func(n int) bool { return n%2 == 0 }
	fmt.Println(stream.FromSlice([]int{1, 2, 3, 4}).Filter(even).Collect(ctx))
	// Output: [2 4] <nil>
}

// Take ends the source with the last item it wants; an endless source is no
// problem.
func ExampleStream_Take() {
	ctx := context.Background()
	endless := stream.FromSeq(func(yield func(int) bool) {
		for n := 1; yield(n); n *= 2 {
		}
		fmt.Println("the source has ended")
	})
	fmt.Println(endless.Take(5).Collect(ctx))
	// Output:
	// the source has ended
	// [1 2 4 8 16] <nil>
}

func ExampleStream_TakeWhile() {
	ctx := context.Background()
	header := func(line string) bool { return strings.HasPrefix(line, "#") }
	fmt.Println(stream.FromSlice([]string{"#1", "#2", "text", "#3"}).TakeWhile(header).Collect(ctx))
	// Output: [#1 #2] <nil>
}

func ExampleStream_Skip() {
	ctx := context.Background()
	fmt.Println(stream.FromSlice([]string{"name", "anna", "ben"}).Skip(1).Collect(ctx))
	// Output: [anna ben] <nil>
}

// Tap looks at items on their way.
func ExampleStream_Tap() {
	ctx := context.Background()
	seen := 0
	count := func(string) { seen++ }
	short := func(word string) bool { return len(word) < 4 }
	fmt.Println(stream.FromSlice([]string{"the", "mill", "race"}).Tap(count).Filter(short).Collect(ctx))
	fmt.Println("of", seen)
	// Output:
	// [the] <nil>
	// of 3
}

// A running sum.
func ExampleScan() {
	ctx := context.Background()
	add := func(sum, n int) (int, error) { return sum + n, nil }
	fmt.Println(stream.Scan(stream.FromSlice([]int{1, 2, 3, 4}), 0, add).Collect(ctx))
	// Output: [1 3 6 10] <nil>
}

func ExampleFlatten() {
	ctx := context.Background()
	fmt.Println(stream.Flatten(stream.FromSlice([][]int{{1, 2}, {}, {3}})).Collect(ctx))
	// Output: [1 2 3] <nil>
}

// Lines with their numbers.
func ExampleEnumerate() {
	ctx := context.Background()
	lines := stream.FromSlice([]string{"first", "second"})
	for line, err := range stream.Enumerate(lines).All(ctx) {
		fmt.Println(line.First+1, line.Second, err)
	}
	// Output:
	// 1 first <nil>
	// 2 second <nil>
}
