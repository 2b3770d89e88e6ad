package pool_test

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

var (
	crowds    = flag.Int("crowd", 100, "how many crowds TestCrowd makes")
	crowdSeed = flag.Uint64("crowd.seed", 0, "the first seed of TestCrowd")
)

// A crowd is tasks of several pools that do whatever the package can do, in several goroutines
// each, some of which outlive their task. Every wait is ended by its context, if by nothing
// else: by the caller's, or by one that has a deadline. What must hold whatever the schedule is
// checked, see [job] for tasks and [crowdOps] for the rest.
//
// Time is virtual and coarse, so that much happens at the same instant.
type crowd struct {
	t    *testing.T
	seed uint64
	wg   sync.WaitGroup // of the goroutines

	mu     sync.Mutex
	rand   *rand.Rand
	left   int // steps
	fs     []*intFuture
	jobs   []*job
	sites  []*site
	places []*place // the pools, and groups over them and over one another
	ctxs   []context.Context
	set    *future.Set[int]
}

func (c *crowd) errorf(format string, args ...any) {
	c.t.Errorf("seed %d: "+format, append([]any{c.seed}, args...)...)
}

func (c *crowd) dice(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rand.IntN(n)
}

// anyOf returns one of the values.
func anyOf[T any](c *crowd, from ...T) T { return from[c.dice(len(from))] }

func (c *crowd) time() time.Duration { return time.Duration(1+c.dice(6)) * 500 * time.Millisecond }

// some returns a future of the crowd, and place an executor of it.
func (c *crowd) some() *intFuture {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fs[c.rand.IntN(len(c.fs))]
}

func (c *crowd) place() *place {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.places[c.rand.IntN(len(c.places))]
}

func (c *crowd) keep(f *intFuture) *intFuture {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fs = append(c.fs, f)
	return f
}

// A site is a pool, and what is at work in it.
type site struct {
	p             *pool.Pool
	workers       int64
	callers       bool // CallerRuns: there is no bound on what runs
	maxWeight     int64
	slots, weight gauge
	keys          [2]gauge
	pausing       sync.Mutex
	paused, ended instant
	watch         *crowdObserver
}

// A place is an executor: a pool, or a group.
type place struct {
	ex     pool.Executor
	site   *site
	outer  *place // nil of a pool
	limit  int64  // 0: none
	inside gauge
	ended  instant
}

// An instant is when something was done; it is zero if it is not.
type instant struct{ at atomic.Int64 }

func (i *instant) set()   { i.at.CompareAndSwap(0, time.Now().UnixNano()) }
func (i *instant) clear() { i.at.Store(0) }

// over reports whether time has passed since then.
func (i *instant) over() bool {
	at := i.at.Load()
	return at != 0 && time.Now().UnixNano() > at
}

// work takes a while in a slot of the place, and counts there: the slot is not lent, as nothing
// is waited for. In no place, it does not count.
func (c *crowd) work(at *place, weight int64, gauges ...*gauge) {
	if at == nil {
		time.Sleep(c.time())
		return
	}
	enter := func(g *gauge, n int64) func() { g.add(n); return func() { g.add(-n) } }
	defer enter(&at.site.slots, 1)()
	defer enter(&at.site.weight, weight)()
	for p := at; p != nil; p = p.outer {
		defer enter(&p.inside, 1)()
	}
	for _, g := range gauges {
		defer enter(g, 1)()
	}
	time.Sleep(time.Duration(c.dice(4)) * 500 * time.Millisecond)
}

// body is what a task or an item does: it works, or takes some steps.
func (c *crowd) body(ctx context.Context, at *place, weight int64, gauges ...*gauge) (int, error) {
	if c.dice(3) == 0 {
		c.work(at, weight, gauges...)
		return c.outcome()
	}
	c.mu.Lock()
	c.ctxs = append(c.ctxs, ctx)
	c.mu.Unlock()
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
			go func() { defer c.wg.Done(); defer c.recovered(); c.step(ctx) }()
			continue
		}
		c.step(ctx)
	}
	return c.outcome()
}

// task is a body that is not a task itself.
func (c *crowd) task(ctx context.Context) (int, error) { return c.body(ctx, nil, 0) }

func (c *crowd) outcome() (int, error) {
	switch c.dice(24) {
	case 0:
		panic(errBoom)
	case 1:
		runtime.Goexit()
	case 2, 3, 4, 5, 6:
		return 0, errBoom
	}
	return 1, nil
}

// recovered ends a panic of outcome. It is to be deferred by goroutines that are no task.
func (c *crowd) recovered() {
	if v := recover(); v != nil && v != errBoom {
		panic(v)
	}
}

// context returns ctx, or another one, which ends.
func (c *crowd) context(ctx context.Context) (context.Context, func()) {
	switch c.dice(10) {
	case 0, 1:
		return context.WithTimeout(ctx, c.time())
	case 2, 3:
		return context.WithTimeout(context.WithoutCancel(ctx), c.time())
	case 4:
		ctx, cancel := context.WithCancelCause(ctx)
		stop := time.AfterFunc(c.time(), func() { cancel(errBoom) }).Stop
		return ctx, func() { stop(); cancel(nil) }
	case 5:
		return context.WithTimeout(foreignContext{ctx}, c.time())
	case 6:
		ctx, cancel := context.WithTimeout(ctx, c.time())
		return foreignContext{ctx}, cancel
	case 7:
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.ctxs) > 0 { // of another task, which may have ended
			return context.WithTimeout(c.ctxs[c.rand.IntN(len(c.ctxs))], time.Second)
		}
	}
	return ctx, func() {}
}

