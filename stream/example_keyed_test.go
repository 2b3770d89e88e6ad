package stream_test

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// Bookings of one account are made one at a time and in order, so that they need
// no lock; those of different accounts are made in parallel.
func ExampleMapKeyed() {
	type booking struct {
		account string
		amount  int
	}
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	balance := map[string]*int{"anna": new(int), "ben": new(int)}
	bookings := stream.FromSlice([]booking{
		{"anna", 10}, {"ben", 7}, {"anna", -20}, {"anna", 5}, {"ben", -3}, {"anna", -15},
	})
	account := func(b booking) string { return b.account }
	book := func(_ context.Context, b booking) (string, error) {
		sum := balance[b.account]
		if *sum+b.amount < 0 {
			return "", fmt.Errorf("%s: %d is not covered by %d", b.account, b.amount, *sum)
		}
		*sum += b.amount
		return fmt.Sprintf("%s: %d", b.account, *sum), nil
	}
	for line, err := range stream.MapKeyed(bookings, p, account, book, millrace.WithConcurrency(4)).All(ctx) {
		if err != nil {
			line = err.Error()
		}
		fmt.Println(line)
	}
	// Output:
	// anna: 10
	// ben: 7
	// anna: -20 is not covered by 10
	// anna: 15
	// ben: 4
	// anna: 0
}
