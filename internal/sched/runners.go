package sched

import (
	"context"
	"errors"
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
	pool    *Pool
	cancel  context.CancelCauseFunc // ends the context of the items
	ending  taskctx.Ending          // says so before ctx does
	callers *taskctx.Bound          // end the map because of its caller: that of the caller, and those that are about to end that
	ends    *taskctx.Bound          // these, and those of the pool and of groups
	inside  bool                    // the caller is a task of the pool
	rated   bool                    // so many items start a second at most: a runner runs one
	group   Group                   // of the runners; inside of the executor, if that is a group. Its view is the items' context
	wait    *Wait
	shared  more         // of tasks that need nothing else of it
	called  atomic.Int32 // runners that were started and have not left
	ended   atomic.Bool  // by Stop, or Loop.Refuse has been called
}

// RunnersConfig is what runners do.
type RunnersConfig struct {
	Limit int // runners at once; 0: the executor's slots
	Items int // tasks of Submit at work at once; 0: only the executor limits them

	// FailFast says that the first task of Submit that fails ends the map: none starts after
	// it.
	FailFast bool
	Task     options.Task // for each item
	Loop     Loop         // the map
}

// A Loop is a map, for its runners.
type Loop interface {
	// Work is called by a runner, in its own goroutine: it runs items until there are
	// none or Runner.Yield reports true. No panic may leave it; a Goexit may.
	Work(*Runner)
	// More reports whether there are items that wait for a runner. It is called after a
	// runner has left, so that an item which arrived at that instant is not forgotten, and
	// under the pool's lock. It must not block, and must not use the pool.
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
	r := &Runners{RunnersConfig: cfg, pool: p, inside: p.inside(ctx)}
	items, cancel := context.WithCancelCause(ctx)
	r.cancel = cancel
	r.group.init(ctx, items, ex, options.Group{Limit: cfg.Items, IgnoreErrors: !cfg.FailFast}, nil)
	r.ending = taskctx.NewEnding(ctx)
	r.group.bound.Ending = &r.ending
	r.wait = r.group.newWait()
	r.callers = p.boundsAbove(ctx)
	if ctx.Done() != nil {
		r.callers = taskctx.NewBound(ctx, r.callers)
	}
	r.ends = r.group.around.Within(r.callers)
	r.shared.items = r
	r.rated = p.rate.On()
	for at := g; at != nil; at = at.outer {
		r.rated = r.rated || at.rate.On()
	}
	r.group.set = r
	p.mu.Lock()
	r.group.open()
	p.unlock()
	return r
}

// Crash reports whether a panic of an item is to end the process.
func (r *Runners) Crash() bool { return r.pool.cfg.CrashOnPanic }

// Ends returns the contexts that may end the map: the caller's, the pool's, and groups'. No
// further item may start when one has ended, and the map may not have been told yet.
func (r *Runners) Ends() *taskctx.Bound { return r.ends }

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
	r.start()
}

func (r *Runners) start() {
	runner := &Runner{set: r}
	runner.task.Setup(runner, &runner.extra, r.Task.Common, &r.Task.Rest)
	runner.more.items, runner.more.runner = r, runner
	runner.task.Attach(&runner.waiter, runner, 0)
	runner.extra.more = &runner.more
	r.pool.SubmitTo(r.Context(), &runner.task, &r.group)
}

// Context returns the context of the items. It ends with the map.
func (r *Runners) Context() context.Context { return r.group.view }

// Submit submits a task that runs one item of the map and has options of its own. ctx is
// that of Context, or an observer's in its place, and x is what the task was set up with.
func (r *Runners) Submit(ctx context.Context, t *Task, x *Extra) {
	x.more = &r.shared
	if o := x.opts; o.Delay > 0 || o.MaxWait > 0 || o.Retry != nil {
		x.more = &more{items: r}
	}
	r.pool.SubmitTo(ctx, t, &r.group)
}

// Follows reports whether t, a task of Submit in a map that ends with the first failure, ended
// because the map did: it may be told of before the failure that ended it.
func (r *Runners) Follows(t *Task) bool {
	if !r.FailFast {
		return false
	}
	r.pool.mu.Lock()
	defer r.pool.mu.Unlock()
	order, err := r.group.errs.First()
	return err != nil && order != t.Order()
}

