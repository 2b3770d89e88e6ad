package sched

import (
	"cmp"
	"slices"
	"time"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/queue"
)

// A clock holds what a pool has to do at a later time. It has one timer, however many
// alarms there are, and sets none while there is no alarm.
type clock struct {
	pool    *Pool
	alarms  queue.Sorted[*alarm]
	timer   *time.Timer
	next    uint64 // when the timer fires; 0: it is not set
	delayed int    // pending tasks that wait for their delay; not runners, which count from when they start
}

// An alarm is one thing to do later. ring is called under the pool's lock.
type alarm struct {
	item queue.Item[*alarm]
	ring func(*Pool, *Task)
	task *Task // that it is for; nil: it is for a rate
}

// now is the time since the pool was made: to ask for a duration costs half as much as
// to ask for the time of day.
func (p *Pool) now() time.Duration { return time.Since(p.born) }

// time is the time of day, for what counts in it.
func (c *clock) time() time.Time { return c.pool.born.Add(c.pool.now()) }

// set makes the clock call ring with t, d from now, unless a is set already, and rings sooner.
func (c *clock) set(a *alarm, d time.Duration, t *Task, ring func(*Pool, *Task)) {
	at := uint64(c.pool.now())
	if at += uint64(max(d, 0)); int64(at) < 0 {
		at = 1<<63 - 1
	}
	if a.item.Queued() {
		if a.item.Order <= at {
			return
		}
		c.alarms.Remove(&a.item)
	}
	a.item.Value, a.item.Order, a.ring, a.task = a, at, ring, t
	c.alarms.Push(&a.item)
	c.arm()
}

// stop takes a out, if it is set.
func (c *clock) stop(a *alarm) {
	removed := c.alarms.Remove(&a.item)
	if a.clear(); !removed {
		return
	}
	if c.alarms.Len() == 0 && c.timer != nil {
		c.timer.Stop()
		c.next = 0
	}
}

func (a *alarm) clear() { a.item.Value, a.ring, a.task = nil, nil, nil }

// arm sets the timer to the first alarm.
func (c *clock) arm() {
	first := c.alarms.First()
	if first == nil || c.next != 0 && c.next <= first.Order {
		return
	}
	c.next = max(first.Order, 1)
	d := time.Duration(first.Order) - c.pool.now()
	if c.timer == nil {
		c.timer = time.AfterFunc(d, c.fire)
	} else {
		c.timer.Reset(d)
	}
}

// fire rings what is due.
func (c *clock) fire() {
	p := c.pool
	p.mu.Lock()
	c.next = 0
	for _, a := range c.due(uint64(p.now())) {
		if ring, t := a.ring, a.task; ring != nil && !a.item.Queued() { // not if another one has stopped it
			a.clear()
			ring(p, t)
		}
	}
	c.arm()
	p.admit()
	p.unlock()
}

// due takes the alarms out that ring by now. Those that ring at the same time are in the order of
// their tasks.
func (c *clock) due(now uint64) (due []*alarm) {
	for first := c.alarms.First(); first != nil && first.Order <= now; first = c.alarms.First() {
		due = append(due, c.alarms.Pop().Value)
	}
	slices.SortFunc(due, func(a, b *alarm) int {
		return cmp.Or(cmp.Compare(a.item.Order, b.item.Order), cmp.Compare(a.order(), b.order()))
	})
	return due
}

// order returns that of the task, 0 for a rate.
func (a *alarm) order() uint64 {
	if a.task == nil {
		return 0
	}
	return a.task.Order()
}

// delay keeps t out of the queue for d.
func (p *Pool) delay(t *Task, x *Extra, d time.Duration) {
	x.at = delayed
	p.clock.count(x, 1)
	p.clock.set(&x.rare().delay, d, t, (*Pool).endDelay)
}

// endDelay lets a task into the queue whose delay is over.
func (p *Pool) endDelay(t *Task) {
	x := t.extra()
	p.clock.count(x, -1)
	x.at = fresh
	p.arrive(t, x)
}

// count counts a task that begins or ends to wait for its delay.
func (c *clock) count(x *Extra, n int) {
	if !x.ofMap() {
		c.delayed += n
	}
}

// expire settles t, if it is still pending after WithMaxWait.
func (p *Pool) expire(t *Task) {
	if t.Pending() {
		p.cancel(t, outcome.NeverRan(named(p, ErrMaxWait)))
	}
}

// eachDelayed calls f with every task that waits for its delay, or rests.
func (c *clock) eachDelayed(f func(*Task)) {
	c.alarms.Each(func(a *alarm) {
		if t := a.task; t != nil && a == &t.extra().more.delay {
			f(t)
		}
	})
}

// drop lets go of the timer.
func (c *clock) drop() {
	if c.timer != nil {
		c.timer.Stop()
	}
}
