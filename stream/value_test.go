package stream_test

import (
	"testing"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/stream"
)

// Building a pipeline, of every stage over every other, calls nothing and starts
// nothing.
func TestBuildingStartsNothing(t *testing.T) {
	for _, src := range sources {
		inRig(t, 2, func(r *rig) {
			r.over.Store(true) // no run has begun: no function may be called
			s := src.make(r, 10)
			for _, st := range stages {
				s = st.over(r, s)
			}
			_ = s.All(bg)
			if left := bubble.Left(); left != 0 {
				t.Errorf("a pipeline that has not run has %d goroutines, want none", left)
			}
		})
	}
}

// A stream is a value: it can be run again, from the start, and by several at
// once; and extended in several directions.
func TestStreamsAreValues(t *testing.T) {
	for _, st := range stages {
		t.Run(st.name, func(t *testing.T) {
			inRig(t, 2, func(r *rig) {
				s := st.over(r, stream.FromSeq(r.first(10)))
				twice := stream.Transform(s, func(v int) (int, error) { return 2 * v, nil })
				some := s.Filter(isEven)
				r.run(func() {
					want(t, "first run", must(s.Collect(bg)), upTo(10), st.unordered)
					want(t, "second run", must(s.Collect(bg)), upTo(10), st.unordered)
					want(t, "one branch", must(twice.Collect(bg)), every(10, 2), st.unordered)
					want(t, "another branch", must(some.Collect(bg)), every(5, 2), st.unordered)
				})
				r.run(func() {
					both := must(stream.Merge(s, s, twice).Collect(bg))
					if len(both) != 30 {
						t.Errorf("three runs at once yield %d items, want 30", len(both))
					}
				})
			})
		})
	}
}

// A run inside of the loop over another of the same stream does not disturb it.
func TestRunsMayNest(t *testing.T) {
	for _, st := range stages {
		t.Run(st.name, func(t *testing.T) {
			inRig(t, 2, func(r *rig) {
				s := st.over(r, stream.FromSeq(r.first(5)))
				outer, inner := 0, 0
				r.run(func() {
					for range s.All(bg) {
						outer++
						for range s.Take(3).All(bg) {
							inner++
						}
					}
				})
				if outer != 5 || inner != 15 {
					t.Errorf("nested loops run %d and %d times, want 5 and 15", outer, inner)
				}
			})
		})
	}
}

// The zero value is an empty stream, under every stage.
func TestZeroStream(t *testing.T) {
	for _, st := range stages {
		inRig(t, 1, func(r *rig) {
			if n, err := st.over(r, ints{}).Count(bg); n != 0 || err != nil {
				t.Errorf("%s: Count() of a zero stream = %d, %v, want 0, nil", st.name, n, err)
			}
		})
	}
}
