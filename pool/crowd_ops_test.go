package pool_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// crowdOps is what a step of a crowd may be.
var crowdOps []crowdOp

type crowdOp struct {
	name string
	do   func(c *crowd, ctx context.Context)
}

func init() { // the operations refer to crowdOps, by way of the tasks that they submit
	crowdOps = []crowdOp{
		{"Outside", func(c *crowd, ctx context.Context) { pool.Outside(ctx, func() { time.Sleep(c.time()) }) }},
		{"sleep", func(c *crowd, ctx context.Context) { time.Sleep(c.time()) }},
		{"Submit", func(c *crowd, ctx context.Context) { c.set.Add(c.submit(ctx)) }},
		{"Submit many", func(c *crowd, ctx context.Context) { c.submit(ctx); c.submit(ctx); c.submit(ctx) }},
		{"Then", func(c *crowd, ctx context.Context) { c.then(ctx, c.some()) }},
		{"Await", (*crowd).await},
		{"Await child", func(c *crowd, ctx context.Context) {
			f := c.submit(ctx)
			c.waits("Await", ctx, func() error { _, err := f.Await(ctx); return err }, f)
		}},
		{"Next", (*crowd).next},
		{"Wait", (*crowd).several},
		{"AsCompleted", (*crowd).completed},
		{"Cancel", (*crowd).cancel},
		{"Abort", func(c *crowd, _ context.Context) { c.some().Abort(errBoom) }},
		{"OnDone", (*crowd).onDone},
		{"Join", (*crowd).join},
		{"First", (*crowd).first},
		{"ForN", (*crowd).forN},
		{"Map", (*crowd).each},
		{"Group", (*crowd).group},
		{"Scope", (*crowd).scope},
		{"Acquire", (*crowd).permit},
		{"Promise", (*crowd).promise},
		{"PromiseFunc", (*crowd).promiseFunc},
		{"levers", (*crowd).levers},
		{"Stats", (*crowd).stats},
	}
}

// waits calls a wait for futures, which must end with its context and must not give up futures
// that have settled.
func (c *crowd) waits(what string, ctx context.Context, wait func() error, fs ...*intFuture) {
	began, settled := time.Now(), !slices.ContainsFunc(fs, func(f *intFuture) bool { return !f.State().Settled() })
	err := wait()
	c.inTime(what, ctx, began)
	if errors.Is(err, future.ErrNotDone) && (ctx.Err() == nil || !errors.Is(err, ctx.Err()) || settled) {
		c.errorf("%s = %v, with a context that has %v, of futures that had settled: %v", what, err, ctx.Err(), settled)
	}
	if err != nil && !known(err) {
		c.errorf("%s = %v", what, err)
	}
}

func (c *crowd) await(ctx context.Context) {
	f := c.some()
	c.waits("Await", ctx, func() error { _, err := f.Await(ctx); return err }, f)
}

func (c *crowd) next(ctx context.Context) {
	began := time.Now()
	f, err := c.set.Next(ctx)
	c.inTime("Next", ctx, began)
	if err == nil && !f.State().Settled() {
		c.errorf("Next yields %v", f)
	}
}

func (c *crowd) several(ctx context.Context) {
	fs := []*intFuture{c.some(), c.submit(ctx), c.some()}
	name := anyOf(c, "All", "AllSettled", "Any", "Race", "Wait")
	c.waits(name, ctx, func() (err error) {
		switch name {
		case "All":
			_, err = future.All(ctx, fs...)
		case "AllSettled":
			_, err = future.AllSettled(ctx, fs...)
		case "Any":
			_, err = future.Any(ctx, fs...)
		case "Race":
			_, err = future.Race(ctx, fs...)
		default:
			var done, not []*intFuture
			done, not, err = future.Wait(ctx, anyOf(c, future.AllCompleted, future.FirstCompleted, future.FirstFailed), fs...)
			if len(done)+len(not) != 3 || slices.ContainsFunc(done, func(f *intFuture) bool { return !f.State().Settled() }) {
				c.errorf("Wait() = %v, %v", done, not)
			}
		}
		return err
	}, fs...)
}

