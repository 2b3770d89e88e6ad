package sched

import (
	"context"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"

	"github.com/millrace-go/millrace/internal/cell"
)

// A worker is a goroutine that runs tasks. Workers do not own slots: they take
// what has been started and park when there is nothing.
//
// A worker takes several tasks at once, so that it comes to the pool's lock once
// for all of them: plain tasks of which nobody has to be told at once are settled
// under the worker's own lock, and counted there. Everything in a worker's hands
// can be taken out of them: by another that has nothing to do, so that a long
// first task does not hold up the rest.
type worker struct {
	pool  *Pool
	index int // in Pool.all
	wake  chan struct{}
	since time.Duration // when it became idle, by Pool.now
	exit  bool          // it is to end; guarded by the pool's lock, like the next three
	came  bool          // it is counted in waking
	away  bool          // it is counted in away
	free  bool          // WithInit: it is counted in prepared
	base  context.Context
	slab  slab
	span  *span  // of its plain tasks; nil: each gets a Ctx
	next  uint32 // the place of the next one in it
	idle  bool   // it is in Pool.idle, and about to park
	looks int    // how many tasks get a Ctx, because one has looked at its context
	pace  pace
	gave  time.Duration // when it last gave its processor to others, by Pool.now

	// mu guards the rest. Where the worker is not in Pool.stocked nobody but
	// itself changes it without the pool's lock, and that lock alone will do.
	mu      sync.Mutex
	task    *Task    // what it runs
	item    *itemCtx // its context, if that is of the span
	stock   [stockSize]*Task
	first   int           // of stock
	n       int           // in stock
	pending int           // of those, the last ones: claimed
	began   uint32        // claimed tasks started that the pool does not know of
	popped  uint32        // tasks taken out of the stock, ever
	settled uint32        // tasks settled that the pool does not know of
	failed  uint32        // of those
	panics  uint32        // of those
	stocked bool          // in Pool.stocked; guarded by the pool's lock, like the next two
	id      int32         // in Pool.holders, from 1; 0: it has had no task yet
	seen    uint32        // popped, when another last saw that it had changed
	seenAt  time.Duration // when that was, by Pool.now
}

// loop takes and runs tasks until the worker is told to end.
func (w *worker) loop() {
	p := w.pool
	defer w.exited()
	if p.cfg.Name != "" {
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("millrace.pool", p.cfg.Name)))
	}
	if p.cfg.Init != nil && !w.prepare() {
		return
	}
	p.mu.Lock()
	for {
		w.comeLocked()
		t := p.takeTaskLocked(w)
		if p.after.any && (t == nil || p.cfg.Init == nil) { // a prepared worker's task started because of it
			if t != nil {
				p.giveBackLocked(w)
			}
			w.goLocked()
			p.unlock()
			p.mu.Lock()
			continue
		}
		if t == nil {
			if !w.parkLocked() {
				return
			}
			continue
		}
		p.unlock()
		for t != nil {
			t = w.work(t)
		}
		if !w.idle {
			p.mu.Lock()
			continue
		}
		w.idle = false
		if !w.park() {
			return
		}
	}
}

// work runs one task and settles it. It returns the next one if it took one
// along.
func (w *worker) work(t *Task) (next *Task) {
	w.pace.ran++
	if w.item != nil {
		t.body.Run(w.item, t)
	} else {
		c := t.run.Load()
		if d := t.timeout(); d > 0 {
			c.limit(d, t.more.TimeoutCause)
		} else {
			c.prepare()
		}
		t.body.Run(c, t)
	}
	w.endContext(t)
	next, done := w.settleAlone(t)
	if done {
		return next
	}
	return w.settle(t)
}

// settleAlone settles t without the pool's lock, if t is a plain task that has
// nothing to do with others, and the worker has another in hand. It returns that
// one, or nil if functions of the user's were to be run: they may take their
// time, and what is in hand must not wait for them.
func (w *worker) settleAlone(t *Task) (next *Task, done bool) {
	core := t.core()
	if t.more != nil || w.pool.weights != nil || core.Entangled() || core.HasCallbacks() {
		return nil, false
	}
	w.mu.Lock()
	if !w.mayGoOn() {
		w.mu.Unlock()
		return nil, false
	}
	if t.run.Load() != nil {
		t.run.Store(nil)
	}
	owed := core.Settle(t.Outcome.state())
	if owed.Owner() {
		// Somebody began to depend on the task this very moment.
		w.mu.Unlock()
		w.pool.mu.Lock()
		w.reportLocked()
		w.goIfLocked(owed)
		w.pool.finishedLocked(t, t.Outcome.state())
		w.pool.releaseLocked(t, &owed)
		w.pool.unlock()
		t.release(owed)
		return nil, true
	}
	w.settled++
	if t.Outcome != Succeeded {
		w.failed++
		if t.Outcome == Panicked {
			w.panics++
		}
	}
	yields := owed.Release() && !owed.Callbacks() && w.shouldYield()
	held := w.n
	switch {
	case yields:
		w.layDown()
	case !owed.Callbacks():
		next = w.popHeld()
	}
	w.mu.Unlock()
	if owed.Callbacks() { // registered this very moment
		w.pool.mu.Lock()
		w.reportLocked()
		w.goLocked()
		w.pool.loose = true
		w.pool.unlock()
	}
	t.release(owed)
	if yields {
		w.yield()
		next = w.takeUp(held)
	}
	return next, true
}

