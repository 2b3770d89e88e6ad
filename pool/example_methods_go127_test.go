//go:build go1.27

package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// With Go 1.27 everything is a method of the pool, or of a group.
func Example_methods() {
	ctx := context.Background()
	names := []string{"the", "mill", "race"}
	load := func(context.Context) (string, error) { return "loaded", nil }
	size := func(_ context.Context, name string) (int, error) { return len(name), nil }
	fetch := func(context.Context) error { return nil }
	parse := fetch

	p := pool.New(millrace.WithWorkers(8)) // at most 8 tasks at once
	defer p.Close()

	f := p.Submit(ctx, load)
	config, err := f.Await(ctx)
	fmt.Println(config, err)

	sizes, err := p.MapSlice(ctx, names, size)
	fmt.Println(sizes, err)

	err = p.Scope(ctx, func(ctx context.Context, g *pool.Group) error {
		g.Go(ctx, fetch)
		g.Go(ctx, parse)
		return nil
	})

	fmt.Println(err)
	// Output:
	// loaded <nil>
	// [3 4 4] <nil>
	// <nil>
}

func ExamplePool_Submit() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	f := p.Submit(ctx, func(context.Context) (int, error) { return 6 * 7, nil })
	fmt.Println(f.Await(ctx))
	// Output: 42 <nil>
}

func ExamplePool_Go() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	f := p.Go(ctx, func(context.Context) error { return errors.New("disk full") })
	_, err := f.Await(ctx)
	fmt.Println(err)
	// Output: disk full
}

// A chain of tasks, none of which blocks a worker for another.
func ExamplePool_Then() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	text := p.Submit(ctx, func(context.Context) (string, error) { return "42", nil })
	number := p.Then(ctx, text, func(_ context.Context, s string) (int, error) { return strconv.Atoi(s) })
	half := p.Then(ctx, number, func(_ context.Context, n int) (int, error) { return n / 2, nil })
	fmt.Println(half.Await(ctx))
	// Output: 21 <nil>
}

// Results come in the order of the input, and an error in the place of its item.
func ExamplePool_Map() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	parse := func(_ context.Context, s string) (int, error) { return strconv.Atoi(s) }
	for n, err := range p.Map(ctx, slices.Values([]string{"1", "two", "3"}), parse) {
		fmt.Println(n, err)
	}
	// Output:
	// 1 <nil>
	// 0 strconv.Atoi: parsing "two": invalid syntax
	// 3 <nil>
}

func ExamplePool_MapSlice() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	length := func(_ context.Context, word string) (int, error) { return len(word), nil }
	fmt.Println(p.MapSlice(ctx, []string{"the", "mill", "race"}, length))
	// Output: [3 4 4] <nil>
}

// ForEach is for effects. It returns at the first error, with the item's index.
func ExamplePool_ForEach() {
	ctx := context.Background()
	p := pool.New(millrace.WithWorkers(1))
	defer p.Close()

	check := func(_ context.Context, port int) error {
		if port == 443 {
			return errors.New("port is taken")
		}
		return nil
	}
	fmt.Println(p.ForEach(ctx, slices.Values([]int{80, 443, 8080}), check))
	// Output: item 1: port is taken
}

func ExamplePool_ForN() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	squares := make([]int, 5)
	err := p.ForN(ctx, len(squares), func(_ context.Context, i int) error {
		squares[i] = i * i
		return nil
	})
	fmt.Println(squares, err)
	// Output: [0 1 4 9 16] <nil>
}

// Neighbours are combined first, so fn need not be commutative.
func ExamplePool_Reduce() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	concat := func(_ context.Context, a, b string) (string, error) { return a + b, nil }
	fmt.Println(p.Reduce(ctx, []string{"m", "i", "l", "l"}, concat))
	// Output: mill <nil>
}

// Divide and conquer: both halves at once, if a worker is free.
func ExamplePool_Join() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	var sum func(ctx context.Context, numbers []int) (int, error)
	sum = func(ctx context.Context, numbers []int) (int, error) {
		if len(numbers) == 1 {
			return numbers[0], nil
		}
		half := len(numbers) / 2
		a, b, err := p.Join(ctx,
			func(ctx context.Context) (int, error) { return sum(ctx, numbers[:half]) },
			func(ctx context.Context) (int, error) { return sum(ctx, numbers[half:]) },
		)
		return a + b, err
	}
	fmt.Println(sum(ctx, []int{1, 2, 3, 4, 5}))
	// Output: 15 <nil>
}

// The first success of several mirrors; those that still run are cancelled and waited for.
func ExamplePool_First() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	fmt.Println(p.First(ctx,
		func(context.Context) (string, error) { return "", errors.New("mirror a is down") },
		func(context.Context) (string, error) { return "from mirror b", nil },
	))
	// Output: from mirror b <nil>
}

// What errgroup does: the first failure ends the others and is the result.
func ExamplePool_Scope() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	err := p.Scope(ctx, func(ctx context.Context, g *pool.Group) error {
		g.Go(ctx, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		g.Go(ctx, func(context.Context) error { return errors.New("no such order") })
		return nil
	})
	fmt.Println(err)
	// Output: no such order
}

// A group is a view of a pool with a limit of its own. It is submitted to as a pool is.
func ExamplePool_Group() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	var queries atomic.Int32
	database := p.Group(ctx, millrace.WithLimit(2))
	for range 5 {
		database.Go(ctx, func(context.Context) error { queries.Add(1); return nil })
	}
	fmt.Println(database.Wait(), queries.Load())
	// Output: <nil> 5
}