func (c *crowd) completed(ctx context.Context) {
	began, left := time.Now(), 1+c.dice(4)
	for f := range future.AsCompleted(ctx, c.some(), c.submit(ctx), c.submit(ctx), c.some()) {
		if !f.State().Settled() {
			c.errorf("AsCompleted yields %v", f)
		}
		if left--; left == 0 {
			break
		}
	}
	c.inTime("AsCompleted", ctx, began)
}

func (c *crowd) cancel(context.Context) {
	f := c.some()
	if ok := f.Cancel(); ok != (f.State() == future.Cancelled) && (ok || f.State() != future.Cancelled) {
		c.errorf("Cancel() = %v of %v", ok, f)
	}
}

// onDone submits, or ends something, when a future has settled.
func (c *crowd) onDone(ctx context.Context) {
	c.some().OnDone(func(f *intFuture) {
		if c.dice(8) == 0 {
			panic(errBoom)
		}
		if c.dice(2) == 0 {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.time())
			time.AfterFunc(time.Minute, cancel)
			c.then(ctx, f)
			return
		}
		c.some().Abort(errBoom)
	})
}

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

// groupOptions returns options for a group, and notes its limit.
func (c *crowd) groupOptions(p *place) (opts []millrace.GroupOption) {
	opts = append(opts, anyOf(c, nil, millrace.CollectErrors(), millrace.IgnoreErrors()))
	if c.dice(2) == 0 {
		p.limit = int64(1 + c.dice(2))
		opts = append(opts, millrace.WithLimit(int(p.limit)))
	}
	if c.dice(6) == 0 {
		opts = append(opts, millrace.WithRate(1, 1))
	}
	return opts
}

// open lets others submit to a group.
func (c *crowd) open(p *place) {
	c.mu.Lock()
	c.places = append(c.places, p)
	c.mu.Unlock()
}

// group makes a group over an executor, and waits for it.
func (c *crowd) group(ctx context.Context) {
	at := c.place()
	p := &place{site: at.site, outer: at}
	opts := c.groupOptions(p)
	g := pool.NewGroup(ctx, at.ex, opts...)
	p.ex = g
	var mine []*intFuture
	submit := func() { mine = append(mine, c.submitTo(ctx, p)) }
	submit()
	lever := c.dice(5)
	if lever == 1 && p.limit > 0 {
		p.limit = 4
	}
	c.open(p)
	switch lever {
	case 0:
		g.Cancel(errBoom)
		p.ended.set()
	case 1:
		g.SetLimit(1 + c.dice(4))
	case 2:
		submit()
		time.Sleep(c.time())
	}
	err := g.Wait()
	p.ended.set()
	c.members("Group.Wait", g, err, mine)
}

// members looks at a group whose members must have ended.
func (c *crowd) members(call string, g *pool.Group, err error, mine []*intFuture) {
	for _, f := range mine {
		if !f.State().Settled() {
			c.errorf("%s returns, and a member is %v", call, f)
		}
	}
	if err != nil && !known(err) {
		c.errorf("%s = %v", call, err)
	}
	if g.Context().Err() == nil {
		c.errorf("%s returns, and the context goes on", call)
	}
	if f := pool.Submit(bg, g, nop); f.State() != future.Cancelled {
		c.errorf("%s returns, and a new member is %v", call, f)
	}
}

func (c *crowd) scope(ctx context.Context) {
	at := c.place()
	p := &place{site: at.site, outer: at}
	opts := c.groupOptions(p)
	var mine []*intFuture
	var g *pool.Group
	var err error
	defer func() {
		p.ended.set()
		c.members("Scope", g, err, mine) // also after a panic, or a Goexit
	}()
	err = pool.Scope(ctx, at.ex, func(ctx context.Context, group *pool.Group) error {
		g, p.ex = group, group
		c.open(p)
		for range c.dice(3) {
			mine = append(mine, c.submitTo(ctx, p))
		}
		_, err := c.task(ctx)
		return err
	}, opts...)
}

