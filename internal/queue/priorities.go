package queue

import (
	"maps"
	"math"
)

// rank returns the order of what is sorted by priority, the lowest first.
func rank(priority int) uint64 { return uint64(priority) ^ 1<<63 }

// Priorities counts values by their priorities. The zero value counts none.
type Priorities struct {
	n       int                // values
	plain   int                // those of priority 0, as most are; they have no level
	byNum   Index[int, *count] // the levels
	highest Heap[*count]       // these, the highest first
	lowest  Heap[*count]       // these, the lowest first
}

// A count is how many values of a priority there are.
type count struct {
	priority, n int
	high, low   Item[*count] // in the two heaps
}

// Add counts one more.
func (c *Priorities) Add(priority int) {
	c.n++
	if priority == 0 {
		c.plain++
		return
	}
	l := c.byNum.Of[priority]
	if l == nil {
		l = &count{priority: priority}
		l.high = Item[*count]{Value: l, Order: ^rank(priority)}
		l.low = Item[*count]{Value: l, Order: rank(priority)}
		c.byNum.Add(priority, l)
		c.highest.Push(&l.high)
		c.lowest.Push(&l.low)
	}
	l.n++
}

// Remove counts one less.
func (c *Priorities) Remove(priority int) {
	c.n--
	if priority == 0 {
		c.plain--
		return
	}
	l := c.byNum.Of[priority]
	if l.n--; l.n == 0 {
		c.byNum.Remove(priority)
		c.highest.Remove(&l.high)
		c.lowest.Remove(&l.low)
	}
}

// Highest returns the highest priority, math.MinInt if there are none.
func (c *Priorities) Highest() int {
	high := math.MinInt
	if c.plain > 0 {
		high = 0
	}
	if first := c.highest.First(); first != nil {
		high = max(high, first.Value.priority)
	}
	return high
}

// From returns how many have this priority or a higher one, at the cost of a look at each lower one.
func (c *Priorities) From(priority int) int {
	n := c.n
	if priority > 0 {
		n -= c.plain
	}
	c.lowest.Before(rank(priority), func(l *count) { n -= l.n })
	return n
}

// Equal reports whether c and d count the same.
func (c *Priorities) Equal(d *Priorities) bool {
	return c.plain == d.plain && maps.EqualFunc(c.byNum.Of, d.byNum.Of, func(a, b *count) bool { return a.n == b.n })
}
