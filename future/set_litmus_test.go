package future_test

import (
	"testing"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/litmus"
)

// A future that was added is in the set, also if another goroutine is about to add it, too.
func TestSetAddTwice(t *testing.T) {
	var s *future.Set[int]
	f, one, other := future.Resolved(1), litmus.NewChance(), litmus.NewChance()
	litmus.Pair{
		Before: func(int) { s = future.NewSet[int]() },
		A: func(int) {
			one.Spin(64)
			s.Add(f)
		},
		B: func(n int) {
			other.Spin(256)
			s.Add(f)
			if got, err := s.Next(bg); got != f || err != nil {
				t.Errorf("round %d: Next() behind Add = %v, %v, want the future", n, got, err)
			}
		},
	}.Run(t, 1)
}
