package stream_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

func ExampleFromSlice() {
	ctx := context.Background()
	fmt.Println(stream.FromSlice([]string{"mill", "race"}).Collect(ctx))
	// Output: [mill race] <nil>
}

// Any iterator of the standard library is a source.
func ExampleFromSeq() {
	ctx := context.Background()
	goods := map[string]int{"flour": 3}
	fmt.Println(stream.FromSeq(maps.Keys(goods)).Collect(ctx))
	fmt.Println(stream.FromSeq(strings.SplitSeq("a,b,c", ",")).Collect(ctx))
	// Output:
	// [flour] <nil>
	// [a b c] <nil>
}

// What pool.Map yields, results and errors, is a source.
func ExampleFromSeq2() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	half := func(_ context.Context, n int) (int, error) {
		if n%2 == 1 {
			return 0, fmt.Errorf("%d is odd", n)
		}
		return n / 2, nil
	}
	halves := stream.FromSeq2(pool.Map(ctx, p, slices.Values([]int{2, 3, 4}), half))
	for n, err := range halves.All(ctx) {
		fmt.Println(n, err)
	}
	// Output:
	// 1 <nil>
	// 0 3 is odd
	// 2 <nil>
}

// The run ends when the channel is closed, or with its context.
func ExampleFromChan() {
	ctx := context.Background()
	orders := make(chan string)
	go func() {
		defer close(orders)
		for _, order := range []string{"wheat", "rye"} {
			orders <- order
		}
	}()
	fmt.Println(stream.FromChan(orders).Collect(ctx))
	// Output: [wheat rye] <nil>
}

// A function that is asked for the next item, and says io.EOF at the end. It may
// block: its context ends with the run.
func ExampleFromFunc() {
	ctx := context.Background()
	lines := bufio.NewScanner(strings.NewReader("one\ntwo\nthree\n"))
	next := func(context.Context) (string, error) {
		if lines.Scan() {
			return lines.Text(), nil
		}
		if err := lines.Err(); err != nil {
			return "", err
		}
		return "", io.EOF
	}
	fmt.Println(stream.FromFunc(next).Collect(ctx))
	// Output: [one two three] <nil>
}

// A source that each run opens anew, and closes however the run ends.
func ExampleFrom() {
	ctx := context.Background()
	rows := stream.From(func(ctx context.Context) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			fmt.Println("open")
			defer fmt.Println("close")
			for row := 1; row <= 3; row++ {
				if !yield(row, nil) {
					return
				}
			}
			yield(0, errors.New("the connection is lost"))
		}
	})
	fmt.Println(rows.Take(2).Collect(ctx))
	fmt.Println(rows.Collect(ctx))
	// Output:
	// open
	// close
	// [1 2] <nil>
	// open
	// close
	// [1 2 3] the connection is lost
}