// A foreignContext is of a type that package context does not know.
type foreignContext struct{ context.Context }

// step does one of the operations.
func (c *crowd) step(ctx context.Context) {
	ctx, stop := c.context(ctx)
	defer stop()
	crowdOps[c.dice(len(crowdOps))].do(c, ctx)
}

func (c *crowd) newPool(ctx context.Context) {
	s := &site{workers: int64(1 + c.dice(3))}
	opts := []millrace.PoolOption{millrace.WithWorkers(int(s.workers)), millrace.WithIdleTimeout(time.Duration(c.dice(2)) * time.Second)}
	if c.dice(4) == 0 {
		o := millrace.Overflow(c.dice(4))
		s.callers = o == millrace.CallerRuns
		opts = append(opts, millrace.WithQueue(c.dice(3)), millrace.WithOverflow(o))
	}
	if c.dice(4) == 0 {
		s.maxWeight = 2
		opts = append(opts, millrace.WithMaxWeight(2))
	}
	switch c.dice(8) {
	case 0:
		opts = append(opts, millrace.WithRate(1, 1+c.dice(2)))
	case 1:
		ctx, cancel := context.WithTimeout(ctx, 10*c.time())
		_ = cancel // it ends by itself
		opts = append(opts, millrace.WithContext(ctx))
	case 2:
		var calls atomic.Int32
		opts = append(opts, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			if c.dice(3) == 0 {
				time.Sleep(c.time())
			}
			if calls.Add(1) == 4 {
				return ctx, errBoom
			}
			return ctx, nil
		}))
	}
	if c.dice(3) == 0 {
		s.watch = &crowdObserver{c: c, s: s}
		opts = append(opts, millrace.WithObserver(s.watch))
	}
	s.p = pool.New(opts...)
	c.sites = append(c.sites, s)
	c.places = append(c.places, &place{ex: s.p, site: s})
}

// TestCrowd looks for waits that do not end, slots that are lost, and outcomes that are wrong.
// Run it with the build tag invariants, and with -crowd for more.
func TestCrowd(t *testing.T) {
	for seed := *crowdSeed; seed < *crowdSeed+uint64(*crowds); seed++ {
		bubble.Run(t, func(t *testing.T) {
			c := &crowd{t: t, seed: seed, rand: rand.New(rand.NewPCG(seed, 0)), left: 200, set: future.NewSet[int]()}
			c.fs = append(c.fs, future.Resolved(1))
			ctx, cancel := context.WithTimeout(bg, time.Minute)
			defer cancel()
			for range 1 + c.dice(3) {
				c.newPool(ctx)
			}
			for range 5 {
				c.submit(ctx)
			}
			time.Sleep(time.Hour)
			c.wg.Wait()
			for _, s := range c.sites {
				if st := stats(t, s.p); st.Running+st.Waiting+st.Queued+st.Deferred+st.Blocked != 0 || st.Weight != 0 || st.OldestQueued != 0 {
					c.errorf("Stats() of a pool at rest = %+v", st)
				}
				s.p.Close()
			}
			c.check()
		})
		if t.Failed() {
			return
		}
	}
}

// check looks at what is left when all pools have closed.
func (c *crowd) check() {
	c.mu.Lock()
	jobs, fs := c.jobs, c.fs
	c.mu.Unlock()
	for _, j := range jobs {
		j.check(c)
	}
	for _, f := range fs {
		if !f.State().Settled() {
			c.errorf("%v long after its context has ended", f)
		}
	}
	for _, s := range c.sites {
		if st := s.p.Stats(); st.Goroutines != 0 {
			c.errorf("Stats() after Close = %+v", st)
		}
		if !s.callers {
			s.slots.want(c.t, "tasks at work", s.workers)
		}
		if s.maxWeight > 0 {
			s.weight.want(c.t, "weight", s.maxWeight)
		}
		for i := range s.keys {
			s.keys[i].want(c.t, "tasks of one key", 1)
		}
		if f := pool.Submit(bg, s.p, nop); f.State() != future.Cancelled {
			c.errorf("a task that was submitted after Close: %v", f)
		}
		if s.watch != nil {
			s.watch.check()
		}
	}
	for _, p := range c.places {
		if p.limit > 0 {
			p.inside.want(c.t, "members at work", p.limit)
		}
		if g, ok := p.ex.(*pool.Group); ok {
			if st := g.Stats(); st.Running+st.Waiting+st.Queued+st.Deferred+st.Blocked != 0 || st.Weight != 0 {
				c.errorf("Stats() of a group at rest = %+v", st)
			}
		}
	}
}

// known reports whether an error, or the cause of a context, is one that a crowd can lead to.
func known(err error) bool {
	var panicked *future.PanicError
	var timeout *future.TimeoutError
	if errors.As(err, &panicked) {
		return panicked.Value == errBoom
	}
	for _, target := range []error{
		errBoom, future.ErrGoexit, future.ErrDeadlock, future.ErrTaskEnded, context.Canceled, context.DeadlineExceeded,
		pool.ErrClosed, pool.ErrStopped, pool.ErrBroken, pool.ErrQueueFull, pool.ErrTooHeavy, pool.ErrMaxWait,
		future.ErrCancelled, future.ErrEmpty,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	for _, text := range []string{"the loop over the map has ended", "did not return"} { // of a map, a Join, a scope
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return errors.As(err, &timeout)
}
