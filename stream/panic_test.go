package stream_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/stream"
)

// A place is a function of a pipeline that calls die with every number it is
// passed, under and over stages of the test's choice.
type place struct {
	name string
	// lower is called with the part of the pipeline that has the function, and
	// puts more stages on it; it is nil for functions of the sink.
	run func(r *rig, lower func(ints) ints, die func(int)) error
}

// places has one of every function that is called on behalf of the sink.
var places = slices.Concat(sourcePlaces, stagePlaces, sinkPlaces)

var sourcePlaces = []place{
	{"FromSeq", func(r *rig, lower func(ints) ints, die func(int)) error {
		return lower(stream.FromSeq(func(yield func(int) bool) {
			defer r.call()()
			for i := 0; ; i++ {
				if die(i); !yield(i) {
					return
				}
			}
		})).Drain(bg)
	}},
	{"FromSeq2", func(r *rig, lower func(ints) ints, die func(int)) error {
		return lower(stream.FromSeq2(func(yield func(int, error) bool) {
			for i := 0; ; i++ {
				if die(i); !yield(i, nil) {
					return
				}
			}
		})).Drain(bg)
	}},
	{"FromFunc", func(r *rig, lower func(ints) ints, die func(int)) error {
		i := -1
		return lower(stream.FromFunc(func(context.Context) (int, error) {
			defer r.call()()
			i++
			die(i)
			return i, nil
		})).Drain(bg)
	}},
	{"From", func(r *rig, lower func(ints) ints, die func(int)) error {
		return lower(stream.From(func(context.Context) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				defer r.call()()
				for i := 0; ; i++ {
					if die(i); !yield(i, nil) {
						return
					}
				}
			}
		})).Drain(bg)
	}},
}

// onNumbers is a place in a stage over the endless numbers.
func onNumbers(name string, over func(s ints, die func(int)) ints) place {
	return place{name, func(_ *rig, lower func(ints) ints, die func(int)) error {
		return lower(over(stream.FromSeq(numbers), die)).Drain(bg)
	}}
}

var stagePlaces = []place{
	onNumbers("Transform", func(s ints, die func(int)) ints {
		return stream.Transform(s, func(v int) (int, error) { die(v); return v, nil })
	}),
	onNumbers("Filter", func(s ints, die func(int)) ints {
		return s.Filter(func(v int) bool { die(v); return true })
	}),
	onNumbers("TakeWhile", func(s ints, die func(int)) ints {
		return s.TakeWhile(func(v int) bool { die(v); return true })
	}),
	onNumbers("Tap", func(s ints, die func(int)) ints { return s.Tap(die) }),
	onNumbers("Catch", func(s ints, die func(int)) ints {
		broken := stream.Transform(s, func(v int) (int, error) { return 0, fault(v) })
		return broken.Catch(func(err error) (int, bool, error) { die(int(err.(fault))); return 0, true, nil })
	}),
	onNumbers("Scan", func(s ints, die func(int)) ints {
		return stream.Scan(s, 0, func(_, v int) (int, error) { die(v); return v, nil })
	}),
}

var sinkPlaces = []place{
	{"All", func(_ *rig, lower func(ints) ints, die func(int)) error {
		for v := range lower(stream.FromSeq(numbers)).All(bg) {
			die(v)
		}
		return nil
	}},
	{"ForEach", func(_ *rig, lower func(ints) ints, die func(int)) error {
		return lower(stream.FromSeq(numbers)).ForEach(bg, func(v int) error { die(v); return nil })
	}},
	{"Reduce", func(_ *rig, lower func(ints) ints, die func(int)) error {
		_, err := stream.Reduce(bg, lower(stream.FromSeq(numbers)), 0, func(_, v int) (int, error) { die(v); return v, nil })
		return err
	}},
}

func isSink(p place) bool {
	return slices.ContainsFunc(sinkPlaces, func(sink place) bool { return sink.name == p.name })
}

// panicAtThree is the frame that stacks must show.
func panicAtThree(v int) {
	if v == 3 {
		panic(fault(3))
	}
}

func goexitAtThree(v int) {
	if v == 3 {
		runtime.Goexit()
	}
}

// A panic of any function goes on to the caller of the sink, over any stage,
// when everything has ended. It is left as it is if it happened in the caller's
// goroutine; or else it has the stack of where it happened.
func TestPanicReachesTheCaller(t *testing.T) {
	for _, p := range places {
		t.Run(p.name, func(t *testing.T) {
			for _, st := range stages {
				inRig(t, 2, func(r *rig) {
					var ending any
					r.run(func() {
						ending = endingOf(func() { _ = p.run(r, func(s ints) ints { return st.over(r, s) }, panicAtThree) })
					})
					if !st.crosses || isSink(p) {
						if ending != fault(3) {
							t.Errorf("%s: the caller sees %v, want fault 3", st.name, ending)
						}
						return
					}
					wantPanic(t, st.name, ending, fault(3), "panicAtThree")
				})
			}
		})
	}
}

// wantPanic fails unless got is a *future.PanicError with a value, and a stack
// that names a function, which is also where its callers begin.
func wantPanic(t testing.TB, where string, got, value any, frame string) {
	t.Helper()
	fault, ok := got.(*future.PanicError)
	switch {
	case !ok || fault.Value != value:
		t.Errorf("%s: the caller sees %T %v, want a PanicError of %v", where, got, got, value)
	case !strings.Contains(string(fault.Stack), frame):
		t.Errorf("%s: the panic's stack does not name %s:\n%s", where, frame, fault.Stack)
	default:
		if first, _ := runtime.CallersFrames(fault.Callers).Next(); !strings.Contains(first.Function, frame) {
			t.Errorf("%s: the first of the panic's callers is %q, want %s", where, first.Function, frame)
		}
	}
}

