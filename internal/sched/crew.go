package sched

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/options"
)

// An Executor is what takes tasks: a *Pool or a *Group.
type Executor interface {
	executor() (*Pool, *Group)
}

func (p *Pool) executor() (*Pool, *Group)  { return p, nil }
func (g *Group) executor() (*Pool, *Group) { return g.pool, g }

// A Crew is the hands that run the items of one map: at most Limit at once, each
// a task that holds a slot and runs items one after another for as long as there
// are any. A hand takes no place in the queue's bound. In Stats each item is a
// task, from when it starts.
type Crew struct {
	CrewConfig
	pool   *Pool
	outer  context.Context // the caller's
	ctx    context.Context // the items'
	cancel context.CancelCauseFunc
	inside bool   // the caller is a task of the pool
	group  *Group // of the hands; inside of the executor, if that is a group
	wait   *Wait
	called atomic.Int32 // hands that were called and have not left
	ended  atomic.Bool
	told   atomic.Bool // Refused has been called, or need not be
}

// CrewConfig is what a crew does.
type CrewConfig struct {
	Limit int          // hands at once; 0: the executor's slots
	Task  options.Task // for each item

	// TimeoutCause is why the contexts of items end after Task.Timeout.
	TimeoutCause error

	// Work is called by a hand, in its own goroutine: it runs items until there
	// are none or Hand.Yield reports true. No panic may leave it; a Goexit may.
	Work func(*Hand)
	// More reports whether there are items that wait for a hand. It is called
	// after a hand has left, so that an item which came at that instant is not
	// forgotten; and must not block.
	More func() bool
	// Refused is called, at most once and outside all locks, if the executor
	// takes no more of the crew's hands, with the error of a task that never ran
	// because of it. No hand starts after that.
	Refused func(error)
}

// NewCrew returns a crew of ex without hands, for a caller with context ctx:
// the items' contexts have its values and end with it.
func NewCrew(ctx context.Context, ex Executor, cfg CrewConfig) *Crew {
	p, g := ex.executor()
	if cfg.Limit == 0 {
		cfg.Limit = p.Slots()
	}
	c := &Crew{CrewConfig: cfg, pool: p, outer: ctx, inside: p.inside(ctx)}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.group = NewGroup(ctx, c.ctx, p, g, options.Group{}, nil)
	c.wait = c.group.newWait(ctx)
	c.enlist(g)
	return c
}

// enlist has the end of the groups that the executor is, if any, end the crew.
func (c *Crew) enlist(g *Group) {
	if g == nil {
		return
	}
	p := c.pool
	p.mu.Lock()
	if why := g.refusalLocked(); why != nil {
		p.after.end(c.refuseFor, why)
	} else {
		for ; g != nil; g = g.outer {
			if g.crews == nil {
				g.crews = make(map[*Crew]struct{})
			}
			g.crews[c] = struct{}{}
		}
	}
	p.unlock()
}

func (c *Crew) delist() {
	c.pool.mu.Lock()
	for g := c.group.outer; g != nil; g = g.outer {
		delete(g.crews, c)
	}
	c.pool.mu.Unlock()
}

// Context returns the context of the run: it ends with the caller's, when the
// executor gives the crew up, and with Stop. Items have contexts of their own.
func (c *Crew) Context() context.Context { return c.ctx }

// Crash reports whether a panic of an item is to end the process.
func (c *Crew) Crash() bool { return c.pool.cfg.CrashOnPanic }

// Call asks for one more hand, because there is an item for it. It is cheap when
// Limit hands are there already. It does not block.
func (c *Crew) Call() {
	for {
		n := c.called.Load()
		if int(n) >= c.Limit || c.ended.Load() {
			return
		}
		if c.called.CompareAndSwap(n, n+1) {
			break
		}
	}
	c.submit(&Hand{crew: c, opts: c.Task, cause: c.TimeoutCause, work: c.Work})
}

// StartOne starts a hand with options of its own, which runs one item and counts against
// no limit but those of the executor: the caller sees to the limit of the map. Either run or
// never is called, the latter outside all locks with the error of a task that never ran.
func (c *Crew) StartOne(o options.Task, run func(*Hand), never func(error)) {
	c.called.Add(1)
	c.submit(&Hand{crew: c, opts: o, cause: o.TimeoutCause, work: run, never: never})
}

func (c *Crew) submit(h *Hand) {
	h.extra.Task, h.extra.hand = h.opts, h
	h.extra.Timeout = 0 // that is each item's
	h.task.Init(c.ctx, h, &h.extra)
	h.task.unplaced = true
	h.core.Attach(&h.waiter, h)
	c.group.Submit(&h.task)
}

// refuseFor ends a crew whose executor takes no more of its hands because of
// why.
func (c *Crew) refuseFor(why error) {
	c.cancel(why)
	c.refuse(cell.NeverRan(why))
}

func (c *Crew) refuse(err error) {
	c.ended.Store(true)
	if c.told.Swap(true) {
		return
	}
	if c.Refused != nil {
		c.Refused(err)
	}
}

// abort ends the contexts of items that run, because the pool was stopped or a
// group has ended.
func (c *Crew) abort(cause error) {
	c.cancel(cause)
	if c.pool.phase.Load() == stopped {
		c.refuse(cell.NeverRan(c.pool.Err()))
	}
}

