package stream_test

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace-go/millrace/stream"
)

// A batch is passed on when it is full, and at the end of the stream.
func ExampleBatch() {
	ctx := context.Background()
	rows := stream.FromSlice([]string{"a", "b", "c", "d", "e", "f", "g"})
	for batch, err := range stream.Batch(rows, 3, -1).All(ctx) {
		fmt.Println(batch, err)
	}
	// Output:
	// [a b c] <nil>
	// [d e f] <nil>
	// [g] <nil>
}

// With a wait, a batch of 1000 does not keep an item back until there are 999
// more: here none comes before the one that is there has been passed on.
func ExampleBatch_wait() {
	ctx := context.Background()
	ch := make(chan string, 1)
	ch <- "first"
	for batch, err := range stream.Batch(stream.FromChan(ch), 1000, time.Millisecond).All(ctx) {
		fmt.Println(batch, err)
		if batch[0] == "first" {
			ch <- "second"
			close(ch)
		}
	}
	// Output:
	// [first] <nil>
	// [second] <nil>
}