// settle settles t under the pool's lock, and returns the next task if there is
// one.
func (w *worker) settle(t *Task) (next *Task) {
	p := w.pool
	p.mu.Lock()
	if t.more == nil && p.claimForLocked(w) {
		p.unlock()
		if next, done := w.settleAlone(t); done {
			return next
		}
		p.mu.Lock()
	}
	w.reportLocked()
	owed := p.finishLocked(w, t)
	if w.away || p.after.any || p.cfg.Init != nil {
		if p.after.any {
			w.goLocked()
			p.releaseLocked(t, &owed)
		}
		// Functions of the user's come now and may take their time: whatever was
		// started goes to another worker.
		p.loose = p.loose || w.stocked
		p.unlock()
		t.release(owed)
		return nil
	}
	if owed.Release() && (w.n > 0 || p.picks.head != nil) && w.shouldYield() {
		w.came = true // it is on its way again
		p.waking++
		p.unlock()
		t.release(owed)
		w.yield()
		return nil
	}
	next = p.takeTaskLocked(w)
	switch {
	case !p.after.any:
		w.idle = next == nil && w.idleLocked() // before it wakes who waits, to come to the lock but once
	case next != nil:
		p.giveBackLocked(w)
		next = nil
	}
	p.unlock()
	t.release(owed)
	return next
}

// release wakes who waits for t.
func (t *Task) release(owed cell.Owed) {
	if owed.Release() {
		t.core().Release()
	}
}

// yieldAfter is how long a worker that wakes others runs before it lets them have the
// processor: if all are busy they would wait there until it parks. Each time costs a
// microsecond or two.
const yieldAfter = 100 * time.Microsecond

// shouldYield reports whether it is time to let those whom the worker is about to wake
// have its processor.
func (w *worker) shouldYield() bool { return w.pool.now()-w.gave > yieldAfter }

// yield lets others have the processor. It may be a long time before the worker has one
// again, if others of the pool keep them busy. So there must be nothing by then that
// only this worker can run: its next task is laid down before, or not yet taken.
func (w *worker) yield() {
	runtime.Gosched()
	w.gave = w.pool.now()
}

// exited ends a worker. If its task, or a function registered on it, called
// Goexit, the task is settled here, on the way out.
func (w *worker) exited() {
	p := w.pool
	p.mu.Lock()
	t := w.reportLocked()
	if t != nil && t.Outcome == Unfinished {
		p.mu.Unlock()
		return // the panic of a task that ends the process
	}
	var owed cell.Owed
	if t != nil && t.activeLocked() {
		p.mu.Unlock()
		w.endContext(t)
		p.mu.Lock()
		w.goLocked()
		owed = p.finishLocked(w, t)
		p.releaseLocked(t, &owed)
	}
	p.returnStockLocked(w)
	defer w.removed() // also if a function of OnDone calls Goexit once more
	p.unlock()
	if owed.Release() {
		t.core().Release()
	}
}

// removed is the end of a worker.
func (w *worker) removed() {
	p := w.pool
	p.mu.Lock()
	p.removeLocked(w)
	if p.phase.Load() != open {
		p.retireLocked(len(p.idle)) // those too that were kept for what had started
	}
	p.loose = p.loose || len(p.stocked) > 0
	p.admitLocked()
	p.drainLocked()
	p.unlock()
}

// addLocked makes a new worker of the pool's.
func (p *Pool) addLocked() *worker {
	w := &worker{pool: p, index: len(p.all)}
	p.all = append(p.all, w)
	return w
}

func (p *Pool) removeLocked(w *worker) {
	last := len(p.all) - 1
	p.all[w.index] = p.all[last]
	p.all[w.index].index = w.index
	p.all[last] = nil
	p.all = p.all[:last]
	if w.id > 0 {
		p.holders[w.id-1] = nil
	}
	if last == 0 {
		p.all = nil
	}
	w.goLocked()
	p.away--
}

// goLocked says that the worker will not come to the lock by itself: it ends, or
// runs functions of the user's, which may take their time.
func (w *worker) goLocked() {
	if w.away {
		return
	}
	w.away = true
	w.pool.away++
	if w.free {
		w.free = false
		w.pool.prepared--
	}
}

// goIfLocked is goLocked for a worker that owes calls to functions of the user's.
func (w *worker) goIfLocked(owed cell.Owed) {
	if owed.Callbacks() {
		w.goLocked()
	}
}

// comeLocked says that the worker is back, and has no task.
func (w *worker) comeLocked() {
	if w.away {
		w.away = false
		w.pool.away--
	}
	if w.pool.cfg.Init != nil && !w.free {
		w.free = true
		w.pool.prepared++
		w.pool.admitLocked()
	}
}
