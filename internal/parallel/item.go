package parallel

import (
	"context"
	"errors"
	"slices"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/observed"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// Items that have options of their own, or wait or are retried one by one, and the functions of
// First, are tasks of their own, which the pool runs and tries again like any other, except that
// they take no place in its queue. So the order in which they start is the pool's; the window
// and the order of the results are as always.
//
// Such a run has no runners, and nothing is claimed from its source: the feeder submits each
// item, or First does. When the task has settled, which Fire is told, the outcome goes to the sink.

// ownTasks reports whether each item has to be a task of its own.
func (cfg *Config) ownTasks() bool {
	o := &cfg.Task
	return cfg.PerItem != nil || o.Retry != nil || o.Delay > 0 || o.MaxWait > 0
}

// optionsOf returns the options of an item. A panic of the function is the item's error.
func optionsOf[A any](cfg *Config, a A) (o *options.Task, err error) {
	if cfg.PerItem == nil {
		return &cfg.Task, nil
	}
	defer asError(&err, cfg.Task.Name)
	own := cfg.Task.With(cfg.PerItem.(func(A) []options.TaskOption)(a))
	return &own, nil
}

// asError makes a panic the error of the function that defers it, for an item of that name.
func asError(err *error, name string) {
	if v := recover(); v != nil {
		*err = fault.In(name, v)
	}
}

// An item is a task of the pool that runs one item.
type item[A, B any] struct {
	cell.Cell[B]
	extra   sched.Extra
	settled outcome.Waiter
	run     *run[A, B]
	n       uint64
	a       A
	done    func() // nil, or called when the item has its outcome
	*observed.Record
}

// submit submits item n. Nothing writes to its options.
func (r *run[A, B]) submit(n uint64, a A, o *options.Task, done func()) {
	t := &item[A, B]{run: r, n: n, a: a, done: done}
	rest := &o.Rest
	if r.nth != nil && rest.Retry != nil {
		own := *rest
		own.Retry, rest = nil, &own
	}
	t.Task().Setup(t, &t.extra, o.Common, rest)
	t.Task().Attach(&t.settled, t, 0)
	r.tasks.Add(1)
	ctx := r.runners.Context()
	if r.cfg.watch.eachItem() {
		t.Record = new(observed.Record)
		ctx = r.cfg.watch.submitted(ctx, t.Record, o.Name)
	}
	r.runners.Submit(ctx, t.Task(), &t.extra)
}

// Run implements sched.Body.
func (t *item[A, B]) Run(ctx context.Context, s *sched.Task) {
	observed.Around(ctx, t.Record, s, false, t.call)
}

// call calls the function once.
func (t *item[A, B]) call(ctx context.Context, _ *sched.Task) {
	t.run.atWork.Add(1)
	defer t.run.atWork.Add(-1)
	t.CallAttempt(ctx, func(ctx context.Context) (B, error) { return t.run.call(ctx, t.n, t.a) })
}

// Drop and Extra implement sched.Body. A task that is cancelled may stay in the queue for a
// while.
func (t *item[A, B]) Drop()               { var zero A; t.a = zero }
func (t *item[A, B]) Extra() *sched.Extra { return &t.extra }

// Fire is called when the task has settled. It implements outcome.Target.
func (t *item[A, B]) Fire(*outcome.Waiter) {
	r := t.run
	defer r.taskEnded()
	switch err := t.Err(); {
	case err != nil && r.runners.Follows(t.Task()):
		return
	case t.Task().State() != outcome.Cancelled:
		r.out.put(t.n, t.Value(), err)
	case r.halted.Load():
		return
	case slices.ContainsFunc(ownReasons, func(why error) bool { return errors.Is(err, why) }):
		r.reject(t.n, err)
	default:
		r.Refuse(err)
		return
	}
	if t.done != nil {
		t.done()
	}
}

// ownReasons are reasons why one item never ran that do not end the run.
var ownReasons = []error{sched.ErrTooHeavy, sched.ErrMaxWait, outcome.ErrDeadlock}

// taskEnded counts an item that was a task of its own.
func (l *loop) taskEnded() {
	if l.tasks.Add(-1); l.halted.Load() {
		l.consumer.OpenAny()
	}
}

// A tasks is the source of such a run.
type tasks[A any] struct {
	cfg    *Config
	submit submitter[A]
}

// A submitter submits item n with its options. done is nil, or called when the item has its
// outcome.
type submitter[A any] func(n uint64, a A, o *options.Task, done func())

// add implements intake.
func (s tasks[A]) add(i uint64, a A, err error) error {
	if err != nil {
		return err
	}
	o, err := optionsOf(s.cfg, a)
	if err == nil {
		s.submit(i, a, o, nil)
	}
	return err
}

// free implements intake.
func (s tasks[A]) free(_, limit uint64) (upTo, awaits uint64) { return limit, noRoom }

// limit and take implement source.
func (s tasks[A]) limit() uint64                          { return 0 }
func (s tasks[A]) take(i uint64) (n uint64, a A, ok bool) { return i, a, false }
