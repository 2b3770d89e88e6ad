package millrace_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// upTo yields 0, 1 … n-1, and says what it yields.
func upTo(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			fmt.Println("pulled", i)
			if !yield(i) {
				return
			}
		}
	}
}

// The window bounds how far a map reads ahead of what it has delivered. With a window of
// two, the item 2 is pulled only when the result of 0 was taken.
func ExampleWithWindow() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(1))
		defer p.Close()
		same := func(_ context.Context, n int) (int, error) { return n, nil }
		for n := range pool.Map(t.Context(), p, upTo(3), same, millrace.WithWindow(2)) {
			synctest.Wait() // the map has read as far ahead as it may
			fmt.Println("taken", n)
		}
	})
	// Output:
	// pulled 0
	// pulled 1
	// taken 0
	// pulled 2
	// taken 1
	// taken 2
}

// A map takes all slots of its pool unless it is bounded. Six items of a second each, two
// at a time, take three seconds, though there are eight workers.
func ExampleWithConcurrency() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		ctx, start := t.Context(), time.Now()
		p := pool.New(millrace.WithWorkers(8))
		defer p.Close()
		err := pool.ForN(ctx, p, 6, func(context.Context, int) error {
			time.Sleep(time.Second)
			return nil
		}, millrace.WithConcurrency(2))
		fmt.Println(err, time.Since(start))
	})
	// Output: <nil> 3s
}

// file is an item with a size that its task has to hold in memory.
type file struct {
	name      string
	mebibytes int64
}

// Items that differ have options of their own, here a weight: one large file at a time,
// or several small ones. What could never fit is an error of its item.
func ExamplePerItem() {
	ctx := context.Background()
	p := pool.New(millrace.WithMaxWeight(100))
	defer p.Close()
	files := []file{{"a", 80}, {"b", 70}, {"c", 200}}

	read := func(_ context.Context, f file) (string, error) { return f.name + " read", nil }
	weight := millrace.PerItem(func(f file) []millrace.TaskOption {
		return []millrace.TaskOption{millrace.WithWeight(f.mebibytes)}
	})
	_, err := pool.MapSlice(ctx, p, files[:2], read, weight)
	fmt.Println(err)
	_, err = pool.MapSlice(ctx, p, files, read, weight)
	fmt.Println(errors.Is(err, pool.ErrTooHeavy))
	// Output:
	// <nil>
	// true
}
