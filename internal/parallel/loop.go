package parallel

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/claim"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/ring"
	"github.com/millrace-go/millrace/internal/sched"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A loop is what all runs have in common, whatever the types of their items.
//
//	0 ... delivered ... claimed ... pulled <= delivered + window
type loop struct {
	cfg      Config
	outer    context.Context // the caller's
	ends     *taskctx.Bound  // the contexts that may end the run
	runners  *sched.Runners
	items    claim.Range
	job      job
	failFast bool // the first error of an item ends the run
	input    input
	window   ring.Window

	feeder    ring.Gate // where the feeder parks, if there is one
	consumer  ring.Gate // where the caller parks
	_         pad
	pulled    atomic.Uint64 // written by the feeder
	_         pad
	delivered atomic.Uint64
	_         pad
	halted    atomic.Bool  // no further item starts
	tasks     atomic.Int64 // items that are tasks of their own, and have not ended
	atWork    atomic.Int64 // those of them that run

	mu      sync.Mutex
	refusal error // why the executor has given the run up
	failed  bool  // an item has, and that ends the run
	first   error // of that item; nil if the run had ended before

	unobserve func() // tells the observer that the run has ended; for the caller alone
}

// pad keeps words that are written by different goroutines on different cache
// lines.
type pad [64]byte

// A job is what a loop does with its items.
type job interface {
	// limit returns the number of the first item that may not be claimed yet.
	limit() uint64
	// each runs item i, which the runner has claimed.
	each(r *runner, i uint64)
	// died settles the item that the runner was in, which did not return.
	died(r *runner, err error)
}

// init prepares the loop. Blocks of several items are for jobs whose items may start out of order.
func (l *loop) init(ctx context.Context, ex sched.Executor, cfg Config, j job, maxBlock uint64) {
	l.unobserve = func() {}
	if cfg.watch == nil {
		ctx, l.unobserve = cfg.Observe(ctx, ex)
	}
	l.cfg, l.outer, l.job = cfg, ctx, j
	l.items = claim.New(j.limit, maxBlock)
	l.consumer.Init()
	rc := sched.RunnersConfig{Limit: cfg.Concurrency, Task: cfg.Task, Loop: l, FailFast: l.failFast}
	if cfg.ownTasks() {
		rc.Items = cfg.Concurrency
	}
	l.runners = sched.NewRunners(ctx, ex, rc)
	l.ends = l.runners.Ends()
	l.window = ring.NewWindow(cfg.Window, l.runners.Limit)
	if w := cfg.watch; w != nil {
		w.loop.Store(l)
	}
}

// drive is the run: deliver passes on what comes out, until there is no more, or reports that
// the caller has had enough. The error is why the run ended before all items were delivered,
// if not for that. An input that dies goes on here, also if it does as it is told to end.
func (l *loop) drive(deliver func() (more bool)) error {
	more := func() bool {
		defer l.join() // also after a panic of the caller's
		return deliver()
	}()
	l.input.raise()
	if !more {
		return nil
	}
	return l.why()
}

// why returns the error of a run that ended before it was complete.
func (l *loop) why() error {
	end := l.callerEnd()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.first != nil:
		return l.first
	case l.input.whole && l.delivered.Load() == l.input.total && !l.failed:
		return nil
	case end != nil:
		return outcome.NotDone(end)
	}
	return l.refusal
}

// callerEnd is Runners.CallerEnd. It waits until the caller's context has ended, too: a context that
// was derived from that of a task is told of the end of a group by another goroutine.
func (l *loop) callerEnd() context.Context {
	end := l.runners.CallerEnd()
	if end == nil && l.outer.Err() != nil {
		end = l.outer // a context that breaks the rules: it has an error, and no Done
	}
	if end == nil {
		return nil
	}
	select {
	case <-end.Done():
		<-l.outer.Done()
	default: // a context that breaks the rules: it has an error, and is not done
	}
	return end
}

// halt says that no further item starts.
func (l *loop) halt() {
	l.halted.Store(true)
	l.feeder.OpenAny()
	l.consumer.OpenAny()
}

// over reports whether no further item is to start. The contexts that end the run are looked
// at before each item, because their end is to act at once.
func (l *loop) over() bool { return l.halted.Load() || l.ends != nil && l.contextEnded() != nil }

// contextEnded returns a context that has ended and ends the run, or nil.
//
//go:noinline
func (l *loop) contextEnded() context.Context { // not inlined into over, so that over is inlined
	return l.ends.Ended()
}

// cause returns why the contexts of items end: because a context has ended, of which those below may
// not have been told yet, or else err.
func (l *loop) cause(err error) error {
	if ctx := l.contextEnded(); ctx != nil {
		return context.Cause(ctx)
	}
	return err
}

// Refuse implements sched.Loop: the executor gives the run up. Items at work are still
// delivered.
func (l *loop) Refuse(err error) {
	l.mu.Lock()
	if l.refusal == nil {
		l.refusal = err
	}
	l.mu.Unlock()
	l.halt()
}

// fail ends the run because of the error of item i, if nothing has ended it before: the
// caller's context, or the executor. The error is the cause of the end of all contexts before
// the caller, which ends them too, can see it.
func (l *loop) fail(i uint64, err error) {
	over := l.runners.Over()
	l.mu.Lock()
	first := !l.failed
	l.failed = true
	switch {
	case !first || l.refusal != nil:
	case over != nil:
		l.refusal = over
	default:
		l.first = l.cfg.Item(int(i), err)
	}
	l.mu.Unlock()
	if first {
		l.halted.Store(true)
		l.runners.Stop(l.cause(err))
		l.halt()
	}
}

// join ends the run and waits until nothing of it is left.
func (l *loop) join() {
	l.halt()
	l.runners.Stop(l.cause(errOver))
	if l.cfg.Ending != nil {
		l.cfg.Ending()
	}
	if l.input.end != nil {
		l.runners.Block(l.input.end, nil)
	}
	l.runners.Join()
	l.unobserve()
}
