package pool_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A gust is one task of a storm, and what is known of it.
type gust struct {
	kind          string
	f             *intFuture
	called        atomic.Int32
	settled       atomic.Int32
	then, retried bool
}

func (g *gust) state() future.State { return g.f.State() }

// A producer is one who submits: a goroutine of its own, or a task.
type producer struct {
	*storm
	ctx   context.Context // the task's
	rnd   *rand.Rand
	depth int                // how deep its children may nest
	turns *[stormKeys]*turns // nil inside tasks
	own   []*intFuture       // what it has submitted
}

// The turns of a key are the tasks of it that one goroutine has submitted, which start
// in that order.
type turns struct {
	submitted int64
	started   atomic.Int64
}

func (s *storm) produce(seed uint64) {
	p := &producer{storm: s, ctx: bg, rnd: rand.New(rand.NewPCG(seed, 3)), depth: 2, turns: new([stormKeys]*turns)}
	for i := range p.turns {
		p.turns[i] = new(turns)
	}
	for range 40 {
		p.step()
	}
}

// step submits one task, waits in one way, or both.
func (p *producer) step() {
	ctx, cancel := p.context()
	switch p.rnd.IntN(5) {
	case 0:
		p.wait(ctx)
		cancel()
	default:
		p.meddle(p.submit(ctx, pick(p.rnd, p.executors...)), cancel)
	}
}

// context returns the producer's, or one that ends soon.
func (p *producer) context() (context.Context, context.CancelFunc) {
	switch p.rnd.IntN(4) {
	case 0:
		return context.WithTimeout(p.ctx, time.Duration(p.rnd.IntN(1000))*time.Microsecond)
	case 1:
		return context.WithCancel(p.ctx)
	}
	return p.ctx, func() {}
}

// meddle does what a caller may do with a future.
func (p *producer) meddle(f *intFuture, cancel func()) {
	switch p.rnd.IntN(8) {
	case 0:
		f.Cancel()
	case 1:
		f.Abort(errBoom)
	case 2:
		cancel()
	case 3:
		f.OnDone(func(*intFuture) {})()
	case 4:
		f.OnDone(func(f *intFuture) { f.Cancel() })
	}
	p.after(time.Millisecond, cancel)
}

// submit submits a task with random options, or one of Then.
func (p *producer) submit(ctx context.Context, ex pool.Executor) *intFuture {
	g := &gust{kind: "Submit"}
	run, opts := p.task(g)
	beside := p.mayCall(&opts)
	if beside {
		p.beyond.began.Add(1)
	}
	switch p.rnd.IntN(8) {
	case 0:
		g.kind, g.then = "Then of a promise", true
		promise := future.NewPromise[int]()
		ok := p.rnd.IntN(4) > 0
		p.after(time.Duration(p.rnd.IntN(1000))*time.Microsecond, func() { settle(promise, ok) })
		g.f = pool.Then(ctx, ex, promise.Future(), func(ctx context.Context, _ int) (int, error) { return run(ctx) }, opts...)
	case 1:
		if len(p.own) > 0 {
			g.kind, g.then = "Then", true
			g.f = pool.Then(ctx, ex, pick(p.rnd, p.own...), func(ctx context.Context, _ int) (int, error) { return run(ctx) }, opts...)
			break
		}
		fallthrough
	default:
		g.f = pool.Submit(ctx, ex, run, opts...)
	}
	g.f.OnDone(func(*intFuture) {
		g.settled.Add(1)
		if beside { // Submit may have returned before, with the end of its context
			p.beyond.ended.Add(1)
		}
	})
	p.own = append(p.own, g.f)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gusts = append(p.gusts, g)
	return g.f
}

// mayCall gives the task an overflow of its own at times, and says whether it might run
// beside the workers: the pool may have CallerRuns, too.
func (p *producer) mayCall(opts *[]millrace.TaskOption) bool {
	if p.rnd.IntN(3) == 0 {
		*opts = append(*opts, millrace.WithOverflow(p.overflow(p.rnd)))
	}
	return p.queue >= 0
}

