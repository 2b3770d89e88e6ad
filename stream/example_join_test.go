package stream_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/millrace-go/millrace/stream"
)

func ExampleConcat() {
	ctx := context.Background()
	old, current := stream.FromSlice([]int{1, 2}), stream.FromSlice([]int{3})
	fmt.Println(stream.Concat(old, current).Collect(ctx))
	// Output: [1 2 3] <nil>
}

// A silent stream delays no other. Here nothing comes from one of them before
// the items of the other are through.
func ExampleMerge() {
	ctx := context.Background()
	silent := make(chan string)
	logs := stream.Merge(stream.FromChan(silent), stream.FromSlice([]string{"a", "b"}))
	for line, err := range logs.All(ctx) {
		fmt.Println(line, err)
		if line == "b" {
			go func() {
				silent <- "at last"
				close(silent)
			}()
		}
	}
	// Output:
	// a <nil>
	// b <nil>
	// at last <nil>
}

// The shorter stream ends the longer one.
func ExampleZip() {
	ctx := context.Background()
	names := stream.FromSlice([]string{"anna", "ben"})
	numbers := stream.FromSeq(func(yield func(int) bool) {
		for n := 1; yield(n); n++ {
		}
	})
	for pair, err := range stream.Zip(names, numbers).All(ctx) {
		fmt.Println(pair.First, pair.Second, err)
	}
	// Output:
	// anna 1 <nil>
	// ben 2 <nil>
}

// The source goes on while an item is at work below: here it has read all lines
// before the second is passed on.
func ExampleStream_Buffer() {
	ctx := context.Background()
	read := make(chan struct{})
	lines := stream.FromSeq(func(yield func(string) bool) {
		defer close(read)
		for line := range slices.Values([]string{"one", "two", "three"}) {
			fmt.Println("read", line)
			if !yield(line) {
				return
			}
		}
	})
	for line := range lines.Buffer(10).All(ctx) {
		<-read
		fmt.Println("got", line)
	}
	// Output:
	// read one
	// read two
	// read three
	// got one
	// got two
	// got three
}
