package sched

import (
	"context"
	"math"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// An Executor is what takes tasks: a *Pool or a *Group.
type Executor interface {
	executor() (*Pool, *Group)
	Submit(ctx context.Context, t *Task)
}

// PoolOf returns the pool that an executor is or is of.
func PoolOf(ex Executor) *Pool {
	p, _ := ex.executor()
	return p
}

func (p *Pool) executor() (*Pool, *Group)  { return p, nil }
func (g *Group) executor() (*Pool, *Group) { return g.pool, g }

// Runners run the items of one map: at most Limit at once, each a task that holds a
// slot and runs items one after another for as long as there are any. A runner takes no
// place in the queue's bound. In Stats each item is a task, from when it starts.
//
// While others wait for slots, runners give theirs back after a short turn, and the map
// is a flow of its own in the queue: map and queue take turns.
type Runners struct {
	RunnersConfig
	pool   *Pool
	outer  context.Context // the caller's
	ctx    context.Context // the items'
	cancel context.CancelCauseFunc
	dones  []<-chan struct{} // of what ends the map, beside ctx
	inside bool              // the caller is a task of the pool
	rated  bool              // so many items start a second at most: a runner runs one
	group  *Group            // of the runners; inside of the executor, if that is a group
	wait   *Wait
	called atomic.Int32 // runners that were started and have not left
	ended  atomic.Bool
	told   atomic.Bool // Loop.Refuse has been called, or need not be
}

// RunnersConfig is what runners do.
type RunnersConfig struct {
	Limit int          // runners at once; 0: the executor's slots
	Task  options.Task // for each item

	// TimeoutCause is why the contexts of items end after Task.Timeout.
	TimeoutCause error

	// Loop is the map.
	Loop Loop
}

// A Loop is a map, for its runners.
type Loop interface {
	// Work is called by a runner, in its own goroutine: it runs items until there are
	// none or Runner.Yield reports true. No panic may leave it; a Goexit may.
	Work(*Runner)
	// More reports whether there are items that wait for a runner. It is called after a
	// runner has left, so that an item which arrived at that instant is not forgotten. It
	// must not block.
	More() bool
	// Refuse is called, at most once and outside all locks, if the executor takes no
	// more runners, with the error of a task that never ran because of it. No runner
	// starts after that.
	Refuse(error)
}

// NewRunners returns the runners of a map over ex, none yet, for a caller with context
// ctx: the items' contexts have its values and end with it.
func NewRunners(ctx context.Context, ex Executor, cfg RunnersConfig) *Runners {
	p, g := ex.executor()
	if cfg.Limit == 0 {
		cfg.Limit = p.Slots()
	}
	r := &Runners{RunnersConfig: cfg, pool: p, outer: ctx, inside: p.inside(ctx)}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	r.group = NewGroup(ctx, r.ctx, ex, options.Group{}, nil)
	r.wait = r.group.newWait()
	for b := r.group.bound.Outer; b != nil; b = b.Outer {
		if done := b.Ctx.Done(); done != nil {
			r.dones = append(r.dones, done)
		}
	}
	r.rated = p.rate.on()
	for at := g; at != nil; at = at.outer {
		r.rated = r.rated || at.rate.on()
	}
	r.enlist(g)
	return r
}

// enlist registers the map with g and the groups around it: their end ends the map.
func (r *Runners) enlist(g *Group) {
	if g == nil {
		return
	}
	p := r.pool
	p.mu.Lock()
	if why := g.refusal(); why != nil {
		p.effects.end(r.refuseFor, why)
	} else {
		for ; g != nil; g = g.outer {
			if g.runners == nil {
				g.runners = make(map[*Runners]struct{})
			}
			g.runners[r] = struct{}{}
			g.updateCrowd()
		}
	}
	p.unlock()
}

func (r *Runners) delist() {
	r.pool.mu.Lock()
	for g := r.group.outer; g != nil; g = g.outer {
		delete(g.runners, r)
		g.updateCrowd()
	}
	r.pool.mu.Unlock()
}

// Context returns the context of the run: it ends with the caller's, when the executor
// gives the map up, and with Stop. Items have contexts of their own.
func (r *Runners) Context() context.Context { return r.ctx }

// Crash reports whether a panic of an item is to end the process.
func (r *Runners) Crash() bool { return r.pool.cfg.CrashOnPanic }

// Running returns how many runners there are, those that have not started included.
func (r *Runners) Running() int { return int(r.called.Load()) }

// Ended reports whether something that ends the map has, beside the caller's context: the
// pool's, or a group's. No further item may start then, and the map may not have been told
// yet.
func (r *Runners) Ended() bool {
	for _, done := range r.dones {
		if isClosed(done) {
			return true
		}
	}
	return false
}

// Ends reports whether Ended could ever report true.
func (r *Runners) Ends() bool { return len(r.dones) > 0 }

// Start asks for one more runner, because there is an item for it. It is cheap when
// Limit runners are there already. It does not block.
func (r *Runners) Start() {
	for {
		n := r.called.Load()
		if int(n) >= r.Limit || r.ended.Load() {
			return
		}
		if r.called.CompareAndSwap(n, n+1) {
			break
		}
	}
	r.submit(&Runner{set: r, opts: r.Task, cause: r.TimeoutCause})
}

// StartOne starts a runner with options of its own, which runs one item and counts
// against no limit but those of the executor: the caller keeps the limit of the map.
// Either run or never is called, the latter outside all locks with the error of a task
// that never ran. attempts is how many there have been to run the item.
func (r *Runners) StartOne(o options.Task, attempts int, run func(*Runner), never func(error)) {
	r.called.Add(1)
	runner := &Runner{set: r, opts: o, cause: o.TimeoutCause, one: run, never: never}
	runner.more.attempt = int32(min(attempts, math.MaxInt32-1))
	r.submit(runner)
}

func (r *Runners) submit(runner *Runner) {
	runner.timeout = runner.opts.Timeout
	runner.opts.Timeout, runner.opts.Retry = 0, nil // those are each item's
	runner.task.Setup(runner, &runner.extra, runner.opts.Common, &runner.opts)
	runner.more.runner = runner
	runner.extra.more = &runner.more
	runner.task.AttachTo(&runner.waiter, runner, 0)
	r.pool.take(r.ctx, &runner.task, r.group)
	if runner.opts.Key != nil && r.inside {
		r.checkKey(runner)
	}
}

// checkKey cancels a runner that waits for a key whose turn the task has that ranges over
// the map: it would wait for ever.
func (r *Runners) checkKey(runner *Runner) {
	c := taskctx.From(r.outer)
	if c == nil {
		return
	}
	w, _ := c.Owner().(*worker)
	p := r.pool
	p.mu.Lock()
	if w != nil && w.pool == p && w.runs(c) && runner.task.Pending() {
		if found, _ := p.reaches(&runner.task, w.task); found {
			p.cancel(&runner.task, outcome.NeverRan(outcome.ErrDeadlock))
		}
	}
	p.unlock()
}

// refuseFor ends a map whose executor takes no more of its runners because of why.
func (r *Runners) refuseFor(why error) {
	r.cancel(why)
	r.refuse(outcome.NeverRan(why))
}

func (r *Runners) refuse(err error) {
	r.ended.Store(true)
	if !r.told.Swap(true) {
		r.Loop.Refuse(err)
	}
}

// abort ends the contexts of items that run, because the pool was stopped or a group has
// ended.
func (r *Runners) abort(cause error) {
	r.cancel(cause)
	if r.pool.phase.Load() == stopped {
		r.refuse(outcome.NeverRan(r.pool.Err()))
	}
}

// Stop ends the map: runners that have not started never will, and the contexts of items
// end with cause.
func (r *Runners) Stop(cause error) {
	r.told.Store(true)
	r.ended.Store(true)
	r.pool.mu.Lock()
	r.group.unwatch() // r.cancel would start a goroutine to cancel the group
	r.pool.unlock()
	r.cancel(cause)
	r.group.Cancel(cause)
}

// Join blocks until no runner is left, after Stop or when all items are done. The
// caller's slot is lent meanwhile. The runners cannot be used after it.
func (r *Runners) Join() {
	r.wait.closeGroup()
	_ = r.group.Wait() // runners have no errors
	r.delist()
	r.cancel(nil)
}

// Block waits until it has received from ch or the caller's context has ended; if the
// caller is a task of the same pool it lends its slot to the runners meanwhile.
func (r *Runners) Block(ch <-chan struct{}) {
	r.wait.begin(Every)
	select {
	case <-ch:
	case <-r.outer.Done():
	}
	r.wait.end(r.outer.Done())
}

// BlockAlways is Block, but the end of the caller's context does not end it.
func (r *Runners) BlockAlways(ch <-chan struct{}) {
	r.wait.begin(Every)
	<-ch
	r.wait.end(r.outer.Done())
}
