package stream_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace/stream"
)

// break after any item ends every stage, at any depth: when the loop is left, no
// function of the pipeline runs and no goroutine is left. r.run sees to that.
func TestBreakAtEveryPosition(t *testing.T) {
	const n = 4
	overPairs(t, 2, func(r *rig, name string, unordered bool, over func(s ints) ints) {
		for at := 1; at <= n; at++ {
			s := over(stream.FromSeq(r.first(n)))
			var got []int
			r.run(func() {
				for v := range s.All(bg) {
					if got = append(got, v); len(got) == at {
						break
					}
				}
			})
			if len(got) != at || !unordered && got[at-1] != at-1 {
				r.Errorf("%s: break after %d items yields %v", name, at, got)
			}
		}
	})
}

// break ends every source, also one without an end.
func TestBreakEndsEverySource(t *testing.T) {
	for _, src := range sources {
		for _, st := range stages {
			t.Run(src.name+"/"+st.name, func(t *testing.T) {
				inRig(t, 2, func(r *rig) {
					for at := 1; at < 4; at++ {
						s := st.over(r, src.make(r, 2000))
						left := at
						r.run(func() {
							for range s.All(bg) {
								if left--; left == 0 {
									return
								}
							}
						})
						if left != 0 {
							t.Errorf("return after %d items: %d are missing", at, left)
						}
					}
				})
			})
		}
	}
}

// Deep pipelines end as shallow ones do.
func TestBreakDeep(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		s := stream.FromSeq(numbers)
		for _, st := range stages {
			s = st.over(r, s)
		}
		for at := 1; at < 4; at++ {
			n := 0
			r.run(func() {
				for range s.All(bg) {
					if n++; n == at {
						break
					}
				}
			})
			if n != at {
				t.Errorf("break after %d items of %d stages: the body ran %d times", at, len(stages), n)
			}
		}
	})
}

// An error in a sink, from a stage or its own function, ends the run as break
// does.
func TestErrorEndsTheRun(t *testing.T) {
	const n = 4
	overPairs(t, 2, func(r *rig, name string, unordered bool, over func(s ints) ints) {
		for _, at := range []int{0, n - 1} { // those between are for single stages
			s := over(from(faultAt(n, at)))
			r.run(func() {
				if got, err := s.Collect(bg); err != fault(at) || !unordered && len(got) != at {
					r.Errorf("%s: Collect() of an error at %d = %v, %v", name, at, got, err)
				}
			})
			s = over(stream.FromSeq(r.first(n)))
			calls := 0
			r.run(func() {
				err := s.ForEach(bg, func(int) error {
					if calls++; calls > at {
						return fault(at)
					}
					return nil
				})
				if err != fault(at) || calls != at+1 {
					r.Errorf("%s: ForEach() = %v after %d calls, want fault %d after %d", name, err, calls, at, at+1)
				}
			})
		}
	})
}

// Errors of the parallel functions, too.
func TestFunctionErrorsAtEveryPosition(t *testing.T) {
	const n = 6
	eachTuning(t, func(t *testing.T, tu tuning) {
		for at := range n {
			inRig(t, 2, func(r *rig) {
				for name, s := range r.parallel(stream.FromSeq(r.first(n)), tu, func(ctx context.Context, v int) error {
					time.Sleep(time.Duration(v%3) * ms)
					if v == at {
						return fault(v)
					}
					return nil
				}) {
					var got []item[int]
					r.run(func() { got = gather(s.All(bg)) })
					vs, errs := values(got)
					wantVs, _ := values(faultAt(n, at))
					want(t, name+" yields", vs, wantVs, tu.unordered)
					if len(errs) != 1 || errs[0] != fault(at) || !tu.unordered && got[at].err == nil {
						t.Errorf("%s of an error at %d yields %v", name, at, got)
					}
				}
			})
		}
	})
}
