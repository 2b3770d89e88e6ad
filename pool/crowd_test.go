package pool_test

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

var crowds = flag.Int("crowd", 100, "how many crowds TestCrowd makes")

// A crowd is tasks that wait for one another in several goroutines each, some of which outlive
// their task. Every wait is ended by its context, if by nothing else: by the caller's, or by
// one that has a deadline.
type crowd struct {
	wg sync.WaitGroup // of the goroutines

	mu   sync.Mutex
	rand *rand.Rand
	left int // steps
	fs   []*intFuture
	exs  []pool.Executor // the pool, and groups over it and over one another
	set  *future.Set[int]
}

func (c *crowd) dice(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rand.IntN(n)
}

func (c *crowd) time() time.Duration { return time.Duration(1+c.dice(3000)) * time.Millisecond }

// some returns a future of the crowd.
func (c *crowd) some() *intFuture {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fs[c.rand.IntN(len(c.fs))]
}

// executor returns the pool, or one of its groups.
func (c *crowd) executor() pool.Executor {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.exs[c.rand.IntN(len(c.exs))]
}

func (c *crowd) options() (opts []millrace.TaskOption) {
	switch c.dice(16) {
	case 0, 1:
		opts = append(opts, millrace.WithDelay(c.time()))
	case 2, 3:
		opts = append(opts, millrace.WithTimeout(c.time()))
	case 4:
		opts = append(opts, millrace.WithMaxWait(c.time()))
	case 5:
		opts = append(opts, millrace.WithKey(c.dice(2)))
	case 6:
		opts = append(opts, millrace.WithPriority(c.dice(2)))
	case 7:
		opts = append(opts, millrace.WithFlow(c.dice(2)))
	case 8:
		delay := c.time()
		opts = append(opts, millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return delay, n < 3 }))
	case 9:
		opts = append(opts, millrace.WithWeight(int64(c.dice(3))))
	}
	return opts
}

func (c *crowd) submit(ctx context.Context) *intFuture {
	return c.keep(pool.Submit(ctx, c.executor(), c.task, c.options()...))
}

func (c *crowd) keep(f *intFuture) *intFuture {
	c.mu.Lock()
	c.fs = append(c.fs, f)
	c.mu.Unlock()
	return f
}

// group makes a group over an executor, in which others may submit, too, and waits for it.
func (c *crowd) group(ctx context.Context) {
	opts := []millrace.GroupOption{[]millrace.GroupOption{nil, millrace.CollectErrors(), millrace.IgnoreErrors()}[c.dice(3)]}
	if c.dice(2) == 0 {
		opts = append(opts, millrace.WithLimit(1+c.dice(2)))
	}
	g := pool.NewGroup(ctx, c.executor(), opts...)
	c.mu.Lock()
	c.exs = append(c.exs, g)
	c.mu.Unlock()
	c.keep(pool.Submit(ctx, g, c.task, c.options()...))
	switch c.dice(4) {
	case 0:
		g.Cancel(errBoom)
	case 1:
		g.SetLimit(1 + c.dice(3))
	}
	g.Wait()
}

// permit holds a permit for a while.
func (c *crowd) permit(ctx context.Context) {
	release, err := pool.Acquire(ctx, c.executor())
	if err != nil {
		return
	}
	time.Sleep(c.time())
	release()
}

// each is a map, of which not all items may be asked for.
func (c *crowd) each(ctx context.Context) {
	left := c.dice(4)
	item := func(ctx context.Context, _ int) (int, error) { return c.task(ctx) }
	for range pool.Map(ctx, c.executor(), slices.Values([]int{1, 2, 3}), item, millrace.WithWindow(1+c.dice(3))) {
		if left--; left < 0 {
			break
		}
	}
}

func (c *crowd) task(ctx context.Context) (int, error) {
	for range 1 + c.dice(4) {
		c.mu.Lock()
		c.left--
		over := c.left < 0
		c.mu.Unlock()
		if over {
			break
		}
		if c.dice(3) == 0 {
			c.wg.Add(1)
			go func() { defer c.wg.Done(); c.step(ctx) }()
			continue
		}
		c.step(ctx)
	}
	if c.dice(4) == 0 {
		return 0, errBoom
	}
	return 1, nil
}

func (c *crowd) step(ctx context.Context) {
	stop := func() {}
	switch c.dice(4) {
	case 0:
		ctx, stop = context.WithTimeout(ctx, c.time())
	case 1:
		ctx, stop = context.WithTimeout(context.WithoutCancel(ctx), c.time())
	}
	defer stop()
	switch c.dice(14) {
	case 0:
		pool.Outside(ctx, func() { time.Sleep(c.time()) })
	case 1:
		time.Sleep(c.time())
	case 2:
		c.set.Add(c.submit(ctx))
	case 3:
		c.set.Next(ctx)
	case 4:
		c.some().Await(ctx)
	case 5:
		c.some().Abort(errBoom)
	case 6:
		future.All(ctx, c.some(), c.submit(ctx))
	case 7:
		pool.Join(ctx, c.executor(), c.task, c.task)
	case 8:
		pool.ForN(ctx, c.executor(), 3, func(ctx context.Context, _ int) error { _, err := c.task(ctx); return err })
	case 9:
		c.group(ctx)
	case 10:
		c.permit(ctx)
	case 11:
		c.each(ctx)
	case 12:
		c.keep(pool.Then(ctx, c.executor(), c.some(), func(ctx context.Context, _ int) (int, error) { return c.task(ctx) }, c.options()...))
	case 13:
		pool.First(ctx, c.executor(), c.task, c.task)
	}
}

func (c *crowd) newPool() *pool.Pool {
	opts := []millrace.PoolOption{millrace.WithWorkers(1 + c.dice(3))}
	switch c.dice(8) {
	case 0:
		opts = append(opts, millrace.WithQueue(c.dice(3)), millrace.WithOverflow(millrace.Overflow(c.dice(4))))
	case 1:
		opts = append(opts, millrace.WithMaxWeight(2))
	case 2:
		opts = append(opts, millrace.WithRate(1, 1+c.dice(2)))
	}
	p := pool.New(opts...)
	c.exs = append(c.exs, p)
	return p
}

// TestCrowd looks for waits that do not end and slots that are lost. Run it with the build tag
// invariants, and with -crowd for more.
func TestCrowd(t *testing.T) {
	for seed := range uint64(*crowds) {
		bubble.Run(t, func(t *testing.T) {
			c := &crowd{rand: rand.New(rand.NewPCG(seed, 0)), left: 200, set: future.NewSet[int]()}
			c.fs = append(c.fs, future.Resolved(1))
			p := c.newPool()
			ctx, cancel := context.WithTimeout(bg, time.Minute)
			defer cancel()
			for range 5 {
				c.submit(ctx)
			}
			time.Sleep(time.Hour)
			c.mu.Lock()
			fs := c.fs
			c.mu.Unlock()
			for _, f := range fs {
				if s := f.State(); !s.Settled() {
					t.Errorf("seed %d: a task is %v long after its context has ended", seed, s)
					continue
				}
				var panicked *future.PanicError
				if _, err := f.Await(bg); errors.As(err, &panicked) {
					t.Errorf("seed %d: %+v", seed, panicked)
				}
			}
			c.wg.Wait()
			if s := stats(t, p); s.Running+s.Waiting+s.Queued+s.Deferred != 0 {
				t.Errorf("seed %d: Stats() of a pool at rest = %+v", seed, s)
			}
			p.Close()
		})
		if t.Failed() {
			return
		}
	}
}
