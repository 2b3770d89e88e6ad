package stream_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace/stream"
)

// The end of ctx at any item, with any stage over any other: what was delivered
// is what is first, then comes one last error, that of the context, and no
// function runs any more.
func TestCancelAtEveryPosition(t *testing.T) {
	const n = 4
	overPairs(t, 2, func(r *rig, name string, unordered bool, over func(s ints) ints) {
		for at := range n {
			ctx, cancel := context.WithCancelCause(bg)
			if at == 0 {
				cancel(fault(9))
			}
			s := over(stream.FromSeq(r.first(n)))
			var got []item[int]
			r.run(func() {
				for v, err := range s.All(ctx) {
					if got = append(got, item[int]{v, err}); len(got) == at {
						cancel(fault(9))
					}
				}
			})
			if len(got) != at+1 {
				r.Errorf("%s: cancel after %d items: All() yields %v, want them and an error", name, at, got)
				continue
			}
			wantNotDone(r, name, got[at].err, fault(9))
			vs, _ := values(got)
			if !unordered {
				want(r, name, vs, upTo(at), false)
			}
		}
	})
}

// While the source blocks, and nothing is there to be delivered, the end of ctx
// ends the run at once.
func TestCancelEndsABlockedSource(t *testing.T) {
	overPairs(t, 2, func(r *rig, name string, _ bool, over func(s ints) ints) {
		for kind, s := range map[string]ints{"FromChan": stream.FromChan(make(chan int)), "FromFunc": r.onTime(never)} {
			ctx, cancel := context.WithCancelCause(bg)
			time.AfterFunc(time.Second, func() { cancel(fault(9)) })
			start := time.Now()
			var err error
			r.run(func() { err = over(s).Drain(ctx) })
			if took := time.Since(start); took != time.Second {
				r.Errorf("%s: Drain() of a silent %s takes %v, want 1s", name, kind, took)
			}
			wantNotDone(r, name, err, fault(9))
		}
	})
}

// While items are at work their contexts end with ctx, with its cause, and the
// run when they have come back.
func TestCancelEndsTheContextsOfItems(t *testing.T) {
	eachTuning(t, func(t *testing.T, tu tuning) {
		for name, over := range parallelStagesWith(tu, func(ctx context.Context, _ int) error {
			<-ctx.Done()
			time.Sleep(10 * ms)
			return context.Cause(ctx)
		}) {
			inRig(t, 2, func(r *rig) {
				ctx, cancel := context.WithCancelCause(bg)
				s := over(r, stream.FromSeq(r.first(20)))
				start := time.Now()
				var got []item[int]
				r.run(func() {
					time.AfterFunc(time.Second, func() { cancel(fault(9)) })
					got = gather(s.All(ctx))
				})
				if took := time.Since(start); took != time.Second+10*ms {
					t.Errorf("%s: All() takes %v, want 1.01s: until its items are back", name, took)
				}
				if len(got) != 1 {
					t.Fatalf("%s: All() yields %v, want one last error", name, got)
				}
				wantNotDone(t, name, got[0].err, fault(9))
			})
		}
	})
}

// break ends the contexts of items at work, and joins them.
func TestBreakEndsTheContextsOfItems(t *testing.T) {
	eachTuning(t, func(t *testing.T, tu tuning) {
		for name, over := range parallelStagesWith(tu, func(ctx context.Context, v int) error {
			if v > 0 {
				<-ctx.Done()
				time.Sleep(10 * ms)
			}
			return nil
		}) {
			inRig(t, 2, func(r *rig) {
				s := over(r, stream.FromSeq(r.first(20)))
				start := time.Now()
				r.run(func() {
					for range s.All(bg) {
						time.Sleep(time.Second) // the others have begun
						break
					}
				})
				if took := time.Since(start); took > time.Second+10*ms {
					t.Errorf("%s: the loop takes %v, want at most 1.01s: until its items are back", name, took)
				}
			})
		}
	})
}

// The deadline of a context is an end as any other.
func TestDeadline(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		ctx, cancel := context.WithTimeout(bg, 25*ms)
		defer cancel()
		slow := func(ctx context.Context, v int) (int, error) { return v, sleep(ctx, 10*ms) }
		var got []int
		var err error
		r.run(func() { got, err = stream.Map(stream.FromSeq(numbers), r.pool, slow).Collect(ctx) })
		want(t, "Collect()", got, upTo(4), false)
		wantNotDone(t, "Collect()", err, context.DeadlineExceeded)
	})
}

// Functions of items get the values of ctx.
func TestValuesReachEveryFunction(t *testing.T) {
	type key struct{}
	for name, over := range parallelStagesWith(tuning{}, func(ctx context.Context, v int) error {
		if ctx.Value(key{}) != "value" {
			return fault(v)
		}
		return nil
	}) {
		inRig(t, 2, func(r *rig) {
			ctx := context.WithValue(bg, key{}, "value")
			below := stream.Map(over(r, stream.FromSlice(upTo(3))), r.pool, func(ctx context.Context, v int) (int, error) {
				if ctx.Value(key{}) != "value" {
					return 0, fault(10 + v)
				}
				return v, nil
			})
			if n, err := below.Count(ctx); n != 3 || err != nil {
				t.Errorf("%s: Count() = %d, %v, want 3, nil", name, n, err)
			}
		})
	}
}
