package pool_test

import (
	"context"
	"flag"
	"math/rand/v2"
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
	ex pool.Executor
	wg sync.WaitGroup // of the goroutines

	mu   sync.Mutex
	rand *rand.Rand
	left int // steps
	fs   []*intFuture
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

func (c *crowd) submit(ctx context.Context) *intFuture {
	var opts []millrace.TaskOption
	switch c.dice(8) {
	case 0:
		opts = append(opts, millrace.WithDelay(c.time()))
	case 1:
		opts = append(opts, millrace.WithTimeout(c.time()))
	}
	f := pool.Submit(ctx, c.ex, c.task, opts...)
	c.mu.Lock()
	c.fs = append(c.fs, f)
	c.mu.Unlock()
	return f
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
	switch c.dice(9) {
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
		pool.Join(ctx, c.ex, c.task, c.task)
	case 8:
		pool.ForN(ctx, c.ex, 3, func(ctx context.Context, _ int) error { _, err := c.task(ctx); return err })
	}
}

// TestCrowd looks for waits that do not end and slots that are lost. Run it with the build tag
// invariants, and with -crowd for more.
func TestCrowd(t *testing.T) {
	for seed := range uint64(*crowds) {
		bubble.Run(t, func(t *testing.T) {
			c := &crowd{rand: rand.New(rand.NewPCG(seed, 0)), left: 200, set: future.NewSet[int]()}
			c.fs = append(c.fs, future.Resolved(1))
			p := pool.New(millrace.WithWorkers(1 + c.dice(3)))
			c.ex = p
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
