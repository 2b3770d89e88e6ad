package sched

import "math"

// priorities counts tasks by their priorities.
type priorities struct {
	n      int
	ranked int         // those of another priority than 0
	levels map[int]int // of these
}

func (c *priorities) add(priority int) {
	c.n++
	if priority == 0 {
		return
	}
	if c.levels == nil {
		c.levels = make(map[int]int)
	}
	c.levels[priority]++
	c.ranked++
}

func (c *priorities) remove(priority int) {
	c.n--
	if priority == 0 {
		return
	}
	c.ranked--
	if c.levels[priority]--; c.levels[priority] == 0 {
		delete(c.levels, priority)
	}
}

// highest returns the highest priority, math.MinInt if there are no tasks.
func (c *priorities) highest() int {
	high := math.MinInt
	if c.n > c.ranked {
		high = 0
	}
	if c.ranked == 0 {
		return high // to begin a loop over no map costs time, too
	}
	for priority := range c.levels {
		high = max(high, priority)
	}
	return high
}

// from returns how many tasks have this priority or a higher one.
func (c *priorities) from(priority int) (n int) {
	if priority <= 0 {
		n = c.n - c.ranked
	}
	if c.ranked == 0 {
		return n
	}
	for level, of := range c.levels {
		if level >= priority {
			n += of
		}
	}
	return n
}
