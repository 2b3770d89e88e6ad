package stream_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// The loop goes on after an error, and may be left at any time: then all stages
// have ended.
func ExampleStream_All() {
	ctx := context.Background()
	numbers := stream.Transform(stream.FromSlice([]string{"1", "two", "3", "4"}), strconv.Atoi)
	for n, err := range numbers.All(ctx) {
		if err != nil {
			fmt.Println("skip:", err)
			continue
		}
		fmt.Println(n)
		if n == 3 {
			break
		}
	}
	// Output:
	// 1
	// skip: strconv.Atoi: parsing "two": invalid syntax
	// 3
}

// When the context ends, the last error says so, and why.
func ExampleStream_All_deadline() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	silent := make(chan int)
	for n, err := range stream.FromChan(silent).All(ctx) {
		fmt.Println(n, errors.Is(err, future.ErrNotDone), errors.Is(err, context.DeadlineExceeded))
	}
	// Output: 0 true true
}

// The first error ends the run, and comes with the items before it.
func ExampleStream_Collect() {
	ctx := context.Background()
	fmt.Println(stream.Transform(stream.FromSlice([]string{"1", "2", "x", "4"}), strconv.Atoi).Collect(ctx))
	// Output: [1 2] strconv.Atoi: parsing "x": invalid syntax
}

// The function runs in the caller, one item after the other, so it needs no lock.
func ExampleStream_ForEach() {
	ctx := context.Background()
	err := stream.FromSlice([]string{"mill", "race"}).ForEach(ctx, func(word string) error {
		_, err := fmt.Fprintln(os.Stdout, word)
		return err
	})
	fmt.Println(err)
	// Output:
	// mill
	// race
	// <nil>
}

// The first answer is enough: the other requests are cancelled.
func ExampleStream_First() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	ask := func(ctx context.Context, mirror string) (string, error) {
		if mirror == "slow" {
			<-ctx.Done()
			return "", ctx.Err()
		}
		return "answer of " + mirror, nil
	}
	mirrors := stream.FromSlice([]string{"fast", "slow"})
	fmt.Println(stream.Map(mirrors, p, ask).First(ctx))
	// Output: answer of fast true <nil>
}

func ExampleStream_Count() {
	ctx := context.Background()
	long := func(word string) bool { return len(word) > 3 }
	fmt.Println(stream.FromSlice([]string{"the", "mill", "race"}).Filter(long).Count(ctx))
	// Output: 2 <nil>
}

// Drain is for a stream that is run for what its functions do.
func ExampleStream_Drain() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	store := func(_ context.Context, row int) (int, error) {
		if row == 3 {
			return 0, errors.New("row 3: no such table")
		}
		return row, nil
	}
	fmt.Println(stream.Map(stream.FromSlice([]int{1, 2, 3}), p, store).Drain(ctx))
	// Output: row 3: no such table
}

func ExampleReduce() {
	ctx := context.Background()
	longest := func(a, b string) (string, error) {
		if len(b) > len(a) {
			return b, nil
		}
		return a, nil
	}
	fmt.Println(stream.Reduce(ctx, stream.FromSlice([]string{"the", "wheel", "turns"}), "", longest))
	// Output: wheel <nil>
}

// Events of one user are applied in order, those of different users in parallel.
func ExampleReduceByKey() {
	type event struct {
		user   string
		change int
	}
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	events := stream.FromSlice([]event{{"anna", 5}, {"ben", 1}, {"anna", -2}, {"ben", 3}})
	balance, err := stream.ReduceByKey(ctx, events, p,
		func(e event) string { return e.user },
		func(user string) int { return 100 }, // what each has at first
		func(_ context.Context, sum int, e event) (int, error) { return sum + e.change, nil })
	fmt.Println(balance, err)
	// Output: map[anna:103 ben:104] <nil>
}

// A channel of results, for code that selects. A receiver that stops early must end the
// context.
func ExampleToChan() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()

	results := stream.ToChan(ctx, stream.Transform(stream.FromSlice([]string{"1", "x", "3"}), strconv.Atoi))
	timeout := time.After(time.Minute)
	for {
		select {
		case r, ok := <-results:
			if !ok {
				return
			}
			fmt.Println(r.Value, r.Err)
		case <-timeout:
			fmt.Println("too slow")
			return
		}
	}
	// Output:
	// 1 <nil>
	// 0 strconv.Atoi: parsing "x": invalid syntax
	// 3 <nil>
}
