package pool_test

import (
	"time"

	"github.com/millrace-go/millrace"
)

// modelRetries is how a task is tried again.
type modelRetries struct {
	most  int // attempts after the first; 0: no WithRetry
	rest  time.Duration
	panic bool // instead of the last one the schedule panics
}

func (in *modelBytes) retries() modelRetries {
	return modelRetries{most: 1 + in.next()%2, rest: in.millis(30), panic: in.chance(8)}
}

// retryOptions returns the schedule of t, which goes with the options of its plan.
func (m *model) retryOptions(t *modelTask) []millrace.TaskOption {
	if t.plan.retries.most == 0 {
		return nil
	}
	return []millrace.TaskOption{millrace.WithRetry(func(attempt int, err error) (time.Duration, bool) { return m.schedule(t, attempt, err) })}
}

// schedule is the function of WithRetry.
func (m *model) schedule(t *modelTask, attempt int, err error) (time.Duration, bool) {
	r := t.plan.retries
	m.mu.Lock()
	defer m.mu.Unlock()
	m.logf("  %v, attempt %d: %v", t, attempt, err)
	switch {
	case attempt != t.starts || !t.ended || t.resting:
		m.failf("the schedule of %v was asked after attempt %d; called %d times, returned %v", t, attempt, t.starts, t.ended)
	case !t.will.explains(err):
		m.failf("the schedule of %v was asked about %v, it ended with %+v", t, err, *t.will)
	case attempt > r.most && r.panic:
		t.will = &modelWill{panicked: "model: a schedule", late: true}
		panic("model: a schedule")
	}
	if attempt > r.most {
		return 0, false
	}
	if m.levers.paused {
		m.reached("rest in a pause")
	}
	t.resting, t.tried = true, time.Now().Add(r.rest)
	if t.plan.key != 0 {
		m.keys[t.plan.key] = t // it keeps its turn
	}
	return r.rest, true
}

// startsAgain checks a task whose function is called once more, with context c. m.mu is held.
func (m *model) startsAgain(c *modelCtx, t *modelTask) {
	switch {
	case !t.resting:
		m.failf("%v was called %d times", t, t.starts)
	case time.Now().Before(t.tried):
		m.failf("%v is tried again %v too early", t, time.Until(t.tried))
	case t.aborted && c.ctx.Err() == nil: // or else the abort came when the attempt had started
		m.failf("%v is tried again, though it was aborted", t)
	}
	t.resting, t.ended = false, false
}

// rests reports whether t is between two attempts, as far as anybody knows.
func (t *modelTask) rests() bool { return t.resting && t.seen == nil && !t.over }

// hasTurn returns the task that has the turn of a key, nil if nobody is known to have it.
func (m *model) hasTurn(key int) *modelTask {
	if t := m.keys[key]; t != nil && (!t.resting || t.rests()) {
		return t
	}
	return nil
}

// freed reports whether t, which was seen to have a turn, has it no more: an end came while
// it rested.
func (t *modelTask) freed(resting bool) bool {
	return resting && (t.item || t.f == nil || t.f.State().Settled())
}

// checkResting checks a task that is between two attempts at rest.
func (m *model) checkResting(t *modelTask) {
	if m.mustEnd(t) {
		m.failf("at rest: %v is between two attempts, though it was ended", t)
	}
}

// checkAttempt checks the number of the attempt that ctx is of.
func (m *model) checkAttempt(t *modelTask, got int) {
	if want := t.starts; got != want {
		m.failf("Attempt() = %d in %v, want %d", got, t, want)
	}
}
