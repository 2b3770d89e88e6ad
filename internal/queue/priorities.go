package queue

import (
	"math"
	"slices"
	"sort"
)

// Priorities counts values by their priorities. The zero value counts none.
//
// The levels stand in order, in runs of at most maxRun, so that a value of a new priority moves
// few of the others, and From adds up runs, not levels.
type Priorities struct {
	plain int        // of priority 0
	runs  []levelRun // of the others
}

// A levelRun is levels that follow each other, lowest first. There is at least one, unless there
// are none at all.
type levelRun struct {
	n      int // values
	levels []count
}

type count struct{ priority, n int }

const maxRun = 256

// Add counts one more.
func (c *Priorities) Add(priority int) {
	if priority == 0 {
		c.plain++
		return
	}
	if len(c.runs) == 0 {
		c.runs = append(c.runs, levelRun{})
	}
	at := min(c.runOf(priority), len(c.runs)-1)
	r := &c.runs[at]
	r.n++
	i, found := r.find(priority)
	if found {
		r.levels[i].n++
		return
	}
	r.levels = slices.Insert(r.levels, i, count{priority, 1})
	if len(r.levels) > maxRun {
		c.split(at)
	}
}

// Remove counts one less.
func (c *Priorities) Remove(priority int) {
	if priority == 0 {
		c.plain--
		return
	}
	at := c.runOf(priority)
	r := &c.runs[at]
	r.n--
	i, _ := r.find(priority)
	if r.levels[i].n--; r.levels[i].n > 0 {
		return
	}
	r.levels = slices.Delete(r.levels, i, i+1)
	switch {
	case len(r.levels) > 0:
	case len(c.runs) > 1:
		c.runs = slices.Delete(c.runs, at, at+1)
	case cap(c.runs) > few || cap(r.levels) > few:
		c.runs = nil // a slice never shrinks
	}
}

// split halves a run.
func (c *Priorities) split(at int) {
	low := &c.runs[at]
	high := levelRun{levels: slices.Clone(low.levels[maxRun/2:])}
	for _, l := range high.levels {
		high.n += l.n
	}
	low.levels, low.n = low.levels[:maxRun/2], low.n-high.n
	c.runs = slices.Insert(c.runs, at+1, high)
}

// runOf returns the index of the first run that has this priority or a higher one.
func (c *Priorities) runOf(priority int) int {
	return sort.Search(len(c.runs), func(i int) bool { return c.runs[i].highest() >= priority })
}

func (r *levelRun) highest() int {
	if len(r.levels) == 0 {
		return math.MinInt
	}
	return r.levels[len(r.levels)-1].priority
}

// find returns the index of the first level of this priority or a higher one, and whether it is
// of this.
func (r *levelRun) find(priority int) (i int, found bool) {
	i = sort.Search(len(r.levels), func(i int) bool { return r.levels[i].priority >= priority })
	return i, i < len(r.levels) && r.levels[i].priority == priority
}

// Highest returns the highest priority, math.MinInt if there are none.
func (c *Priorities) Highest() int {
	high := math.MinInt
	if c.plain > 0 {
		high = 0
	}
	if n := len(c.runs); n > 0 {
		high = max(high, c.runs[n-1].highest())
	}
	return high
}

// From returns how many have this priority or a higher one.
func (c *Priorities) From(priority int) (n int) {
	if priority <= 0 {
		n = c.plain
	}
	if len(c.runs) == 0 {
		return n
	}
	at := c.runOf(priority)
	if at == len(c.runs) {
		return n
	}
	first := &c.runs[at]
	i, _ := first.find(priority)
	for _, l := range first.levels[i:] {
		n += l.n
	}
	for i := range c.runs[at+1:] {
		n += c.runs[at+1+i].n
	}
	return n
}

// Equal reports whether c and d count the same.
func (c *Priorities) Equal(d *Priorities) bool {
	return c.plain == d.plain && slices.Equal(c.levels(), d.levels())
}

func (c *Priorities) levels() (all []count) {
	for i := range c.runs {
		all = append(all, c.runs[i].levels...)
	}
	return all
}
