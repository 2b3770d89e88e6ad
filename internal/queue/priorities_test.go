package queue_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/millrace-go/millrace/internal/queue"
)

// What is counted is what a slice of the priorities says.
func TestPrioritiesAreASlice(t *testing.T) {
	for _, levels := range [][]int{{0}, {0, 1}, {-2, -1}, {-1, 0, 3}, {math.MinInt, 0, math.MaxInt}} {
		r := rand.New(rand.NewPCG(uint64(len(levels)), 1))
		var c queue.Priorities
		var all []int
		for range 500 {
			if n := len(all); n > 0 && r.IntN(2) == 0 {
				i := r.IntN(n)
				c.Remove(all[i])
				all[i] = all[n-1]
				all = all[:n-1]
			} else {
				p := levels[r.IntN(len(levels))]
				c.Add(p)
				all = append(all, p)
			}
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
			for _, from := range levels {
				n := 0
				for _, p := range all {
					if p >= from {
						n++
					}
				}
				if got := c.From(from); got != n {
					t.Fatalf("From(%d) of %v = %d, want %d", from, all, got, n)
				}
			}
			if same.Add(levels[0]); c.Equal(&same) {
				t.Fatalf("%+v counts one less than %+v, and is equal", c, same)
			}
		}
	}
}
