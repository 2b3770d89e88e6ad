package sched

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/alarm"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/queue"
)

// A Body is the typed half of a task.
type Body interface {
	// Run calls the task's function once and stores its outcome, also when the
	// function panics or calls Goexit. Then it calls AskRetry, if the task may have
	// WithRetry.
	Run(ctx context.Context, t *Task)
	// Drop lets go of a function that will not be called any more.
	Drop()
	// Extra returns what few tasks need, nil if the task is a plain one.
	Extra() *Extra
}

// NoBody is embedded in the bodies of tasks that have no function for a worker to call.
type NoBody struct{}

// Run, Drop and Extra implement Body.
func (NoBody) Run(context.Context, *Task) {}
func (NoBody) Drop()                      {}
func (NoBody) Extra() *Extra              { return nil }

// A Task is the untyped half of a task, the same for every future. It fills one
// cache line. A task changes its stage only under the lock of its pool.
//
// A future without a pool has a Task, too: see [Owner].
type Task struct {
	outcome.Core
	body   Body
	scope  atomic.Pointer[scope] // pool and context; nil: no pool, or settled
	worker *worker               // that runs the task: nil if none has taken it yet
}

// Prepare makes t a pending task with this body, which no pool runs. It must be called
// before t is shared.
func (t *Task) Prepare(body Body) {
	t.body = body
	t.Init(0)
}

// Plain gives a plain task its body. Submit does the rest.
func (t *Task) Plain(body Body) { t.body = body }

// DropBody makes the body of a task that no pool runs release its function.
func (t *Task) DropBody() {
	if t.body != nil {
		t.body.Drop()
	}
}

// An Extra is what few tasks need. It sits in the same object as the task. What
// still fewer need is in more.
type Extra struct {
	common   options.Common // its priority is not what a task with the turn of a key inherits
	opts     *options.Rest  // the rest of the options
	group    *Group         // that it was submitted to; nil when it has left that
	next     *Extra         // in a list of the group
	prev     *Extra
	node     queue.Node[*Task] // of the task: its place in whatever it waits in
	turn     *turn             // of its key: it has the turn, or waits for it
	lets     int               // pending: in so many of its groups, from the innermost, it keeps room
	more     *more
	stage    stage
	unplaced bool // takes no place in the queue, and counts as submitted from when it starts
	entering bool // waits for a place in the queue: it is in Pool.entries
	beyond   bool // runs beside the slots: CallerRuns
	taken    bool // the pool answers for it, and its group does
	private  bool // its error is no error of its groups: a function of Join
}

// A stage is where a task that has not settled stands. Those before behindKey are not in the
// queue.
type stage uint8

const (
	fresh     stage = iota // waits nowhere: not taken yet, or on its way to another place
	deferred               // waits for its input
	delayed                // waits for its delay, or for its next attempt
	behindKey              // waits for the turn of its key
	stalled                // waits for its group's limit or rate
	ready                  // in Pool.fifo, Pool.ready, or Pool.entrants
	started                // runs, or lends its slot; or it has settled after that
)

// more is what hardly any task needs.
type more struct {
	input       *Task // Then: what it waits for, until that has settled
	inputWaiter outcome.Waiter
	entered     chan bool          // told when a blocked submitter may go on
	place       queue.Node[*Task]  // in Pool.deferred or Pool.entries, or later in Pool.victims
	since       time.Duration      // a Then: when it was submitted
	delay       alarm.Alarm[*Task] // of WithDelay, or between two attempts
	expiry      alarm.Alarm[*Task] // of WithMaxWait
	attempts    int                // those that have ended
	items       *Runners           // of the map that the task is a runner or an item of
	runner      *Runner            // the task is a runner
	permit      *Permit            // the task is a permit
}

// Setup prepares a rich task.
func (t *Task) Setup(body Body, x *Extra, common options.Common, rest *options.Rest) {
	t.body = body
	x.common, x.opts, x.node.Value = common, rest, t
	t.Init(outcome.Rich)
}

// Private keeps the error of t, which is not submitted yet, from its groups: the caller gets it.
func (x *Extra) Private() { x.private = true }

// After makes t, which is not submitted yet, wait until input has settled.
func (x *Extra) After(input *Task) { x.rare().input = input }

