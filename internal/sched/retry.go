package sched

import (
	"context"
	"time"

	"github.com/millrace-go/millrace/internal/outcome"
)

// A task of WithRetry that has failed may rest and be started again. While it rests it
// holds nothing but the turn of its key; its state is Running.

// AskRetry asks the function of WithRetry, if t has one and its attempt has failed, whether there is
// to be another. It is called by the goroutine of the attempt before the observers are told of its
// end: a panic or Goexit of the function is how the attempt has ended, for them as for Stats.
func (t *Task) AskRetry() {
	x := t.extra()
	if x.opts.Retry == nil || t.Err() == nil || t.Has(outcome.Final) || t.Panicked() && t.CrashOnPanic() {
		return
	}
	w := t.worker
	w.delay, w.again = x.opts.Retry(x.attempt(), t.Err())
}

// tryAgain puts t, whose attempt has ended, to rest: it is to be tried again. It reports false if
// something has ended the task meanwhile, and else true: then the worker has no task.
func (w *worker) tryAgain(t *Task, x *Extra) (rests bool) {
	w.again = false
	if o, ok := t.body.(Observed); ok && w.tells(t, x) {
		// Deferred, because an observer may call Goexit, which ends the worker and not
		// the task.
		defer func() { rests = w.rest(t, x, w.delay) }()
		o.Retried(w.delay)
		return rests
	}
	return w.rest(t, x, w.delay)
}

// tells reports whether the observer of t is told of another attempt.
func (w *worker) tells(t *Task, x *Extra) bool {
	w.pool.mu.Lock()
	defer w.pool.unlockAsIs()
	return w.pool.mayRest(t, x)
}

// rest puts t to rest, unless it may not have another attempt.
func (w *worker) rest(t *Task, x *Extra, delay time.Duration) bool {
	p := w.pool
	p.mu.Lock()
	if !p.mayRest(t, x) {
		p.unlock()
		return false
	}
	p.putToRest(w, t, x, delay)
	p.admit()
	if p.effects.Any {
		w.stand(absent) // functions of the user may take their time
		p.admit()       // without w there may be too few prepared workers
	}
	p.unlockAsIs()
	return true
}

// mayRest reports whether t may have another attempt: nothing has ended it for good, while
// its attempt ran or while functions of the user were called.
func (p *Pool) mayRest(t *Task, x *Extra) bool {
	return !t.Has(outcome.Final) && p.phase.Load() != stopped && !p.ended(t, x)
}

// putToRest takes a task off its worker until d from now.
func (p *Pool) putToRest(w *worker, t *Task, x *Extra, d time.Duration) {
	w.task, w.item, t.worker = nil, nil, nil
	if t.Has(outcome.Lent) {
		w.lendsNoMore(t)
	} else {
		p.halt(t, x)
	}
	x.beyond = false
	x.stage = delayed
	p.slots.rests++
	if x.attempt() == 1 {
		t.scope.Load().note(t) // once: from now on it is kept there
	}
	x.rare().attempts++
	p.clock.Set(&x.more.delay, d, t, endRest)
	// It needs a slot again, so those that wait for it must not keep theirs.
	p.lendBehind(t)
	w.leaveTask() // last: it may settle members of the task's group, which may end that
}

// endRest lets a task that rests into the queue again.
func endRest(t *Task) {
	x := t.extra()
	x.unplaced = true
	t.pool().requeue(t, x)
}

// Attempt returns which attempt of its task ctx belongs to, 0 outside of running tasks.
func Attempt(ctx context.Context) int {
	w, c := workerOf(ctx)
	if w == nil {
		return 0
	}
	w.pool.mu.Lock()
	defer w.pool.mu.Unlock()
	if !w.runs(c) {
		return 0
	}
	return w.task.extra().attempt()
}

// attempt returns which attempt of its task runs.
func (x *Extra) attempt() int {
	if x == nil || x.more == nil {
		return 1
	}
	return x.more.attempts + 1
}
