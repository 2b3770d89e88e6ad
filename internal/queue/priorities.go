package queue

import (
	"maps"
	"math"
)

// Priorities counts values by their priorities. The zero value counts none.
type Priorities struct {
	plain  int         // of priority 0
	levels map[int]int // of the others
}

// Add counts one more.
func (c *Priorities) Add(priority int) {
	if priority == 0 {
		c.plain++
		return
	}
	if c.levels == nil {
		c.levels = make(map[int]int)
	}
	c.levels[priority]++
}

// Remove counts one less.
func (c *Priorities) Remove(priority int) {
	if priority == 0 {
		c.plain--
		return
	}
	if c.levels[priority]--; c.levels[priority] == 0 {
		delete(c.levels, priority)
	}
}

// Highest returns the highest priority, math.MinInt if there are none.
func (c *Priorities) Highest() int {
	high := math.MinInt
	if c.plain > 0 {
		high = 0
	}
	if len(c.levels) == 0 {
		return high // to begin a loop over no map costs time, too
	}
	for priority := range c.levels {
		high = max(high, priority)
	}
	return high
}

// From returns how many have this priority or a higher one.
func (c *Priorities) From(priority int) (n int) {
	if priority <= 0 {
		n = c.plain
	}
	if len(c.levels) == 0 {
		return n
	}
	for level, of := range c.levels {
		if level >= priority {
			n += of
		}
	}
	return n
}

// Equal reports whether c and d count the same.
func (c *Priorities) Equal(d *Priorities) bool {
	return c.plain == d.plain && maps.Equal(c.levels, d.levels)
}
