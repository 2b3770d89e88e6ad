package pool_test

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// A batch counts what a call must not leave behind.
type batch struct{ at, peak gauge }

func (b *batch) enter() func() { b.at.add(1); return func() { b.at.add(-1) } }

func (b *batch) none(c *crowd, call string) {
	if n := b.at.now.Load(); n != 0 {
		c.errorf("%s returns while %d of its functions run", call, n)
	}
}

// branch is a function of Join or First.
func (b *batch) branch(c *crowd) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		defer b.enter()()
		return c.task(ctx)
	}
}

func (c *crowd) join(ctx context.Context) {
	var b batch
	defer b.none(c, "Join")
	if _, _, err := pool.Join(ctx, c.place().ex, b.branch(c), b.branch(c)); err != nil && !known(err) {
		c.errorf("Join() = %v", err)
	}
}

func (c *crowd) first(ctx context.Context) {
	var b batch
	defer b.none(c, "First")
	if _, err := pool.First(ctx, c.place().ex, b.branch(c), b.branch(c), b.branch(c)); err != nil && !known(err) {
		c.errorf("First() = %v", err)
	}
}

const crowdItems = 5

// items returns a function for the items of a map, and options for them.
func (c *crowd) items(at *place, b *batch) (func(context.Context, int) (int, error), []millrace.MapOption) {
	var calls [crowdItems]atomic.Int32
	weight, attempts, opts := int64(1), int32(1), []millrace.MapOption(nil)
	if c.dice(2) == 0 {
		n := 1 + c.dice(3)
		opts = append(opts, millrace.WithConcurrency(n))
		c.t.Cleanup(func() { b.peak.want(c.t, "items at work", int64(n)) })
	}
	switch c.dice(8) {
	case 0:
		weight = int64(c.dice(3))
		opts = append(opts, millrace.WithWeight(weight))
	case 1:
		opts = append(opts, millrace.PerItem(func(i int) []millrace.TaskOption {
			return []millrace.TaskOption{millrace.WithKey(10 + i%2), millrace.WithPriority(i % 3)}
		}))
	case 2:
		opts = append(opts, millrace.PerItem(func(i int) []millrace.TaskOption {
			return []millrace.TaskOption{millrace.WithDelay(c.time()), millrace.WithMaxWait(5 * time.Second)}
		}))
	case 3:
		attempts = 2
		opts = append(opts, millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return 500 * time.Millisecond, n < 2 }))
	case 4:
		opts = append(opts, millrace.WithTimeout(c.time()))
	case 5:
		opts = append(opts, millrace.WithTaskName("item"))
	}
	return func(ctx context.Context, i int) (int, error) {
		defer b.enter()()
		if n := calls[i].Add(1); n > attempts {
			c.errorf("item %d is called %d times", i, n)
		}
		if at.site.paused.over() || at.site.ended.over() {
			c.errorf("item %d begins in a pause, or after the end of its pool", i)
		}
		_, err := c.body(ctx, at, weight, &b.peak)
		return i, err
	}, opts
}

// forN is a map over numbers, which ends at its first error.
func (c *crowd) forN(ctx context.Context) {
	at, b := c.place(), new(batch)
	fn, opts := c.items(at, b)
	defer b.none(c, "a map over a slice")
	in := []int{0, 1, 2, 3, 4}
	var err error
	switch c.dice(4) {
	case 0:
		err = pool.ForN(ctx, at.ex, crowdItems, func(ctx context.Context, i int) error { _, err := fn(ctx, i); return err }, opts...)
	case 1:
		err = pool.ForEach(ctx, at.ex, slices.Values(in), func(ctx context.Context, i int) error { _, err := fn(ctx, i); return err }, opts...)
	case 2:
		var out []int
		if out, err = pool.MapSlice(ctx, at.ex, in, fn, opts...); err == nil && !slices.Equal(out, in) {
			c.errorf("MapSlice() = %v", out)
		}
	case 3:
		var sum int
		if sum, err = pool.Reduce(ctx, at.ex, in, func(ctx context.Context, a, b int) (int, error) {
			_, err := c.task(ctx)
			return a + b, err
		}); err == nil && sum != 10 {
			c.errorf("Reduce() = %d", sum)
		}
	}
	if err != nil && !known(err) {
		c.errorf("a map over a slice = %v", err)
	}
}

// each is a map, of which not all items may be asked for.
func (c *crowd) each(ctx context.Context) {
	at, b := c.place(), new(batch)
	fn, opts := c.items(at, b)
	defer b.none(c, "Map")
	window, pulled, yielded, left := 1+c.dice(4), atomic.Int32{}, atomic.Int32{}, 1+c.dice(7)
	opts = append(opts, millrace.WithWindow(window))
	ordered := c.dice(2) == 0
	if !ordered {
		opts = append(opts, millrace.Unordered())
	}
	in := func(yield func(int) bool) {
		for i := range crowdItems {
			if n := int(pulled.Add(1) - yielded.Load()); n > window+1 { // one may be on its way to the loop
				c.errorf("%d items are pulled and not delivered, the window is %d", n, window)
			}
			if !yield(i) {
				return
			}
		}
	}
	last := -1
	for v, err := range pool.Map(ctx, at.ex, in, fn, opts...) {
		yielded.Add(1)
		switch {
		case err != nil && !known(err):
			c.errorf("Map yields %v", err)
		case err == nil && ordered && v <= last:
			c.errorf("Map yields %d after %d", v, last)
		case err == nil:
			last = v
		}
		if left--; left == 0 {
			break
		}
	}
}
