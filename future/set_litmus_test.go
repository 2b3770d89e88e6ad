package future_test

import (
	"runtime"
	"testing"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/litmus"
)

// A future that was added is in the set, also if another goroutine is about to add it, too.
func TestSetAddTwice(t *testing.T) {
	var s *future.Set[int]
	fs := make([]*future.Future[int], 32)
	for i := range fs {
		fs[i] = future.Resolved(i)
	}
	litmus.Pair{
		Before: func(int) { s = future.NewSet[int]() },
		A:      func(int) { s.Add(fs...) },
		B: func(n int) {
			for _, f := range fs {
				for s.Len() == 0 { // the earliest moment at which the other goroutine may seem to have added f
					runtime.Gosched()
				}
				s.Add(f)
				if got, err := s.Next(bg); got != f || err != nil {
					t.Errorf("round %d: Next() behind Add = %v, %v, want the future", n, got, err)
					return
				}
			}
		},
	}.Run(t, 10)
}
