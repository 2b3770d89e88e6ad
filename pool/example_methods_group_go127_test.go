//go:build go1.27

package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// A group has the methods of a pool. Their results are of its members.
func ExampleGroup_Submit() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	var total int
	err := p.Scope(ctx, func(ctx context.Context, g *pool.Group) error {
		apples := g.Submit(ctx, func(context.Context) (int, error) { return 3, nil })
		pears := g.Submit(ctx, func(context.Context) (int, error) { return 4, nil })
		a, err := apples.Await(ctx)
		if err != nil {
			return err
		}
		b, err := pears.Await(ctx)
		total = a + b
		return err
	})
	fmt.Println(total, err)
	// Output: 7 <nil>
}

// A map on a group shares the group's limit, and ends with the group.
func ExampleGroup_Map() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	goods := slices.Values([]string{"flour", "bran"})
	_ = p.Scope(ctx, func(ctx context.Context, g *pool.Group) error {
		count := func(_ context.Context, name string) (string, error) { return "2 sacks of " + name, nil }
		for sacks, err := range g.Map(ctx, goods, count) {
			fmt.Println(sacks, err)
		}
		return nil
	}, millrace.WithLimit(2))
	// Output:
	// 2 sacks of flour <nil>
	// 2 sacks of bran <nil>
}

// The first failure of a member cancels the others.
func ExampleGroup_Go() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := p.Group(ctx)
	g.Go(ctx, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	g.Go(ctx, func(context.Context) error { return errors.New("the wheel is stuck") })
	fmt.Println(g.Wait())
	// Output: the wheel is stuck
}

// The continuation is a member, too: Wait waits for it.
func ExampleGroup_Then() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := p.Group(ctx)
	sacks := g.Submit(ctx, func(context.Context) (int, error) { return 12, nil })
	price := g.Then(ctx, sacks, func(_ context.Context, n int) (int, error) { return n * 30, nil })
	fmt.Println(g.Wait(), price.State())
	// Output: <nil> succeeded
}

// All loops over a group share its limit.
func ExampleGroup_MapSlice() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := p.Group(ctx, millrace.WithLimit(2)) // a query of the database holds one of two connections
	price := func(_ context.Context, name string) (int, error) { return len(name), nil }
	fmt.Println(g.MapSlice(ctx, []string{"rye", "wheat"}, price))
	fmt.Println(g.Wait())
	// Output:
	// [3 5] <nil>
	// <nil>
}

// The error of an item is the loop's. The group goes on.
func ExampleGroup_ForEach() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := p.Group(ctx)
	err := g.ForEach(ctx, slices.Values([]int{1, 0}), func(_ context.Context, n int) error {
		if n == 0 {
			return errors.New("empty")
		}
		return nil
	})
	fmt.Println(err)
	fmt.Println(g.Wait())
	// Output:
	// item 1: empty
	// <nil>
}

// The end of the group ends the loop.
func ExampleGroup_ForN() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := p.Group(ctx)
	err := g.ForN(ctx, 1000, func(ctx context.Context, i int) error {
		g.Cancel(errors.New("out of water"))
		<-ctx.Done()
		return nil
	})
	fmt.Println(err)
	_ = g.Wait()
	// Output: future: cancelled before it ran: out of water
}

func ExampleGroup_Reduce() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := p.Group(ctx)
	most := func(_ context.Context, a, b int) (int, error) { return max(a, b), nil }
	fmt.Println(g.Reduce(ctx, []int{3, 9, 4}, most))
	fmt.Println(g.Wait())
	// Output:
	// 9 <nil>
	// <nil>
}

func ExampleGroup_Join() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := p.Group(ctx)
	fmt.Println(g.Join(ctx,
		func(context.Context) (string, error) { return "flour", nil },
		func(context.Context) (int, error) { return 12, nil },
	))
	fmt.Println(g.Wait())
	// Output:
	// flour 12 <nil>
	// <nil>
}

// The functions that do not win are cancelled. The group goes on.
func ExampleGroup_First() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	g := p.Group(ctx)
	slow := func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() }
	fast := func(context.Context) (string, error) { return "the near mill", nil }
	fmt.Println(g.First(ctx, slow, fast))
	fmt.Println(g.Wait())
	// Output:
	// the near mill <nil>
	// <nil>
}

// A scope over a group: its members are members of both, and a failure acts on both.
func ExampleGroup_Scope() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	day := p.Group(ctx)
	err := day.Scope(ctx, func(ctx context.Context, morning *pool.Group) error {
		morning.Go(ctx, func(context.Context) error { return errors.New("a stone cracked") })
		return nil
	})
	fmt.Println(err)
	fmt.Println(day.Wait())
	// Output:
	// a stone cracked
	// a stone cracked
}

// A group over a group, with a limit of its own and failures of its own.
func ExampleGroup_Group() {
	ctx := context.Background()
	p := pool.New()
	defer p.Close()

	var calls atomic.Int32
	request := p.Group(ctx)
	extras := request.Group(ctx, millrace.WithLimit(1), millrace.IgnoreErrors())
	for range 3 {
		extras.Go(ctx, func(context.Context) error { calls.Add(1); return errors.New("no answer") })
	}
	fmt.Println(extras.Wait(), request.Wait(), calls.Load())
	// Output: <nil> <nil> 3
}