// Observed is a body whose observer is to be told what the body itself cannot know.
type Observed interface {
	// NeverRan is called under the lock; what it returns is called outside, before
	// anything that waits for the task wakes.
	NeverRan(err error) func()
	// Retried is called outside the lock when the task is to be tried again.
	Retried(delay time.Duration)
}

// Retries reports whether there may be another attempt.
func (x *Extra) Retries() bool { return x.opts.Retry != nil }

// NeedsExtra says that every task of the pool may have to wait for a place, and so needs
// an Extra.
func (p *Pool) NeedsExtra() bool { return p.cfg.Queue != options.Unbounded }

func (x *Extra) rare() *more {
	if x.more == nil {
		x.more = new(more)
	}
	return x.more
}

// extra returns the task's Extra, nil for a plain task.
func (t *Task) extra() *Extra {
	if !t.Has(outcome.Rich) {
		return nil
	}
	return t.body.Extra()
}

func (t *Task) group() *Group { return t.extra().memberOf() }

// memberOf returns the task's group, or nil.
func (x *Extra) memberOf() *Group {
	if x == nil {
		return nil
	}
	return x.group
}

func (t *Task) weight() int64 {
	if x := t.extra(); x != nil {
		return x.common.Weight
	}
	return options.Plain.Weight
}

// priority is the priority that the task was submitted with. A task that has the turn
// of its key inherits the highest priority of those that wait for it.
func (x *Extra) priority() int {
	if x == nil {
		return options.Plain.Priority
	}
	p := x.common.Priority
	if x.turn != nil && x.stage != behindKey {
		p = max(p, x.turn.priorities.Highest())
	}
	return p
}

// flow returns the flow of a pending task.
func (x *Extra) flow() any {
	switch {
	case x == nil:
		return nil
	case x.opts.Flow == nil && x.ofMap():
		return x.more.items // a map is a flow of its own
	}
	return x.opts.Flow
}

// isRunner reports whether the task is a runner of a map. In Stats its items count as
// tasks, and the runner does not.
func (x *Extra) isRunner() bool { return x != nil && x.more != nil && x.more.runner != nil }

// ofMap reports whether the task is a runner of a map, or runs one item of it. Such tasks
// take no place in the queue, and count from when they start.
func (x *Extra) ofMap() bool { return x != nil && x.more != nil && x.more.items != nil }

func (x *Extra) isPermit() bool { return x != nil && x.more != nil && x.more.permit != nil }

// inQueue reports whether the task, which is pending, is in the queue: not if it waits for its
// input, its delay or a place.
func (x *Extra) inQueue() bool { return x == nil || x.stage >= behindKey && !x.entering }

// isBeyond reports whether the task runs beside the slots.
func (x *Extra) isBeyond() bool { return x != nil && x.beyond }

// rests reports whether the task, which has not settled, is between two attempts: it has started,
// and waits in the clock, or wherever a pending task does.
func (t *Task) rests() bool {
	x := t.extra()
	return x != nil && x.stage != started && !t.Pending()
}

// lent reports whether the task has started and lends its slot.
func (t *Task) lent() bool { return !t.Settled() && t.Has(outcome.Lent) }

// pool returns the pool of a task that has not settled, or nil.
func (t *Task) pool() *Pool {
	if s := t.scope.Load(); s != nil {
		return s.pool
	}
	return nil
}

// Name returns the name that the task was given; only a task that has settled has lost it.
func (t *Task) Name() string {
	if x := t.extra(); x != nil {
		return x.opts.Name
	}
	return ""
}

// CrashOnPanic reports whether a panic of the task, which runs, is to end the process.
func (t *Task) CrashOnPanic() bool {
	p := t.pool()
	return p != nil && p.cfg.CrashOnPanic
}

// Lent returns how long the task, which runs, has lent its slot. It is counted for pools
// with an observer.
func (t *Task) Lent() time.Duration {
	if !t.Has(outcome.WasLent) {
		return 0 // and there is no need for the lock
	}
	p := t.pool()
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	w := t.worker
	if w == nil {
		return 0
	}
	d := w.lentFor
	if t.lent() {
		d += p.now() - w.lentAt
	}
	return d
}
