package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// The items that a runner runs: their contexts, which come from blocks of the runner, and their count.
// All of this belongs to the runner's goroutine, so an item costs no lock. Only one that has left
// something in the pool (outcome.Parent, see visit), or whose runner has lost its slot, needs one when it
// ends.

// fit returns a block with room for an item, which becomes the runner's.
func (r *Runner) fit() *taskctx.Block {
	if r.block != nil && r.block.Left() > 0 {
		return r.block
	}
	r.tally()
	r.block = r.task.worker.contexts.Make(r.set.Context(), true, r.set.group.bound)
	r.counted = r.block.Ended()
	return r.block
}

// tally counts the items of the block that have ended and did not fail.
func (r *Runner) tally() {
	if r.block != nil {
		n := r.block.Ended()
		r.done.Succeeded += uint64(n - r.counted)
		r.counted = n
	}
}

// Begin starts an item and returns its context, which lends the runner's slot when the
// item waits.
func (r *Runner) Begin() context.Context {
	if r.task.Has(outcome.Lent) {
		r.resume()
	}
	r.Began()
	b := r.fit()
	c := b.Take()
	if d := r.set.Task.Timeout; d > 0 {
		b.Limit(d, r.set.Task.Name)
	}
	return c
}

// Began says that the first item of a stretch begins, for figures.
func (r *Runner) Began() {
	if !r.began.Load() {
		r.began.Store(true)
	}
}

// End ends an item that succeeded, and its context.
func (r *Runner) End() {
	r.block.EndLast()
	r.settleItem()
}

// Fail ends the item that runs, which did not succeed, and its context. panicked says that it has
// ended by a panic.
func (r *Runner) Fail(panicked bool) {
	r.block.StopHere()
	r.tally()
	r.block.EndLast()
	r.counted++
	r.done.Failed++
	if panicked {
		r.done.Panicked++
	}
	r.settleItem()
}

// settleItem ends what the last item has left in the pool: tasks that it submitted with
// its context. If a wait of it was ended by its context, the runner may not have its slot back.
// Then it is to leave, as the outcome of the item must not wait for that.
func (r *Runner) settleItem() {
	if !r.task.Has(outcome.Parent | outcome.Lent) {
		return
	}
	p, w := r.set.pool, r.task.worker
	p.mu.Lock()
	r.task.Clear(outcome.Parent)
	w.leaveTask()
	p.unlock()
}

// resume takes the slot back, for an item that the runner had claimed before it was to leave.
func (r *Runner) resume() {
	p, w := r.set.pool, r.task.worker
	p.mu.Lock()
	grant := (*Wait)(nil)
	if r.task.lent() {
		grant = w.claim()
	}
	p.unlock()
	if grant != nil {
		w.receive(grant, nil)
	}
}

// Stretch begins the contexts of the next items, at most n, in a loop that is where at
// says, which is the same for all of the runner's; none if each item needs more than a context.
func (r *Runner) Stretch(n uint64, at taskctx.Progress) taskctx.Stretch {
	if r.set.Task.Timeout > 0 {
		return taskctx.Stretch{}
	}
	b := r.fit()
	if b.Looked() != 0 || r.task.Has(outcome.Parent|outcome.Lent) {
		return taskctx.Stretch{}
	}
	if r.loop == nil {
		r.loop = taskctx.NewLoop(at)
	}
	return b.Stretch(r.loop, int(min(n, uint64(b.Left()))))
}

// Stop is the end of a stretch, after n items.
func (r *Runner) Stop(s taskctx.Stretch, n int) {
	if s.Stop(n) {
		r.settleItem()
	}
}
