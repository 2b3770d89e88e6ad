// Package alarm calls functions at later times: pure data but for one timer.
//
//	Clock ── alarms ──▶ Alarm …   the next first
//	      ── timer                set while there is an alarm
//	Rate  ── an alarm             when the next may start         rate.go
//
// An Alarm is part of what it is for, so that setting it allocates nothing. The user of
// a clock guards the clock with a lock, and calls Ring under that lock, too.
package alarm

import (
	"cmp"
	"slices"
	"time"

	"github.com/millrace-go/millrace/internal/queue"
)

// A Clock holds what is to be done later, each for a T. It has one timer, however many
// alarms there are. It has to be prepared by Init.
type Clock[T any] struct {
	born   time.Time
	due    func()
	order  func(T) uint64
	alarms queue.Sorted[*Alarm[T]]
	timer  *time.Timer
	next   uint64      // when the timer fires; 0: it is not set
	rings  []*Alarm[T] // while Ring runs: those that are due at one time
}

// An Alarm is one thing to do later. The zero value is not set.
type Alarm[T any] struct {
	item queue.Item[*Alarm[T]]
	ring func(T)
	what T
}

// Init starts the clock. due is called in a goroutine of its own, without the lock, when
// Ring is to be called; order is that of alarms that ring at the same time.
func (c *Clock[T]) Init(due func(), order func(T) uint64) {
	c.born, c.due, c.order = time.Now(), due, order
}

// Now returns the time since Init: to ask for a duration costs half as much as to ask for
// the time of day.
func (c *Clock[T]) Now() time.Duration { return time.Since(c.born) }

// Time returns the time of day, for what counts in it.
func (c *Clock[T]) Time() time.Time { return c.born.Add(c.Now()) }

// Set makes the clock call ring with what, d from now, unless a is set already, and rings
// sooner.
func (c *Clock[T]) Set(a *Alarm[T], d time.Duration, what T, ring func(T)) {
	at := uint64(c.Now())
	if at += uint64(max(d, 0)); int64(at) < 0 {
		at = 1<<63 - 1
	}
	if a.IsSet() {
		if a.item.Order <= at {
			return
		}
		c.alarms.Remove(&a.item)
	}
	a.item.Value, a.item.Order, a.ring, a.what = a, at, ring, what
	c.alarms.Push(&a.item)
	c.arm()
}

// Stop takes a out, if it is set: it does not ring, also if it has come due.
func (c *Clock[T]) Stop(a *Alarm[T]) {
	removed := c.alarms.Remove(&a.item)
	if a.clear(); removed && c.alarms.Len() == 0 {
		c.Drop()
	}
}

// IsSet reports whether a will ring.
func (a *Alarm[T]) IsSet() bool { return a.item.Queued() }

func (a *Alarm[T]) clear() {
	var none T
	a.item.Value, a.ring, a.what = nil, nil, none
}

// Len returns how many alarms are set.
func (c *Clock[T]) Len() int { return c.alarms.Len() }

// Next returns when the timer fires, by Now; 0: it is not set.
func (c *Clock[T]) Next() time.Duration { return time.Duration(c.next) }

// Each calls f with every alarm that is set, and with what it is for, in no order.
func (c *Clock[T]) Each(f func(*Alarm[T], T)) {
	c.alarms.Each(func(a *Alarm[T]) { f(a, a.what) })
}

// Drop lets go of the timer.
func (c *Clock[T]) Drop() {
	if c.next != 0 {
		c.timer.Stop()
		c.next = 0
	}
}

// arm sets the timer to the first alarm.
func (c *Clock[T]) arm() {
	first := c.alarms.First()
	if first == nil || c.next != 0 && c.next <= first.Order {
		return
	}
	c.next = max(first.Order, 1)
	d := time.Duration(first.Order) - c.Now()
	if c.timer == nil {
		c.timer = time.AfterFunc(d, c.due)
	} else {
		c.timer.Reset(d)
	}
}

// Ring rings what is due: what rings may set alarms and stop others, also those that are
// due, which do not ring then.
func (c *Clock[T]) Ring() {
	c.next = 1 // the timer is set in the end
	now := uint64(c.Now())
	for first := c.alarms.First(); first != nil && first.Order <= now; first = c.alarms.First() {
		c.pop(first.Order)
		for i, a := range c.rings {
			c.rings[i] = nil
			if ring, what := a.ring, a.what; ring != nil && !a.IsSet() {
				a.clear()
				ring(what)
			}
		}
	}
	c.next = 0
	c.arm()
}

// pop takes the alarms out that ring at a time, in order.
func (c *Clock[T]) pop(at uint64) {
	c.rings = c.rings[:0]
	for first := c.alarms.First(); first != nil && first.Order == at; first = c.alarms.First() {
		c.rings = append(c.rings, c.alarms.Pop().Value)
	}
	slices.SortFunc(c.rings, func(a, b *Alarm[T]) int { return cmp.Compare(c.order(a.what), c.order(b.what)) })
}