// A panic that crosses two goroutines keeps its value and stack.
func TestPanicCrossesTwice(t *testing.T) {
	for _, lower := range stages {
		for _, upper := range stages {
			if !lower.crosses || !upper.crosses {
				continue
			}
			inRig(t, 2, func(r *rig) {
				ending := r.ending(func() {
					_ = lower.over(r, upper.over(r, stream.FromSeq(numbers).Tap(panicAtThree))).Drain(bg)
				})
				wantPanic(t, lower.name+" over "+upper.name, ending, fault(3), "panicAtThree")
			})
		}
	}
}

// Goexit of any function ends the caller's goroutine, when everything has ended.
func TestGoexitReachesTheCaller(t *testing.T) {
	for _, p := range places {
		t.Run(p.name, func(t *testing.T) {
			for _, st := range stages {
				inRig(t, 2, func(r *rig) {
					ending := r.ending(func() { _ = p.run(r, func(s ints) ints { return st.over(r, s) }, goexitAtThree) })
					if ending != (goexit{}) {
						t.Errorf("%s: the caller ends with %v, want Goexit", st.name, ending)
					}
				})
			}
		})
	}
}

// A panic of a function of a parallel stage is that item's error, wherever in
// the order it is, and a Goexit is too; the others are not touched.
func TestDeathOfParallelFunctions(t *testing.T) {
	const n = 6
	die := func(_ context.Context, v int) error {
		time.Sleep(time.Duration(v%3) * ms)
		panicAtThree(v)
		goexitAtThree(v - 1)
		return nil
	}
	eachTuning(t, func(t *testing.T, tu tuning) {
		for name, over := range parallelStagesWith(tu, die) {
			inRig(t, 2, func(r *rig) {
				var got []item[int]
				r.run(func() { got = gather(over(r, stream.FromSeq(r.first(n))).All(bg)) })
				vs, errs := values(got)
				want(t, name+" yields", vs, []int{0, 1, 2, 5}, tu.unordered)
				if len(errs) != 2 {
					t.Fatalf("%s yields errors %v, want those of two items", name, errs)
				}
				if tu.unordered && errs[0] == future.ErrGoexit {
					slices.Reverse(errs)
				}
				if wantPanic(t, name, errs[0], fault(3), "panicAtThree"); errs[1] != future.ErrGoexit {
					t.Errorf("%s of a Goexit yields %v, want ErrGoexit", name, errs[1])
				}
				if !tu.unordered && (got[3].err == nil || got[4].err == nil) {
					t.Errorf("%s yields %v, want the errors in places 3 and 4", name, got)
				}
			})
		}
	})
}

// The key function of MapKeyed is one of the item's functions.
func TestDeathOfKey(t *testing.T) {
	for _, unordered := range []bool{false, true} {
		inRig(t, 2, func(r *rig) {
			key := func(v int) int { panicAtThree(v); return v % 2 }
			s := stream.MapKeyed(stream.FromSeq(r.first(6)), r.pool, key, r.same, tuning{unordered: unordered}.options()...)
			var got []item[int]
			r.run(func() { got = gather(s.All(bg)) })
			vs, errs := values(got)
			want(t, "MapKeyed yields", vs, []int{0, 1, 2, 4, 5}, unordered)
			if len(errs) != 1 {
				t.Fatalf("MapKeyed yields errors %v, want that of one item", errs)
			}
			wantPanic(t, "key", errs[0], fault(3), "panicAtThree")
		})
	}
}

// A value that is an error can be matched, and panic(nil) is a panic.
func TestPanicValues(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		for _, value := range []any{fault(7), "text", nil, errors.New("an error"), (*future.PanicError)(nil)} {
			die := func(_ context.Context, _ int) (int, error) { panic(value) }
			_, err := stream.Map(stream.FromSlice(upTo(1)), r.pool, die).Collect(bg)
			above := endingOf(func() {
				_ = stream.FromSlice(upTo(1)).Tap(func(int) { panic(value) }).Buffer(1).Drain(bg)
			})
			for where, got := range map[string]any{"Map": err, "Buffer": above} {
				fault, ok := got.(*future.PanicError)
				if !ok {
					t.Errorf("panic(%v) in %s is %T, want a PanicError", value, where, got)
					continue
				}
				if want, isError := value.(error); isError && !errors.Is(fault, want) {
					t.Errorf("panic(%v) in %s does not match its value", value, where)
				}
				if _, isNil := fault.Value.(*runtime.PanicNilError); isNil != (value == nil) {
					t.Errorf("panic(%v) in %s has the value %v", value, where, fault.Value)
				}
			}
		}
	})
}

// parallelStagesWith is rig.parallel for a stream that comes later.
func parallelStagesWith(tu tuning, fn func(context.Context, int) error) iter.Seq2[string, func(r *rig, s ints) ints] {
	return func(yield func(string, func(r *rig, s ints) ints) bool) {
		for _, name := range []string{"Map", "FilterMap", "FlatMap", "MapKeyed"} {
			if !yield(name, func(r *rig, s ints) ints { return r.parallel(s, tu, fn)[name] }) {
				return
			}
		}
	}
}
