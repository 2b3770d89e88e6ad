package pool_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// modelFeatures is what a program may use beside what every pool has. Most programs use
// few of them.
type modelFeatures struct {
	overflows bool // tasks have policies of their own for a full queue
	delays    bool
	maxWaits  bool
	retries   bool
	flows     bool
	views     bool // groups have limits that change, rates, and are looked at
	permits   bool
	holds     bool // of permits there are many
	others    int  // the workers of another pool; 0: there is none
	pauses    bool // and drops
	perItem   bool // the items of maps have options of their own
	perSecond float64
	burst     int
}

func (in *modelBytes) features() (f modelFeatures) {
	n := in.next()
	f = modelFeatures{
		overflows: n&3 == 3,
		delays:    n&12 == 12,
		maxWaits:  n&48 == 48,
		retries:   n&192 == 192,
	}
	n = in.next()
	f.flows, f.views, f.permits, f.pauses = n&3 == 3, n&4 == 4, n&24 == 24, n&96 == 96
	f.perItem = n&128 != 0
	if f.permits {
		f.holds, f.others = in.chance(2), in.next()%3
	}
	if in.chance(6) {
		f.perSecond, f.burst = in.rate()
	}
	return f
}

// modelAdmission is what a task's options say of when it may start, beside its key, its
// weight and its priority.
type modelAdmission struct {
	overflow *millrace.Overflow // nil: that of the pool
	delay    time.Duration
	maxWait  time.Duration
	flow     int // 0: none
	retries  modelRetries
}

func (in *modelBytes) admission(c modelConfig) (a modelAdmission) {
	if c.overflows && in.chance(2) {
		o := oneOf(in, millrace.Block, millrace.Reject, millrace.CallerRuns, millrace.DropOldest)
		a.overflow = &o
	}
	if c.delays && in.chance(3) {
		a.delay = in.millis(40)
	}
	if c.maxWaits && in.chance(3) {
		a.maxWait = time.Millisecond + in.millis(60)
	}
	if c.flows {
		a.flow = in.next() % 3
	}
	if c.retries && in.chance(2) {
		a.retries = in.retries()
	}
	return a
}

func (a modelAdmission) options() (opts []millrace.TaskOption) {
	if a.overflow != nil {
		opts = append(opts, millrace.WithOverflow(*a.overflow))
	}
	if a.delay != 0 {
		opts = append(opts, millrace.WithDelay(a.delay))
	}
	if a.maxWait != 0 {
		opts = append(opts, millrace.WithMaxWait(a.maxWait))
	}
	if a.flow != 0 {
		opts = append(opts, millrace.WithFlow(a.flow))
	}
	return opts
}

func (a modelAdmission) String() string {
	var b strings.Builder
	if a.overflow != nil {
		fmt.Fprintf(&b, " overflow %v", *a.overflow)
	}
	if a.delay != 0 {
		fmt.Fprintf(&b, " delay %v", a.delay)
	}
	if a.maxWait != 0 {
		fmt.Fprintf(&b, " at most %v", a.maxWait)
	}
	if a.flow != 0 {
		fmt.Fprintf(&b, " flow %d", a.flow)
	}
	if a.retries.most > 0 {
		fmt.Fprintf(&b, " retries %+v", a.retries)
	}
	return b.String()
}

// overflow returns what happens to t if it finds the queue full.
func (m *model) overflow(t *modelTask) millrace.Overflow {
	if o := t.plan.overflow; o != nil {
		return *o
	}
	return m.cfg.overflow
}

// mayBeFull reports whether ErrQueueFull explains that t never ran.
func (m *model) mayBeFull(t *modelTask) bool {
	if m.cfg.queue < 0 {
		return false
	}
	switch m.overflow(t) {
	case millrace.Reject, millrace.DropOldest:
		return true
	}
	return m.cfg.overflow == millrace.DropOldest || m.cfg.overflows // for the sake of another task
}

// waitsBefore reports whether t, which is pending, is surely not in the queue yet: it
// waits for its input, or for its delay.
func (t *modelTask) waitsBefore() bool { return t.awaitsInput() || !t.due() }

// due reports whether t's delay is over.
func (t *modelTask) due() bool { return t.plan.delay == 0 || time.Since(t.since) >= t.plan.delay }

// late reports whether t joins the queue, or waits for a place in it, some time after its
// submission.
func (t *modelTask) late() bool { return t.input != nil || t.plan.delay > 0 }

// alone reports whether an item with these options is a task of its own: it may never run,
// and the others go on.
func (a modelAdmission) alone() bool { return a.delay > 0 || a.maxWait > 0 || a.retries.most > 0 }

// mayExpire reports whether err explains that t never ran: it was pending for too long.
func (t *modelTask) mayExpire(err error) bool {
	return errors.Is(err, pool.ErrMaxWait) && t.plan.maxWait > 0 && time.Since(t.since) >= t.plan.maxWait
}

// expired reports whether t may not be pending any more. When an item was submitted is
// the map's business.
func (t *modelTask) expired() bool {
	return !t.item && t.starts == 0 && t.plan.maxWait > 0 && time.Since(t.since) > t.plan.maxWait
}

// checkAdmission checks the times of a task whose function is called for the first time.
func (m *model) checkAdmission(t *modelTask) {
	switch {
	case !t.due():
		m.failf("%v was called %v after its submission, want %v", t, time.Since(t.since), t.plan.delay)
	case !t.item && t.plan.maxWait > 0 && time.Since(t.since) > t.plan.maxWait:
		m.failf("%v was called %v after its submission, want at most %v", t, time.Since(t.since), t.plan.maxWait)
	}
}
