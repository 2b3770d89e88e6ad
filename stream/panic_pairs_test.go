package stream_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/stream"
)

// ways has how a function may not return.
var ways = map[string]func(value any){
	"panic":  func(value any) { panic(value) },
	"goexit": func(any) { runtime.Goexit() },
}

// wantDeath fails unless ending is one that the ways with these values lead to.
func wantDeath(t testing.TB, where string, ending any, want map[any]string) {
	t.Helper()
	got := ending
	if fault, ok := ending.(*future.PanicError); ok {
		got = fault.Value
	}
	for value, way := range want {
		if way == "goexit" && got == (goexit{}) || way == "panic" && got == value {
			return
		}
	}
	t.Errorf("%s: the caller ends with %v, want one of %v", where, ending, want)
}

// A source that dies as it is ended does not hide what its end came from: the
// panic or Goexit of the loop body.
func TestBodyDiesBeforeTheSource(t *testing.T) {
	for bodyWay, dieInBody := range ways {
		for sourceWay, dieInSource := range ways {
			for _, st := range stages {
				if !st.crosses {
					continue
				}
				inRig(t, 2, func(r *rig) {
					s := st.over(r, stream.FromFunc(func(ctx context.Context) (int, error) {
						defer r.call()()
						if ctx.Err() == nil && r.calls.Load() < 10 {
							return 1, nil
						}
						<-ctx.Done()
						dieInSource("source")
						return 0, nil
					}))
					ending := r.ending(func() {
						for range s.All(bg) {
							dieInBody("body")
						}
					})
					where := bodyWay + " in the body, " + sourceWay + " in the source, " + st.name
					wantDeath(t, where, ending, map[any]string{"body": bodyWay})
				})
			}
		}
	}
}

// Of two sources that die at the same time the caller sees one, and never
// returns.
func TestTwoSourcesDieAtOnce(t *testing.T) {
	for aWay, dieInA := range ways {
		for bWay, dieInB := range ways {
			inRig(t, 2, func(r *rig) {
				dying := func(value any, die func(any)) ints {
					return stream.FromSeq(func(yield func(int) bool) {
						defer r.call()()
						time.Sleep(ms)
						die(value)
					})
				}
				a, b := dying("a", dieInA), dying("b", dieInB)
				want := map[any]string{"a": aWay, "b": bWay}
				wantDeath(t, "Merge", r.ending(func() { _ = stream.Merge(a, b).Drain(bg) }), want)
				wantDeath(t, "Zip", r.ending(func() { _ = stream.Zip(a, b).Drain(bg) }), want)
				buffered := stream.Concat(a.Buffer(1), b.Buffer(1)).Buffer(1)
				wantDeath(t, "Concat", r.ending(func() { _ = buffered.Drain(bg) }), map[any]string{"a": aWay})
			})
		}
	}
}

// A source that dies while others are blocked ends them.
func TestADeathEndsTheOthers(t *testing.T) {
	for way, die := range ways {
		inRig(t, 2, func(r *rig) {
			dying := func() ints {
				return stream.FromSeq(func(yield func(int) bool) {
					defer r.call()()
					time.Sleep(ms)
					die("it")
				})
			}
			want := map[any]string{"it": way}
			start := time.Now()
			wantDeath(t, "Merge", r.ending(func() { _ = stream.Merge(r.onTime(never), dying(), r.onTime(never)).Drain(bg) }), want)
			wantDeath(t, "Zip first", r.ending(func() { _ = stream.Zip(dying(), r.onTime(never)).Drain(bg) }), want)
			wantDeath(t, "Zip second", r.ending(func() { _ = stream.Zip(r.onTime(never), dying()).Drain(bg) }), want)
			if took := time.Since(start); took != 3*ms {
				t.Errorf("three runs that die after 1ms took %v, want 3ms", took)
			}
		})
	}
}

// Two functions of a parallel stage that die at the same time are two errors.
func TestTwoItemsDieAtOnce(t *testing.T) {
	for aWay, dieInA := range ways {
		for bWay, dieInB := range ways {
			for _, unordered := range []bool{false, true} {
				die := func(_ context.Context, v int) error {
					time.Sleep(ms)
					if v == 0 {
						dieInA("a")
					}
					dieInB("b")
					return nil
				}
				for name, over := range parallelStagesWith(tuning{unordered: unordered}, die) {
					inRig(t, 2, func(r *rig) {
						var errs []error
						r.run(func() { _, errs = values(gather(over(r, stream.FromSlice(upTo(2))).All(bg))) })
						var got []string
						for _, err := range errs {
							got = append(got, wayOf(err))
						}
						want := []string{aWay, bWay}
						if slices.Sort(want); unordered {
							slices.Sort(got)
						} else {
							want = []string{aWay, bWay}
						}
						if !slices.Equal(got, want) {
							t.Errorf("%s yields errors %v, want those of %v", name, errs, want)
						}
					})
				}
			}
		}
	}
}

// wayOf returns which of the ways err is of.
func wayOf(err error) string {
	var fault *future.PanicError
	switch {
	case errors.As(err, &fault):
		return "panic"
	case errors.Is(err, future.ErrGoexit):
		return "goexit"
	}
	return "neither"
}

// A death of the body or a source while items are at work waits for them, and
// what they die of then is nobody's business.
func TestDeathJoinsItemsThatDie(t *testing.T) {
	for way, die := range ways {
		for itemWay, dieInItem := range ways {
			for name, over := range parallelStagesWith(tuning{}, func(ctx context.Context, v int) error {
				if v == 0 {
					return nil
				}
				<-ctx.Done()
				time.Sleep(time.Second) // it takes its time
				dieInItem("item")
				return nil
			}) {
				inRig(t, 2, func(r *rig) {
					where := way + " with items that " + itemWay + ", " + name
					ending := r.ending(func() {
						for range over(r, stream.FromSeq(r.first(10))).All(bg) {
							die("body")
						}
					})
					wantDeath(t, where, ending, map[any]string{"body": way})
					ending = r.ending(func() {
						_ = over(r, stream.FromSeq(func(yield func(int) bool) {
							_ = yield(0) && yield(1) && yield(2)
							die("source")
						})).Drain(bg)
					})
					wantDeath(t, where, ending, map[any]string{"source": way})
				})
			}
		}
	}
}
