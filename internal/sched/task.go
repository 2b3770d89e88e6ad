package sched

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/options"
)

// A Body is the typed half of a task.
type Body interface {
	// Run calls the task's function once and stores its outcome, also when the
	// function panics or calls Goexit. It lets go of the function.
	Run(ctx context.Context, t *Task)
	// Drop lets go of a function that will never be called.
	Drop()
	// Core returns the cell of the task's outcome.
	Core() *cell.Core
}

// An Outcome is how a task's function ended.
type Outcome uint8

// The outcomes. The zero value is that of a function that has not returned.
const (
	Unfinished Outcome = iota
	Succeeded
	Failed
	Panicked
	Exited // by Goexit
)

func (o Outcome) state() cell.State {
	if o == Succeeded {
		return cell.Succeeded
	}
	return cell.Failed
}

// status is where a task that has not settled is for the scheduler.
type status uint8

const (
	fresh    status = iota // not taken yet, or waiting in Submit for a place
	deferred               // Then: its input has not settled
	queued                 // pending
	running                // started: holds a slot, or lends it (Task.lent)
	over                   // settled; a plain task that ran may still say running
)

// A Task is the scheduler's half of a task. It is embedded next to its cell and
// its function, so that a task is one object. All fields but Outcome and run are
// guarded by the pool's lock once the task has been submitted.
type Task struct {
	body Body
	ctx  context.Context // what it was submitted with; until it has a context of its own
	pool *Pool
	run  atomic.Pointer[Ctx] // its own context, from when there is one until it has ended
	seq  uint64              // order of submission

	// What the queue looks at is together: for most tasks on one cache line.
	next, prev *Task // the list it is on: the queue, the deferred ones, the picks
	more       *Extra
	watch      *watch // pending: the end of ctx settles it
	links      *link  // waits of tasks of this pool for this one
	watchIndex int32  // in watch.tasks
	holder     int32  // who may have it in hand: from 1, an index of Pool.holders
	status     status
	unplaced   bool    // takes no place in the queue, and counts as submitted from when it starts
	lent       bool    // running, and its slot is lent
	comesBack  bool    // lent, and in Pool.returning
	beyond     bool    // running beside the slots: CallerRuns
	Outcome    Outcome // set by Body.Run
}

// Extra is what few tasks need. It sits in the same object as the task.
type Extra struct {
	options.Task
	TimeoutCause error
	group        *Group
	gnext, gprev *Task
	members      *members                  // the list of the group it is on
	input        atomic.Pointer[cell.Core] // Then: what it waits for; written under the lock
	inputWaiter  cell.Waiter               // its registration there
	hand         *Hand                     // the task is a hand of a crew
	behind       list                      // it has its key's turn: those that wait for it
	waitsTurn    bool                      // it waits for its key's turn
	stalled      *Group                    // where it waits for a group's limit
	late         bool                      // a Then: others that were submitted later may have passed it
	entry        *entry                    // it waits for a place in the queue
	index        [2]int32                  // its positions in heaps, by heap.slot; from 1, 0: not there
}

// Init prepares a task that has not been submitted. more may be nil.
func (t *Task) Init(ctx context.Context, body Body, more *Extra) {
	t.ctx, t.body, t.more = ctx, body, more
	body.Core().SetOwner(t)
}

// After keeps the task out of the queue until core has settled. The task must
// have an Extra, and must not have been submitted.
func (t *Task) After(core *cell.Core) { t.more.input.Store(core) }

// Crash reports whether a panic of the task is to end the process.
func (t *Task) Crash() bool { return t.pool.cfg.CrashOnPanic }

func (t *Task) core() *cell.Core { return t.body.Core() }

func (t *Task) group() *Group {
	if t.more == nil {
		return nil
	}
	return t.more.group
}

func (t *Task) weight() int64 {
	if t.more == nil {
		return options.Plain.Weight
	}
	return t.more.Weight
}

func (t *Task) priority() int {
	if t.more == nil {
		return options.Plain.Priority
	}
	return t.more.Priority
}

func (t *Task) key() any {
	if t.more == nil {
		return nil
	}
	return t.more.Key
}

func (t *Task) timeout() time.Duration {
	if t.more == nil {
		return 0
	}
	return t.more.Timeout
}

func (t *Task) isHand() bool { return t.more != nil && t.more.hand != nil }

// pendingLocked reports whether the task can still be cancelled.
func (t *Task) pendingLocked() bool { return t.status == queued || t.status == deferred }

// activeLocked reports whether the task has started and not ended.
func (t *Task) activeLocked() bool { return t.status == running && !t.core().Settled() }

// before is the order of the queue.
func (t *Task) before(o *Task) bool {
	if a, b := t.priority(), o.priority(); a != b {
		return a > b
	}
	return t.seq < o.seq
}

// A list links tasks in order.
type list struct {
	head, tail *Task
	n          int
}

func (l *list) push(t *Task) {
	t.prev, t.next = l.tail, nil
	if l.tail != nil {
		l.tail.next = t
	} else {
		l.head = t
	}
	l.tail = t
	l.n++
}

// insert puts t before those that were submitted later, in a list that has the
// order of submission. It looks for the place from at, which is nil in an empty list.
func (l *list) insert(t, at *Task) {
	for at != nil && at.seq < t.seq {
		at = at.next
	}
	if at == nil {
		l.push(t)
		return
	}
	for at.prev != nil && at.prev.seq > t.seq {
		at = at.prev
	}
	t.prev, t.next = at.prev, at
	if at.prev != nil {
		at.prev.next = t
	} else {
		l.head = t
	}
	at.prev = t
	l.n++
}

func (l *list) remove(t *Task) {
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		l.head = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	} else {
		l.tail = t.prev
	}
	t.next, t.prev = nil, nil
	l.n--
}

// pop takes the first task off; the list must not be empty.
func (l *list) pop() *Task {
	t := l.head
	l.remove(t)
	return t
}
