package work

import (
	"context"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

// Goroutines, bare and with golang.org/x/sync. Without a limit there is no pool
// to open.

func submitGoChannel(_ int, run task) session {
	return session{all: func(lo, hi int) int {
		return overOwnChannels(lo, hi, run, func(f func()) { go f() })
	}}
}

// overOwnChannels gives each task to start and takes its result from a channel of
// its own, which is a future in plain Go.
func overOwnChannels(lo, hi int, run task, start func(func())) int {
	results := make([]chan outcome, 0, hi-lo)
	for i := lo; i < hi; i++ {
		result := make(chan outcome, 1)
		results = append(results, result)
		start(func() {
			v, err := run(i)
			result <- outcome{v, err}
		})
	}
	total := 0
	for _, result := range results {
		o := <-result
		must(o.err)
		total += o.v
	}
	return total
}

// submitGoSelect waits under a context that can end, as Await does.
func submitGoSelect(_ int, run task) session {
	ctx, end := context.WithCancel(background)
	return session{all: func(lo, hi int) int {
		results := make([]chan outcome, 0, hi-lo)
		for i := lo; i < hi; i++ {
			result := make(chan outcome, 1)
			results = append(results, result)
			go func() {
				v, err := run(i)
				result <- outcome{v, err}
			}()
		}
		total := 0
		for _, result := range results {
			select {
			case o := <-result:
				must(o.err)
				total += o.v
			case <-ctx.Done():
				must(context.Cause(ctx))
			}
		}
		return total
	}, close: end}
}

func submitWaitGroup(_ int, run task) session {
	return session{all: func(lo, hi int) int {
		c := newCollector(hi - lo)
		for i := lo; i < hi; i++ {
			go c.do(run, i-lo, i)
		}
		return c.sum()
	}}
}

func submitErrgroup(w int, run task) session {
	return session{batch: func(producers, n int) int {
		var g errgroup.Group
		g.SetLimit(w)
		results := handIn(producers, n, run, g.Go)
		must(g.Wait())
		return sum(results)
	}}
}

func submitSemaphore(w int, run task) session {
	slots := semaphore.NewWeighted(int64(w))
	return session{all: func(lo, hi int) int {
		c := newCollector(hi - lo)
		for i := lo; i < hi; i++ {
			must(slots.Acquire(background, 1))
			go func() {
				defer slots.Release(1)
				c.do(run, i-lo, i)
			}()
		}
		return c.sum()
	}}
}
