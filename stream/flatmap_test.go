package stream_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/stream"
)

// many returns a function for FlatMap that makes each items of one.
func (r *rig) many(each int) func(context.Context, int) iter.Seq2[int, error] {
	return func(_ context.Context, v int) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			defer r.call()()
			for i := range each {
				if !yield(v*each+i, nil) {
					return
				}
			}
		}
	}
}

// Sequences that are held up behind the first one lend their slots to it, and to
// those before them: they complete, with any number of workers, and whatever was
// delivered of them when the loop ends.
func TestFlatMapOfLongSequences(t *testing.T) {
	const n, each = 6, 100
	for _, workers := range []int{1, 3} {
		eachTuning(t, func(t *testing.T, tu tuning) {
			inRig(t, workers, func(r *rig) {
				s := stream.FlatMap(stream.FromSeq(r.first(n)), r.pool, r.many(each), tu.options()...)
				r.run(func() { want(t, "FlatMap", must(s.Collect(bg)), upTo(n*each), tu.unordered) })
				for _, at := range []int{1, each - 1, each, each + 7} {
					r.run(func() {
						got := must(s.Take(at).Collect(bg))
						if len(got) != at || !tu.unordered && got[at-1] != at-1 {
							t.Errorf("FlatMap.Take(%d) = %v, want as many items, in order", at, got)
						}
					})
				}
			})
		})
	}
}

// What a sequence yields is delivered while it goes on, if it is its turn, and
// behind its turn no earlier; without order each at once.
func TestFlatMapDeliversWhileItGoesOn(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		// Item v yields 10v after 1ms or 2ms, and 10v+1 10ms later.
		fn := func(_ context.Context, v int) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				time.Sleep(time.Duration(2-v) * ms)
				if yield(10*v, nil) {
					time.Sleep(10 * ms)
					yield(10*v+1, nil)
				}
			}
		}
		s := stream.FlatMap(stream.FromSlice(upTo(2)), r.pool, fn)
		wantJournal(t, "FlatMap", record(bg, s, 0), "0@2ms", "1@12ms", "10@12ms", "11@12ms", "end@12ms")
		s = stream.FlatMap(stream.FromSlice(upTo(2)), r.pool, fn, millrace.Unordered())
		wantJournal(t, "FlatMap unordered", record(bg, s, 0), "10@1ms", "0@2ms", "11@11ms", "1@12ms", "end@12ms")
	})
}

// Errors of a sequence are items in their places, and the sequence goes on.
func TestFlatMapErrors(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		fn := func(_ context.Context, v int) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				_ = yield(v, nil) && yield(0, fault(v)) && yield(v, nil)
			}
		}
		var all []item[int]
		for v := range 5 {
			all = append(all, item[int]{v: v}, failed(v), item[int]{v: v})
		}
		r.run(func() { wantItems(t, "FlatMap", stream.FlatMap(stream.FromSeq(r.first(5)), r.pool, fn), all...) })
	})
}

// A function or sequence that dies after some items is one error behind them.
func TestFlatMapDiesMidway(t *testing.T) {
	for way, die := range ways {
		for _, early := range []bool{true, false} {
			inRig(t, 2, func(r *rig) {
				fn := func(_ context.Context, v int) iter.Seq2[int, error] {
					if early && v == 1 {
						die("it")
					}
					return func(yield func(int, error) bool) {
						if yield(v, nil) && v == 1 {
							die("it")
						}
					}
				}
				var got []item[int]
				r.run(func() { got = gather(stream.FlatMap(stream.FromSlice(upTo(3)), r.pool, fn).All(bg)) })
				vs, errs := values(got)
				wantVs := []int{0, 1, 2}
				if early {
					wantVs = []int{0, 2}
				}
				if !slices.Equal(vs, wantVs) || len(errs) != 1 || wayOf(errs[0]) != way {
					t.Errorf("FlatMap with a %s, early %v, yields %v and errors %v, want %v and one of it", way, early, vs, errs, wantVs)
				}
			})
		}
	}
}

// An empty sequence is no item.
func TestFlatMapOfNothing(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		r.run(func() {
			s := stream.FlatMap(stream.FromSeq(r.first(2000)), r.pool, r.many(0))
			if n, err := s.Count(bg); n != 0 || err != nil {
				t.Errorf("Count() of empty sequences = %d, %v, want 0, nil", n, err)
			}
		})
	})
}

// An endless sequence is ended with the run, though it never looks at its
// context, and though it is not its turn.
func TestFlatMapOfEndlessSequences(t *testing.T) {
	for _, unordered := range []bool{false, true} {
		inRig(t, 2, func(r *rig) {
			fn := func(context.Context, int) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) {
					defer r.call()()
					for yield(1, nil) {
					}
				}
			}
			s := stream.FlatMap(stream.FromSeq(numbers), r.pool, fn, tuning{unordered: unordered}.options()...)
			r.run(func() { want(t, "Take(1000)", must(s.Take(1000).Collect(bg)), slices.Repeat([]int{1}, 1000), false) })
		})
	}
}

// A nil sequence is a panic of its item, which says so.
func TestFlatMapOfNil(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		fn := func(_ context.Context, v int) iter.Seq2[int, error] {
			if v == 1 {
				return nil
			}
			return r.many(1)(bg, v)
		}
		var got []string
		for v, err := range stream.FlatMap(stream.FromSlice(upTo(3)), r.pool, fn).All(bg) {
			got = append(got, fmt.Sprint(v, err))
		}
		want := []string{"0 <nil>", "0 future: task panicked: stream: FlatMap: the function returned a nil sequence", "2 <nil>"}
		if !slices.Equal(got, want) {
			t.Errorf("FlatMap of a function that returns nil = %q, want %q", got, want)
		}
	})
}

// In order, items with a key in common start in order, also if one of them is delayed: the
// later one would be held up behind the delayed one, and keep the key from it.
func TestFlatMapOfDelayedItemsWithKeys(t *testing.T) {
	const n, each = 6, 100
	options := millrace.PerItem(func(v int) []millrace.TaskOption {
		return []millrace.TaskOption{millrace.WithKey(v % 2), millrace.WithDelay(time.Duration(n-v) * time.Second)}
	})
	for _, workers := range []int{1, 3} {
		eachTuning(t, func(t *testing.T, tu tuning) {
			inRig(t, workers, func(r *rig) {
				s := stream.FlatMap(stream.FromSeq(r.first(n)), r.pool, r.many(each), append(tu.options(), options)...)
				r.run(func() { want(t, "FlatMap", must(s.Collect(bg)), upTo(n*each), tu.unordered) })
			})
		})
	}
}
