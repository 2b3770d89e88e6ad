package pool_test

import (
	"context"
	"errors"
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
		if err != nil && !errors.As(err, &left) && !errors.Is(err, future.ErrDeadlock) && !errors.Is(s.p.Err(), err) {
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
