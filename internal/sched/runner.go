package sched

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// turnLength is how long a runner keeps its slot while others wait for it.
const turnLength = 20 * time.Microsecond

// turnItems is how many items it runs at most, while others wait.
const turnItems = 1000

// A Runner is a task that runs items. Its methods are for the goroutine that is in Run.
type Runner struct {
	task    Task
	extra   Extra
	more    more
	opts    options.Task
	timeout time.Duration // of each item
	waiter  outcome.Waiter
	set     *Runners
	cause   error         // why the context of an item ends after it
	one     func(*Runner) // of a runner that was started for one item
	never   func(error)   // the same

	yielded  bool // it leaves because others wait for slots, or because of a rate
	replaced bool // it has submitted its successor
	worker   *worker
	block    *taskctx.Block // of the contexts of its items
	counted  int            // how many items of it are in done
	since    time.Time      // when its turn began
	asked    int            // how often it was asked since whether the turn is over, while others wait
	done     counters       // since it was counted
	ran      counters       // for its group
}

// flow returns the flow that the runner is of: by default the map is one.
func (h *Runner) flow() any {
	if h.opts.Flow != nil {
		return h.opts.Flow
	}
	return h.set
}

// Run, Drop and Extra implement Body. A worker calls run.
func (h *Runner) Run(context.Context, *Task) {}
func (h *Runner) Drop()                      {}
func (h *Runner) Extra() *Extra              { return &h.extra }

func (h *Runner) run(w *worker) {
	h.worker, h.since = w, time.Now()
	defer h.leave()
	if h.one != nil {
		h.one(h)
	} else {
		h.set.Loop.Work(h)
	}
}

// leave is the end of the runner's turn.
func (h *Runner) leave() {
	if h.block != nil {
		h.block.Sync()
		h.tally()
	}
	h.ran = h.done
	if r := h.set; h.yielded && h.never == nil && !r.ended.Load() && r.Loop.More() {
		// Its successor is in the queue before it ends: the map does not lose its turn.
		h.replaced = true
		r.submit(&Runner{set: r, opts: r.Task, cause: r.TimeoutCause})
	}
}

// Yield reports whether the runner is to leave: others wait for its slot and its turn is
// over, so that it has to queue again behind them, or the executor takes no more items of
// the map. It is cheap enough to be called after every item.
func (h *Runner) Yield() bool {
	if h.set.pool.wants.Load() != nobody && h.turnOver() || h.set.rated {
		h.yielded = true
		return true
	}
	return false
}

// Wanted returns a word that is 0 while Yield would report false. A tight loop keeps the
// pointer and calls Yield only when the word is not 0.
func (h *Runner) Wanted() *atomic.Uint64 {
	if h.set.rated {
		return &always
	}
	return &h.set.pool.wants
}

// always is what Wanted returns for runners that run one item.
var always = func() (w atomic.Uint64) { w.Store(1); return }()

func (h *Runner) turnOver() bool {
	p := h.set.pool
	wants := p.wants.Load()
	for g := h.set.group.outer; g != nil; g = g.outer {
		crowd := g.crowd.Load()
		if crowd == math.MaxUint64 {
			return true
		}
		wants = max(wants, crowd)
	}
	if wants < wanting(h.opts.Priority) {
		return false
	}
	switch p.phase.Load() {
	case open:
		return h.hadEnough()
	case closing:
		return !h.set.inside || h.hadEnough()
	default:
		return true
	}
}

// hadEnough reports whether the runner has had its slot for long enough while others
// wait. Time may stand still (testing/synctest), so items count too.
func (h *Runner) hadEnough() bool {
	h.asked++
	return h.asked > turnItems || time.Since(h.since) > turnLength
}

// Fire is called when the runner has settled. It implements outcome.Target.
func (h *Runner) Fire(*outcome.Waiter) bool {
	r := h.set
	if h.replaced {
		return false
	}
	r.called.Add(-1)
	never := h.task.State() == outcome.Cancelled
	switch {
	case h.never != nil:
		if never {
			h.never(h.task.Err())
		}
	case r.ended.Load():
	case never:
		r.refuse(h.task.Err())
	case r.Loop.More():
		r.Start()
	}
	return false
}
