package sched

import (
	"context"
	"runtime"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/queue"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A worker is a goroutine that runs tasks, one at a time. Workers do not own slots:
// a task gets its slot when it is started, and a worker takes what has been started.
// One locked section ends a task and takes the next one.
type worker struct {
	pool  *Pool
	index int // in workers.all
	wake  chan struct{}

	// Guarded by the pool's lock.
	since    time.Duration // when it became idle, by Pool.now
	standing standing
	task     *Task                  // what it runs
	item     *taskctx.Item          // the context of that; nil: not made yet, or of a runner
	kids     *scope                 // of what the task submits and waits for with its context
	waits    *Wait                  // what the task is blocked in; several if it waits in several goroutines
	grant    *Wait                  // the wait that is told when the task has its slot back
	returns  *queue.Sorted[*worker] // where it waits to have its slot back; nil: it does not
	back     queue.Item[*worker]    // its place there
	lentAt   time.Duration          // when the slot was lent, by Pool.now; with an observer
	lentFor  time.Duration          // how long before that

	lends atomic.Bool // its task has outcome.Lent: for those that do not hold the lock, and so must not look at task

	// The goroutine's own.
	contexts taskctx.Source  // of what it runs, with the values of Init; its Owner stands for the worker
	wakes    uint8           // tasks with waiters that have ended since the last look at the clock
	seldom   uint8           // how many of them there may be before the next one
	parked   bool            // it is in workers.idle, and about to park
	gave     time.Duration   // when it last gave way because it had run for long, by Pool.now
	labels   context.Context // has the pprof labels of the worker between tasks
	again    bool            // the attempt that has ended is to be followed by another,
	delay    time.Duration   // so much later
}

// runs reports whether w still runs the task whose context c is, which it did before.
func (w *worker) runs(c *taskctx.Item) bool { return w.task != nil && !c.Over() }

// workerOf returns the worker that runs, or has run, the innermost task that ctx comes from,
// and the task's context. It returns nil if that is the task of no pool.
func workerOf(ctx context.Context) (*worker, *taskctx.Item) {
	owner, c := taskctx.OwnerOf(ctx)
	return ownedBy(owner), c
}

// ownedBy returns the worker that o stands for, nil if there is none.
func ownedBy(o *taskctx.Owner) *worker {
	if o == nil {
		return nil
	}
	w, _ := o.Value.(*worker)
	return w
}

// loop takes and runs tasks until the worker is told to end.
func (w *worker) loop() {
	defer w.exited()
	if !w.setUp() {
		return
	}
	w.pool.mu.Lock()
	for t := w.fetch(); t != nil; t = w.fetch() {
		for t != nil {
			t = w.work(t)
		}
		if !w.parked {
			w.pool.mu.Lock()
			continue
		}
		w.parked = false
		if !w.sleep() {
			return
		}
	}
}

// setUp gives the worker its pprof labels, and calls Init. It reports false if
// Init has failed.
func (w *worker) setUp() bool {
	p := w.pool
	w.labels = taskctx.Labels(p.labels())
	pprof.SetGoroutineLabels(w.labels)
	if p.cfg.Init != nil && !w.prepare() {
		return false
	}
	if base := w.contexts.Base; base != nil {
		// Labels that Init has returned are the worker's.
		pprof.ForLabels(base, func(string, string) bool { w.labels = taskctx.Labels(base); return false })
	}
	return true
}

// fetch waits until something has started, and makes it the worker's task. It returns nil
// if the worker is to end. It gives up the lock.
func (w *worker) fetch() *Task {
	p := w.pool
	for {
		w.stand(present)
		p.admit()
		switch {
		case p.effects.Any:
			p.unlockAside() // functions of the user may take their time, and what has started waits for w
			p.mu.Lock()
		case p.starting.Len() > 0:
			t := p.starting.Pop()
			p.assign(w, t)
			p.unlockPlain()
			return t
		case !w.park():
			return nil
		}
	}
}

// work runs one task and settles it. It returns the next one, if the worker has taken
// one along.
func (w *worker) work(t *Task) (next *Task) {
	x := t.extra()
	if x.isRunner() {
		x.more.runner.run()
		pprof.SetGoroutineLabels(w.labels)
		return w.settle(t, x)
	}
	if w.item == nil {
		w.bind(t, x)
	}
	if x != nil && x.opts.Timeout > 0 {
		w.contexts.Block().Limit(x.opts.Timeout, x.opts.Name)
	}
	t.body.Run(w.item, t)
	pprof.SetGoroutineLabels(w.labels) // the task, or an observer, may have set others
	w.endItem(t)
	if w.again && w.tryAgain(t, x) {
		return nil
	}
	return w.settle(t, x)
}

// endItem ends the context of t, which has returned.
func (w *worker) endItem(t *Task) {
	b := w.contexts.Block()
	if t.Has(outcome.Parent) {
		s := t.scope.Load()
		b.EndLastBelow(s.worker == nil || s.ending.Load())
	} else {
		b.EndLast()
	}
}

// settle ends a task and takes the next one, in one section.
func (w *worker) settle(t *Task, x *Extra) (next *Task) {
	p := w.pool
	p.mu.Lock()
	watchers, plain := outcome.Watchers(0), false
	if x == nil {
		watchers, plain = p.ranPlain(w, t)
	}
	if !plain {
		watchers = p.ran(w, t, x)
	}
	if !plain || !p.startsPlain() {
		p.startNext()
		p.admit()
	}
	yields := false
	switch {
	case p.effects.Any || watchers.Call() || p.cfg.Init != nil:
		// Functions of the user come now and may take their time: what has started
		// goes to another worker.
		w.settleBeside(t, watchers)
		return nil
	case p.starting.Len() == 0 && !watchers.Any():
		w.parked = w.goIdle()
	case p.starting.Len() == 0:
		w.stand(coming) // before it wakes who waits for t, and may have a task for it
		yields = true
	case watchers.Any() && w.ranLong():
		w.giveWay(t)
		return nil
	default:
		next = p.starting.Pop()
		p.assign(w, next)
	}
	if plain {
		p.unlockPlain()
	} else {
		p.unlockAsIs()
	}
	if watchers.Any() {
		t.Release()
	}
	if yields {
		runtime.Gosched()
	}
	return next
}

// settleBeside ends the section in which w has settled t, if functions of the user have to
// be called: other workers do not count on w meanwhile.
func (w *worker) settleBeside(t *Task, watchers outcome.Watchers) {
	p := w.pool
	if watchers.Call() || p.effects.Any {
		w.stand(absent)
		p.atRest()
	}
	if watchers.Any() {
		p.effects.Release(&t.Core)
	}
	p.unlock() // without w there may be too few prepared workers
}

// bind makes the context of a task that does not fit into the worker's block.
func (w *worker) bind(t *Task, x *Extra) {
	p := w.pool
	s := t.scope.Load()
	item := w.contexts.Make(s.ctx, s.mortal, p.boundOf(x)).Take()
	p.mu.Lock()
	w.item = item
	p.abortEarly(t)
	p.unlockAsIs()
}

// boundOf returns the contexts that end a task beside the one that it was submitted
// with.
func (p *Pool) boundOf(x *Extra) *taskctx.Bound {
	if g := x.memberOf(); g != nil {
		return g.bound
	}
	return p.bound
}

// A worker that has woken others lets them have the processor
//
//   - when it has no next task: they may have one for it. Until it is back it is on its way to the
//     lock, and takes what they submit. To park, and be woken for that, makes a round trip take 1.2 times
//     as long;
//   - when it has run for longer than yieldAfter: if all processors are busy they would wait there
//     until it parks. Each time costs a microsecond or two.
const yieldAfter = 100 * time.Microsecond

// maxSeldom is how many tasks at most end between two looks at the clock, which cost half
// as much as an empty task.
const maxSeldom = 16

// ranLong reports whether w has run for longer than yieldAfter. It is called when a task
// with waiters has ended, and looks at the clock less and less often, until w yields:
// at the first such task, then at every second, every fourth, …
func (w *worker) ranLong() bool {
	if w.wakes++; w.wakes < w.seldom {
		return false
	}
	w.wakes, w.seldom = 0, min(max(1, 2*w.seldom), maxSeldom)
	return w.pool.now()-w.gave > yieldAfter
}

// giveWay ends the section in which w has settled t, and yields. That may take long, so what has
// started goes to an idle worker. If none is idle, it waits for w, behind the goroutines that are
// ready to run.
func (w *worker) giveWay(t *Task) {
	p := w.pool
	p.unlockAsIs()
	t.Release()
	runtime.Gosched()
	w.gave, w.wakes, w.seldom = p.now(), 0, 0
}

// exited ends a worker. If its task, or a function registered on it, called Goexit, the
// task is settled here, on the way out.
func (w *worker) exited() {
	t := w.task // the goroutine's own writes, or nil
	if t != nil && t.Panicked() && t.CrashOnPanic() {
		panic(t.Err().(*fault.PanicError).Value) // once more: a Goexit of an observer may have ended it
	}
	// Deferred, because the functions of the user that are called meanwhile, of OnDone and of
	// observers, may call Goexit once more.
	defer w.removed()
	defer w.leftBehind()
	switch {
	case t == nil || t.extra().isRunner():
	case w.item == nil:
		w.unbound(t, recover())
	default:
		w.endItem(t)
		if w.again {
			w.tryAgain(t, t.extra())
		}
	}
}

// unbound settles t, whose context could not be made, because a context of the user has panicked
// with v, or has called Goexit: its function was not called, but for earlier attempts.
func (w *worker) unbound(t *Task, v any) {
	err := outcome.ErrGoexit
	if v != nil {
		err = fault.In(t.Name(), v)
	}
	p, x := w.pool, t.extra()
	p.mu.Lock()
	w.task, t.worker = nil, nil
	w.stand(absent)
	p.halt(t, x)
	if x.attempt() > 1 {
		p.conclude(t, x, p.countRun(t, x))
	} else {
		p.count.outcome(t, x, outcome.Cancelled)
		p.neverRan(t, x, outcome.Cancelled, outcome.NeverRan(err))
	}
	p.unlock()
}

// leftBehind settles the task of a worker that ends, if it has one.
func (w *worker) leftBehind() {
	p, t := w.pool, w.task
	p.mu.Lock()
	w.stand(absent)
	if t != nil {
		if p.ran(w, t, t.extra()).Any() {
			p.effects.Release(&t.Core)
		}
	}
	p.unlock()
}

// removed is the end of a worker.
func (w *worker) removed() {
	p := w.pool
	w.contexts.Drop()
	p.mu.Lock()
	p.workers.remove(w)
	if p.phase.Load() != open {
		p.workers.retire(p, len(p.workers.idle)) // also those that were kept for started tasks
	}
	p.unlock()
}
