package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// An Outcome is how an item's function ended, if it did not succeed.
type Outcome uint8

// The outcomes.
const (
	Failed Outcome = iota
	Panicked
	Exited // by Goexit
)

// fit returns a block with room for an item, which becomes the runner's.
func (h *Runner) fit() *taskctx.Block {
	if h.block != nil {
		if h.block.Rewind(); h.block.Left() > 0 {
			return h.block
		}
	}
	h.tally()
	w := h.worker
	bound := h.set.group.bound.Outer
	if w.under == nil || !taskctx.Same(w.under, h.set.ctx) || w.block.Left() == 0 || w.block.Bounds() != bound {
		w.drop()
		w.under = h.set.ctx
		w.block = taskctx.New(taskctx.WithBase(h.set.ctx, w.base, w.pool), bound, w, true)
	}
	h.block, h.counted = w.block, w.block.Ended()
	return h.block
}

// tally counts the items of the block that have ended and did not fail.
func (h *Runner) tally() {
	if h.block != nil {
		n := h.block.Ended()
		h.done.succeeded += uint64(n - h.counted)
		h.counted = n
	}
}

// Begin starts an item and returns its context, which lends the runner's slot when the
// item waits.
func (h *Runner) Begin() context.Context {
	b := h.fit()
	c := b.Take()
	if h.timeout > 0 {
		b.Limit(h.timeout, h.cause)
	}
	return c
}

// End ends an item that succeeded, and its context.
func (h *Runner) End() {
	h.block.EndLast()
	if h.task.Has(outcome.Parent | outcome.Lent) {
		h.settleItem()
	}
}

// Fail ends the item that runs, which did not succeed, and its context.
func (h *Runner) Fail(o Outcome) {
	h.block.StopHere()
	h.tally()
	h.block.Rewind()
	h.block.Take()
	h.block.EndLast()
	h.counted++
	h.done.failed++
	if o == Panicked {
		h.done.panicked++
	}
	h.settleItem()
}

// settleItem ends what the last item has left in the pool: tasks that it submitted with
// its context, and a slot that it has not taken back.
func (h *Runner) settleItem() {
	if !h.task.Has(outcome.Parent | outcome.Lent) {
		return
	}
	p, w := h.set.pool, h.worker
	p.mu.Lock()
	h.task.Clear(outcome.Parent)
	w.endKids()
	if !h.task.lent() {
		p.unlock()
		return
	}
	// A wait of the item was ended by its context. The next item must not start on a
	// debt.
	wait := newWait()
	w.grant = wait
	p.toReturns(w)
	p.admit()
	needs := h.task.lent()
	p.unlock()
	if needs {
		<-wait.ch
	}
}

// Block receives from ch in the middle of an item, and lends the runner's slot to
// anybody meanwhile. The caller must make sure that there is something to receive when
// the run ends.
func (h *Runner) Block(ch <-chan struct{}) {
	w := newWait()
	w.always = true
	w.pool, w.task, w.worker, w.item = h.set.pool, &h.task, h.worker, h.block.At(h.block.Ended())
	w.begin(Every)
	<-ch
	w.end(h.set.ctx.Done())
}

// A Stretch is the contexts of items that a runner runs one after another: what Begin
// and End do, in pieces that a loop can keep in registers. Each item ends as the loop
// goes on to the next. One that fails is ended by Runner.Fail, and the stretch is over.
type Stretch struct {
	block *taskctx.Block
	first int // the place of its first item
	n     int
}

// Stretch begins the contexts of the next items, at most n, in a loop that is where at
// says; none if each item needs more than a context.
func (h *Runner) Stretch(n uint64, at taskctx.Progress) Stretch {
	if h.timeout > 0 {
		return Stretch{}
	}
	b := h.fit()
	if b.Looked() != 0 || h.task.Has(outcome.Parent|outcome.Lent) {
		return Stretch{}
	}
	s := Stretch{b, b.Ended(), int(min(n, uint64(b.Left())))}
	b.Loop(at, s.n)
	return s
}

// Len returns how many there are.
func (s Stretch) Len() int { return s.n }

// Begin returns the context of the item at i, the next one.
func (s Stretch) Begin(i int) context.Context { return s.block.At(s.first + i) }

// Looked is not 0 if an item has looked at its context. Then the stretch is over.
func (s Stretch) Looked() uint32 { return s.block.Looked() }

// Stop is the end of a stretch, after n items.
func (h *Runner) Stop(s Stretch, n int) {
	s.block.Stop(s.first + n)
	if s.block.Looked() != 0 {
		s.block.Sync()
		h.settleItem()
	}
}
