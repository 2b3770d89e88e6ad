package queue_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/millrace-go/millrace/internal/queue"
)

// What is counted is what a slice of the priorities says: while there are more and more values of
// more and more priorities, and fewer and fewer.
func TestPrioritiesAreASlice(t *testing.T) {
	many := make([]int, 3000)
	for i := range many {
		many[i] = i - 1000
	}
	for _, levels := range [][]int{{0}, {0, 1}, {-2, -1}, {-1, 0, 3}, {math.MinInt, 0, math.MaxInt}, many} {
		r := rand.New(rand.NewPCG(uint64(len(levels)), 1))
		var c queue.Priorities
		var all []int
		steps := 500 + 2*len(levels)
		for step := range 2 * steps {
			if n := len(all); n > 0 && (r.IntN(4) == 0) == (step < steps) {
				i := r.IntN(n)
				c.Remove(all[i])
				all[i] = all[n-1]
				all = all[:n-1]
			} else {
				p := levels[r.IntN(len(levels))]
				c.Add(p)
				all = append(all, p)
			}
			if step%(1+len(levels)/50) == 0 {
				comparePriorities(t, &c, all, levels)
			}
		}
	}
}

func comparePriorities(t *testing.T, c *queue.Priorities, all, levels []int) {
	t.Helper()
	highest := math.MinInt
	var same queue.Priorities
	for _, p := range all {
		highest = max(highest, p)
		same.Add(p)
	}
	if got := c.Highest(); got != highest {
		t.Fatalf("Highest() of %v = %d, want %d", all, got, highest)
	}
	if !c.Equal(&same) {
		t.Fatalf("%+v and %+v count the same, and are not equal", c, same)
	}
	for i := 0; i < len(levels); i += 1 + len(levels)/20 {
		n := 0
		for _, p := range all {
			if p >= levels[i] {
				n++
			}
		}
		if got := c.From(levels[i]); got != n {
			t.Fatalf("From(%d) of %v = %d, want %d", levels[i], all, got, n)
		}
	}
	if same.Add(levels[0]); c.Equal(&same) {
		t.Fatalf("%+v counts one less than %+v, and is equal", c, same)
	}
}