// repay waits until the hand has a slot, after an item that has gone on without:
// the next one must not start on a debt.
func (h *Hand) repay() {
	p := h.crew.pool
	p.mu.Lock()
	if !h.task.lent {
		p.unlock()
		return
	}
	w := newWait()
	h.run.grant = w
	p.toReturningLocked(&h.task)
	p.admitLocked()
	owes := h.task.lent
	p.unlock()
	if owes {
		<-w.ch
	}
}

// Stop ends the crew: hands that have not started never will, and the contexts
// of items end with cause.
func (c *Crew) Stop(cause error) {
	c.told.Store(true)
	c.ended.Store(true)
	c.cancel(cause)
	c.group.Cancel(cause)
}

// Join blocks until no hand is left, after Stop or when all items are done. The
// caller's slot is lent meanwhile. The crew cannot be used after it.
func (c *Crew) Join() {
	c.wait.closeGroup()
	_ = c.group.Wait() // hands have no errors
	c.delist()
	c.cancel(nil)
}

// Block waits until it has received from ch or the caller's context has ended;
// if the caller is a task of the crew's pool it lends its slot to the hands
// meanwhile.
func (c *Crew) Block(ch <-chan struct{}) {
	c.wait.begin(Every)
	select {
	case <-ch:
	case <-c.outer.Done():
	}
	c.wait.end(c.outer)
}

// BlockAlways is Block, but the end of the caller's context does not end it.
func (c *Crew) BlockAlways(ch <-chan struct{}) {
	c.wait.begin(Every)
	<-ch
	c.wait.end(c.outer)
}

// turnLength is how long a hand keeps its slot while others wait for it.
const turnLength = 20 * time.Microsecond

// turnItems is how many items it runs at most, while others wait.
const turnItems = 1000

// A Hand is a task that runs items. Its methods are for the goroutine that is in
// Work.
type Hand struct {
	task   Task
	core   cell.Core
	waiter cell.Waiter
	extra  Extra
	crew   *Crew
	opts   options.Task // of each item
	cause  error        // why the context of an item ends after opts.Timeout
	work   func(*Hand)
	never  func(error) // of a hand that was started for one item
	run    *Ctx        // the task's own
	since  time.Time   // when its turn began
	asked  int         // how often it was asked since whether the turn is over, while others wait

	// The contexts of its items, see items.go.
	span   *span          // nil: none, or each item has a Ctx
	ended  *progress      // of span, or apart: the place of the next item; spanSize: there is none
	looked *atomic.Uint32 // of the same
	next   uint32         // as ended, in reach of Begin, which is to be inlined; a Stretch leaves it behind
	apart  spanState      // of a hand without a span; looked: each item gets a Ctx, and has more to do at its end
	item   *Ctx           // of the item that runs, if it has one from the start
	slab   slab
	done   counters
}

// Block receives from ch in the middle of an item, and lends the hand's slot to
// anybody meanwhile. The caller sees to it that there is something to receive
// when the run ends.
func (h *Hand) Block(ch <-chan struct{}) {
	p := h.crew.pool
	w := newWait()
	w.pool, w.task, w.ctx, w.always = p, &h.task, h.current(), true
	h.core.Entangle()
	w.begin(Every)
	<-ch
	w.end(h.crew.ctx)
}

// Yield reports whether the hand is to leave: because others wait for its slot
// and its turn is over, and then it comes again behind them, or because the
// executor takes no more items of the crew. It is cheap, and is meant to be asked
// after every item.
func (h *Hand) Yield() bool {
	return h.crew.pool.wants.Load() != nobody && h.turnOver()
}

// Wanted returns what says whether Yield has to be asked: not while it is 0. It is for
// loops that cannot afford to find it anew after each item.
func (h *Hand) Wanted() *atomic.Uint64 { return &h.crew.pool.wants }

func (h *Hand) turnOver() bool {
	p := h.crew.pool
	if p.wants.Load() < wanting(int64(h.extra.Priority)) {
		return false
	}
	switch p.phase.Load() {
	case open:
		return h.hadEnough()
	case closing:
		return !h.crew.inside || h.hadEnough()
	default:
		return true
	}
}

// hadEnough reports whether the hand has had its slot for long enough while
// others wait. Time may stand still (testing/synctest), so items count too.
func (h *Hand) hadEnough() bool {
	h.asked++
	return h.asked > turnItems || time.Since(h.since) > turnLength
}

// Core implements Body.
func (h *Hand) Core() *cell.Core { return &h.core }

// Run implements Body.
func (h *Hand) Run(ctx context.Context, t *Task) {
	t.Outcome = Succeeded // also if an item ends the goroutine
	h.run, h.since = t.run.Load(), time.Now()
	h.leaveSpan()
	if h.opts.Timeout > 0 {
		h.lookApart()
	}
	defer h.leave()
	h.work(h)
}

// leave is the end of the hand's turn.
func (h *Hand) leave() {
	h.task.run.Store(h.run)
	h.leaveSpan()
}

// Drop implements Body.
func (h *Hand) Drop() {}

// Fire is called when the hand has settled. It implements cell.Target.
func (h *Hand) Fire() {
	c := h.crew
	c.called.Add(-1)
	if h.never != nil {
		if h.core.State() == cell.Cancelled {
			h.never(h.core.Err())
		}
		return
	}
	if h.core.State() == cell.Cancelled {
		if !c.ended.Load() {
			c.refuse(h.core.Err())
		}
		return
	}
	if !c.ended.Load() && c.More() {
		c.Call()
	}
}
