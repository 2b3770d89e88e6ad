package stream_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// Results come in the order of the source, although the first item takes
// longest.
func ExampleMap() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	square := func(_ context.Context, n int) (int, error) {
		time.Sleep(time.Duration(4-n) * time.Millisecond)
		return n * n, nil
	}
	squares := stream.Map(stream.FromSlice([]int{1, 2, 3}), p, square, millrace.WithConcurrency(3))
	fmt.Println(squares.Collect(ctx))
	// Output: [1 4 9] <nil>
}

// With Unordered a result is passed on as soon as it is there: here the first
// item waits until the others are through.
func ExampleMap_unordered() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	others := make(chan struct{})
	work := func(ctx context.Context, n int) (int, error) {
		if n == 1 {
			<-others
		}
		return n, nil
	}
	left := 2
	for n, err := range stream.Map(stream.FromSlice([]int{1, 2, 2}), p, work, millrace.Unordered()).All(ctx) {
		fmt.Println(n, err)
		if left--; left == 0 {
			close(others)
		}
	}
	// Output:
	// 2 <nil>
	// 2 <nil>
	// 1 <nil>
}

// One parallel stage that both tests and converts.
func ExampleFilterMap() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	lines := stream.FromSlice([]string{"# a comment", "port=80", "", "host=mill"})
	setting := func(_ context.Context, line string) (string, bool, error) {
		key, value, ok := strings.Cut(line, "=")
		return key + " is " + value, ok, nil
	}
	fmt.Println(stream.FilterMap(lines, p, setting).Collect(ctx))
	// Output: [port is 80 host is mill] <nil>
}

// Pages are fetched in parallel, and the items of each are passed on while it is
// read, in the order of the pages.
func ExampleFlatMap() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	page := func(_ context.Context, n int) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for _, part := range []string{"top", "bottom"} {
				if !yield(fmt.Sprintf("page %d, %s", n, part), nil) {
					return
				}
			}
		}
	}
	for item, err := range stream.FlatMap(stream.FromSlice([]int{1, 2}), p, page).All(ctx) {
		fmt.Println(item, err)
	}
	// Output:
	// page 1, top <nil>
	// page 1, bottom <nil>
	// page 2, top <nil>
	// page 2, bottom <nil>
}

// With options per item a stage holds as much memory as its files need, and no
// more than there is.
func ExampleMap_perItem() {
	type file struct {
		name string
		size int64
	}
	ctx := context.Background()
	p := pool.New(millrace.WithMaxWeight(100))
	defer p.Close()

	var held, most atomic.Int64
	load := func(_ context.Context, f file) (string, error) {
		if now := held.Add(f.size); now > most.Load() {
			most.Store(now)
		}
		defer held.Add(-f.size)
		return f.name, nil
	}
	files := stream.FromSlice([]file{{"a", 60}, {"b", 70}, {"c", 30}, {"d", 100}})
	names, err := stream.Map(files, p, load, millrace.PerItem(func(f file) []millrace.TaskOption {
		return []millrace.TaskOption{millrace.WithWeight(f.size)}
	})).Collect(ctx)
	fmt.Println(names, err, "at most 100:", most.Load() <= 100)
	// Output: [a b c d] <nil> at most 100: true
}