// CallerEnd returns the context that has ended the map for its caller, or nil: the caller's, or one
// that is about to end that.
func (r *Runners) CallerEnd() context.Context { return r.callers.Ended() }

// Over returns why the map has ended, as the error of a task that never ran: because of the
// caller's context, the pool or a group; nil if it has not. It knows before any item can see
// that its context has ended, and so before the map is refused.
func (r *Runners) Over() error {
	p := r.pool
	if end := r.CallerEnd(); end != nil {
		return outcome.NeverRan(outcome.Reason(end))
	}
	p.stopIfEnded()
	p.mu.Lock()
	defer p.unlockAsIs()
	if p.phase.Load() == stopped {
		return outcome.NeverRan(p.life.err)
	}
	return p.groupEnd(r.group.outer)
}

// Abandoned is to be called when a runner has left an item that it had claimed, because end, one of
// Ends, has ended: the pool may not have been told, and find nothing of the map when it is.
func (r *Runners) Abandoned(end context.Context) {
	err := r.Over()
	if err == nil { // a context that breaks the rules: it has an error, and is not done
		err = outcome.NeverRan(outcome.Reason(end))
	}
	r.refuse(err)
}

// errNeedless is the error of a runner for which there was no item any more.
var errNeedless = outcome.NeverRan(errors.New("sched: no item is left"))

// dismiss settles a runner that waits though there is no item for it any more: it would hold
// back what is behind it. It reports whether t was one.
func (p *Pool) dismiss(t *Task, x *Extra) bool {
	if !x.isRunner() || x.more.items.Loop.More() {
		return false
	}
	p.cancel(t, errNeedless)
	return true
}

// dismissFirst is dismiss for the task that starts next if nothing keeps it.
func (p *Pool) dismissFirst() bool {
	t := p.first()
	return t != nil && p.dismiss(t, t.extra())
}

// beginEnd makes the effects of the section end the contexts of items that run, with cause. If the
// pool was stopped, or why is not nil, the executor takes no more runners of the map. It reports
// whether Stop has done all that.
func (r *Runners) beginEnd(cause, why error) (ended bool) {
	r.ending.Begin(cause)
	if r.ended.Load() && r.Context().Err() != nil {
		return true
	}
	if r.pool.phase.Load() == stopped {
		why = r.pool.life.err
	}
	r.pool.effects.End(func() {
		r.end(cause)
		if why != nil {
			r.refuse(outcome.NeverRan(why))
		}
	})
	return false
}

// end ends the context of the items, with the first cause that it was given.
func (r *Runners) end(cause error) { r.cancel(r.ending.Begin(cause)) }

func (r *Runners) refuse(err error) {
	if !r.ended.Swap(true) {
		r.Loop.Refuse(err)
	}
}

// Stop ends the map: runners that have not started never will, and the contexts of items
// end with cause.
func (r *Runners) Stop(cause error) {
	r.ended.Store(true)
	r.pool.mu.Lock()
	for x := range r.group.running.All() {
		x.node.Value.abortBelow()
	}
	r.pool.unlock()
	r.end(cause)
	r.group.Cancel(cause)
}

// Join blocks until no runner is left, after Stop or when all items are done. The
// caller's slot is lent meanwhile. The runners cannot be used after it.
func (r *Runners) Join() {
	_ = r.group.Wait() // runners have no errors
	r.cancel(nil)
}

// Block waits until it has received from ch or end is closed. If the caller is a task of the
// same pool it lends its slot to the runners meanwhile.
func (r *Runners) Block(ch, end <-chan struct{}) {
	r.wait.blockFor(ch, end, r.cancelStuck)
	r.wait.end(r.group.ctx.Done())
}

// cancelStuck cancels the items that wait for the caller of the map, by a key that it has, for
// example. The others run.
func (r *Runners) cancelStuck() {
	p, w := r.pool, r.wait
	p.mu.Lock()
	defer p.unlock()
	if !w.alive() {
		return
	}
	var stuck []*Task
	running := false
	for t := range r.group.tasks() {
		switch found, _ := p.reaches(t, w.task); {
		case found && t.Pending():
			stuck = append(stuck, t)
		case found:
			running = true
		}
	}
	for _, t := range stuck {
		p.cancel(t, outcome.NeverRan(outcome.ErrDeadlock))
	}
	if running {
		r.group.cancel(outcome.ErrDeadlock) // ends the wait of that one
	}
}
