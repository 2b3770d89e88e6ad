package sched

import (
	"context"
	"time"

	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/outcome"
)

// A task of WithRetry that has failed may rest and be started again. While it rests it
// holds nothing but the turn of its key; its state is Running.

// tryAgain asks whether t, whose attempt has ended, is to be tried again. If so it puts
// t to rest and reports true: the worker has no task then.
func (w *worker) tryAgain(t *Task, x *Extra) (again bool) {
	if t.Err() == nil || t.Has(outcome.Final) {
		return false
	}
	delay, again := askRetry(t, x)
	if !again {
		return false
	}
	if o, ok := t.body.(Observed); ok && w.tells(t, x) {
		// Deferred, because an observer may call Goexit, which ends the worker and not
		// the task.
		defer func() { again = w.rest(t, x, delay) }()
		o.Retried(delay)
		return again
	}
	return w.rest(t, x, delay)
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

// fail gives t an error in place of what its last attempt has returned.
func (t *Task) fail(err error) {
	if b, ok := t.body.(interface{ Fail(error) }); ok {
		b.Fail(err)
		return
	}
	t.SetErr(err)
}

// askRetry calls the function of WithRetry. A panic or Goexit there is the outcome.
func askRetry(t *Task, x *Extra) (delay time.Duration, again bool) {
	returned := false
	defer func() {
		if returned {
			return
		}
		t.Add(outcome.Final | outcome.Unwound)
		err, _ := Unwound(recover(), x.opts.Name)
		t.fail(err)
	}()
	delay, again = x.opts.Retry(x.attempt(), t.Err())
	returned = true
	return delay, again
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

// Unwound returns the error of a function that did not return, of a task of that name, for which
// recover has returned r.
func Unwound(r any, name string) (err error, panicked bool) {
	if r == nil {
		return outcome.ErrGoexit, false
	}
	return fault.In(name, r), true
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