func settle(p *future.Promise[int], ok bool) {
	if ok {
		p.Resolve(1)
	} else {
		p.Reject(errBoom)
	}
}

// task returns a random task and its options. Inside tasks there are no keys: a child
// of a key may wait for a task that waits for its parent.
func (p *producer) task(g *gust) (func(context.Context) (int, error), []millrace.TaskOption) {
	opts, delayed := p.options(g)
	enter := func() func() { return func() {} }
	if p.turns != nil && p.rnd.IntN(3) == 0 {
		k := p.rnd.IntN(stormKeys)
		opts = append(opts, millrace.WithKey(k))
		enter = p.enter(g, k, delayed)
	}
	seed, depth := p.rnd.Uint64(), p.depth
	return func(ctx context.Context) (int, error) {
		g.called.Add(1)
		defer enter()()
		return p.storm.inside(ctx, seed, depth)
	}, opts
}

// enter returns what a task of key k does first; the result of that is what it does
// last. The turn of a delayed task, or of one of Then, depends on when it is admitted.
func (p *producer) enter(g *gust, k int, delayed bool) func() func() {
	t := p.turns[k]
	t.submitted++
	nth := t.submitted
	return func() func() {
		p.keys[k].add(1)
		if !delayed && !g.then {
			if last := t.started.Swap(nth); last > nth {
				p.t.Errorf("task %d of key %d has started after task %d", nth, k, last)
			}
		}
		return func() { p.keys[k].add(-1) }
	}
}

func (p *producer) options(g *gust) (opts []millrace.TaskOption, delayed bool) {
	rare := func() bool { return p.rnd.IntN(8) == 0 }
	some := func() time.Duration { return time.Duration(1+p.rnd.IntN(500)) * time.Microsecond }
	if p.rnd.IntN(2) == 0 {
		return nil, false // a plain one
	}
	opts = append(opts, millrace.WithWeight(p.rnd.Int64N(stormWeight+1)), millrace.WithPriority(p.rnd.IntN(3)-1))
	if rare() {
		opts = append(opts, millrace.WithFlow(p.rnd.IntN(3)))
	}
	if rare() {
		opts = append(opts, millrace.WithDelay(some()))
		delayed = true
	}
	if rare() {
		opts = append(opts, millrace.WithMaxWait(some()))
	}
	if rare() {
		opts = append(opts, millrace.WithTimeout(some()))
	}
	if rare() {
		g.retried = true
		d := some()
		opts = append(opts, millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return d * time.Duration(n-1), n < 3 }))
	}
	return opts, delayed
}

// inside is the work of a task.
func (s *storm) inside(ctx context.Context, seed uint64, depth int) (int, error) {
	rnd := rand.New(rand.NewPCG(seed, 4))
	switch rnd.IntN(12) {
	case 0:
		panic("a")
	case 1:
		runtime.Goexit()
	case 2:
		return 0, errBoom
	case 3:
		runtime.Gosched()
	case 4:
		time.Sleep(time.Duration(rnd.IntN(200)) * time.Microsecond)
	case 5, 6, 7, 8:
		if depth > 0 {
			s.children(ctx, rnd, depth-1)
		}
	case 9:
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Microsecond):
		}
		return 0, context.Cause(ctx)
	}
	return 1, nil
}

// children makes a task submit others and wait for them. Its context may end meanwhile,
// and then it goes on beyond the bounds: until the end of the storm, for all that can
// be seen from here.
func (s *storm) children(ctx context.Context, rnd *rand.Rand, depth int) {
	s.beyond.began.Add(1)
	p := &producer{storm: s, ctx: ctx, rnd: rnd, depth: depth}
	ex := pick(rnd, s.executors...)
	for range 1 + rnd.IntN(3) {
		p.meddle(p.submit(ctx, ex), func() {})
	}
	p.wait(ctx)
	if rnd.IntN(2) == 0 {
		p.submit(context.WithoutCancel(ctx), ex)
	}
}
