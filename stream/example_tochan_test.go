package stream_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/stream"
)

func ExampleStream_ToChan() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel() // if the loop is left early, this ends the run
	for r := range stream.FromSlice([]int{1, 2, 3}).ToChan(ctx) {
		fmt.Println(r.Value, r.Err)
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 3 <nil>
}
