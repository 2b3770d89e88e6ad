package sched

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// turnLength is how long a runner keeps its slot while others wait for it.
const turnLength = 20 * time.Microsecond

// turnItems is how many items it runs at most, while others wait.
const turnItems = 1000

// A Runner is a task that runs items. Its methods are for the goroutine that is in Run.
type Runner struct {
	NoBody
	task   Task
	extra  Extra
	more   more
	waiter outcome.Waiter
	set    *Runners

	began    atomic.Bool    // it has begun an item
	replaced bool           // it has submitted its successor
	block    *taskctx.Block // of the contexts of its items
	loop     *taskctx.Loop  // over them; nil until there is a stretch. A context that is kept keeps it
	counted  int            // how many items of it are in done
	since    time.Time      // when its turn began
	asked    int            // how often it was asked since whether the turn is over, while others wait
	done     Counts         // of its items
}

// Extra implements Body. A worker calls run, not Run.
func (r *Runner) Extra() *Extra { return &r.extra }

func (r *Runner) run() {
	r.since = time.Now()
	defer r.leave()
	r.set.Loop.Work(r)
}

// leave is the end of the runner's turn.
func (r *Runner) leave() {
	if r.block != nil {
		r.block.Sync()
		r.tally()
	}
	if set := r.set; !set.ended.Load() && set.Loop.More() {
		// Its successor is in the queue before it ends: the map does not lose its turn.
		r.replaced = true
		set.start()
	}
}

// Yield reports whether the runner is to leave: others wait for its slot and its turn is
// over, so that it has to queue again behind them, or it has no slot any more, or the
// executor takes no more items of the map. It is cheap enough to be called after every item.
func (r *Runner) Yield() bool {
	return r.set.pool.wants.Load() != nobody && r.turnOver() || r.set.rated || r.task.Has(outcome.Lent)
}

// TookLast says that no item is left for another runner of the map. It is to be called after
// Wanted was looked at, and not 0: a runner may wait in the queue, and hold back others.
func (r *Runner) TookLast() {
	r.set.pool.mu.Lock()
	r.set.pool.unlock()
}

// Wanted returns a word that is 0 while Yield would report false. A tight loop keeps the
// pointer and calls Yield only when the word is not 0.
func (r *Runner) Wanted() *atomic.Uint64 {
	if r.set.rated {
		return &always
	}
	return &r.set.pool.wants
}

// always is what Wanted returns for runners that run one item.
var always = func() (w atomic.Uint64) { w.Store(1); return }()

// Lent returns how long the runner has lent its slot so far. It is counted for pools with an
// observer.
func (r *Runner) Lent() time.Duration { return r.task.Lent() }

func (r *Runner) turnOver() bool {
	wants := r.set.pool.wants.Load()
	for g := r.set.group.outer; g != nil; g = g.outer {
		wants = max(wants, g.crowd.Load())
	}
	switch {
	case wants == atOnce:
		return true
	case wants < wanting(r.set.Task.Priority):
		return false
	}
	switch r.set.pool.phase.Load() {
	case open:
		return r.hadEnough()
	case closing:
		return !r.set.inside || r.hadEnough()
	default:
		return true
	}
}

// hadEnough reports whether the runner has had its slot for long enough while others
// wait. Time may stand still (testing/synctest), so items count too.
func (r *Runner) hadEnough() bool {
	r.asked++
	return r.asked > turnItems || time.Since(r.since) > turnLength
}

// Fire is called when the runner has settled. It implements outcome.Target.
func (r *Runner) Fire(*outcome.Waiter) {
	set := r.set
	if r.replaced {
		return
	}
	set.called.Add(-1)
	switch {
	case set.ended.Load():
	case r.task.State() == outcome.Cancelled && r.task.Err() != errNeedless:
		set.refuse(r.task.Err())
	case set.Loop.More():
		set.Start()
	}
}

// Pool.wants tells the runners of maps, without the lock, of what priority the tasks are that
// wait for a slot. Group.crowd tells them the same of a group. Two values are no priorities:
const (
	nobody = 0              // nothing waits
	atOnce = math.MaxUint64 // no further item may start: the pool is paused, or more run than may
)

// wanting encodes a priority for Pool.wants: in the same order, and between these two.
func wanting(priority int) uint64 {
	return min(max(uint64(priority)^1<<63, nobody+1), atOnce-1)
}

// want raises Pool.wants: a task of this priority waits for a slot.
func (p *Pool) want(priority int) {
	if w := wanting(priority); p.wants.Load() < w {
		p.wants.Store(w)
	}
}

// updateWants stores the highest priority that waits for a slot in Pool.wants, where runners
// of maps look at it. Without runners admitAll does not call it: the section that starts the
// first of them stores it.
func (p *Pool) updateWants() {
	w := uint64(nobody)
	switch {
	case p.paused.Load() || p.slots.active > p.slots.n:
		w = atOnce
	case p.returning() > 0 || p.phase.Load() != open:
		w = wanting(math.MaxInt) // runners have to look at the phase, too
	case p.vacant() && p.crowded == 0:
	default:
		if priority, some := p.ready.Priority(p.head() != nil && p.fifo.Len() > 0); some {
			w = wanting(priority)
		}
		if p.entries.Len() > 0 {
			w = max(w, wanting(p.entries.First().Value.extra().priority()))
		}
		if p.crowded > 0 {
			w = max(w, wanting(math.MinInt)) // runners look at their groups
		}
	}
	if w != p.wants.Load() {
		p.wants.Store(w)
	}
}
