package sched

import (
	"time"

	"github.com/millrace-go/millrace/internal/alarm"
	"github.com/millrace-go/millrace/internal/outcome"
)

// Pool.clock holds what the pool does at a later time: for tasks, and for rates with nil in the
// place of a task.

// now is the time since the pool was made.
func (p *Pool) now() time.Duration { return p.clock.Now() }

// alarmsDue rings the alarms that are due.
func (p *Pool) alarmsDue() {
	p.mu.Lock()
	p.clock.Ring()
	p.unlock()
}

// alarmOrder is the order in which alarms ring that are due at the same time.
func alarmOrder(t *Task) uint64 {
	if t == nil {
		return 0
	}
	return t.Order()
}

// delay keeps t out of the queue for d.
func (p *Pool) delay(t *Task, x *Extra, d time.Duration) {
	x.stage = delayed
	p.countDelayed(x, 1)
	p.clock.Set(&x.rare().delay, d, t, endDelay)
	if x.common.Key != nil {
		p.closeCycles(t) // of a wait for its group
	}
}

// endDelay lets a task into the queue whose delay is over.
func endDelay(t *Task) {
	p, x := t.pool(), t.extra()
	p.countDelayed(x, -1)
	x.stage = fresh
	p.arrive(t, x)
}

// countDelayed counts a task that begins or ends to wait for its delay.
func (p *Pool) countDelayed(x *Extra, n int) {
	if !x.ofMap() {
		p.delayed += n
	}
}

// expire settles t, which is still pending after WithMaxWait: the alarm stops when a task starts.
func expire(t *Task) {
	p := t.pool()
	p.cancel(t, outcome.NeverRan(t.named(p, ErrMaxWait)))
}

// eachDelayed calls f with every task that waits for its delay, or rests.
func (p *Pool) eachDelayed(f func(*Task)) {
	p.clock.Each(func(a *alarm.Alarm[*Task], t *Task) {
		if t != nil && a == &t.extra().more.delay {
			f(t)
		}
	})
}