// permit works with a permit.
func (c *crowd) permit(ctx context.Context) {
	at, began := c.place(), time.Now()
	j := &job{c: c, at: at, weight: 1, attempts: 1}
	release, err := pool.Acquire(ctx, at.ex, j.options()...)
	c.inTime("Acquire", ctx, began)
	if (err == nil) == (release == nil) || err != nil && (!errors.Is(err, future.ErrCancelled) || !known(err)) {
		c.errorf("Acquire() = %v", err)
	}
	if err != nil {
		return
	}
	if j.key > 0 {
		at.site.keys[j.key-1].add(1)
	}
	c.work(at, j.weight)
	if j.key > 0 {
		at.site.keys[j.key-1].add(-1)
	}
	release()
	release()
}

func (c *crowd) promise(context.Context) {
	p := future.NewPromise[int]()
	time.AfterFunc(c.time(), func() { settle(p, c.dice(2) == 0) })
	c.keep(p.Future())
}

// promiseFunc makes a promise whose work runs elsewhere: its abort settles, submits or refuses.
func (c *crowd) promiseFunc(ctx context.Context) {
	var p *future.Promise[int]
	how := c.dice(4)
	p = future.NewPromiseFunc[int](func(cause error) bool {
		switch how {
		case 0:
			return p.NeverRan(cause)
		case 1:
			return p.Reject(cause)
		case 2:
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.time())
			time.AfterFunc(time.Minute, cancel)
			c.then(ctx, c.some()).OnDone(func(*intFuture) { p.Reject(errBoom) }) // Submit might block
			return true
		}
		return false
	})
	if c.dice(2) == 0 {
		p.Start()
	}
	time.AfterFunc(c.time(), func() { settle(p, c.dice(2) == 0) })
	f := c.keep(p.Future())
	c.waits("Await", ctx, func() error { _, err := f.Await(ctx); return err }, f)
}

// levers changes a pool, or ends it.
func (c *crowd) levers(ctx context.Context) {
	s := c.place().site
	switch c.dice(24) {
	case 0:
		s.p.Stop(errBoom)
		s.ended.set()
	case 1:
		began := time.Now()
		err := s.p.Shutdown(ctx)
		c.inTime("Shutdown", ctx, began)
		var left *pool.ShutdownError
		if err != nil && !errors.As(err, &left) && !errors.Is(err, future.ErrDeadlock) {
			c.errorf("Shutdown() = %v", err)
		}
		if !errors.Is(err, future.ErrDeadlock) {
			s.ended.set()
		}
	case 2:
		s.p.Seal()
	case 3, 4, 5:
		if n := s.p.Drop(errBoom); n < 0 {
			c.errorf("Drop() = %d", n)
		}
	case 6, 7, 8, 9, 10:
		if !s.pausing.TryLock() {
			return
		}
		defer s.pausing.Unlock()
		s.p.Pause()
		s.paused.set()
		time.Sleep(c.time())
		s.paused.clear()
		s.p.Resume()
	default:
		s.p.Resize(1 + c.dice(int(s.workers)))
	}
}

func (c *crowd) stats(context.Context) {
	at := c.place()
	if g, ok := at.ex.(*pool.Group); ok {
		if s := g.Stats(); s.Submitted != uint64(s.Queued+s.Deferred+s.Running+s.Waiting)+s.Succeeded+s.Failed+s.Cancelled {
			c.errorf("Stats() of a group = %+v", s)
		}
	}
	if s := stats(c.t, at.site.p); s.QueueLimit >= 0 && s.Queued > s.QueueLimit {
		c.errorf("Stats() = %+v", s)
	}
}
