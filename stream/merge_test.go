package stream_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/stream"
)

// Each item of a merge is delivered the moment it comes, whatever the others do.
func TestMergeDeliversAtOnce(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		ctx, cancel := context.WithCancelCause(bg)
		time.AfterFunc(time.Second, func() { cancel(fault(1)) })
		fast, slow, silent := r.onTime(every(5, 2)...), r.onTime(1, 301, 601), r.onTime(never)
		fast = stream.Transform(fast, func(v int) (int, error) { return v + 100, nil })
		r.run(func() {
			wantJournal(t, "Merge()", record(ctx, stream.Merge(silent, fast, slow), 0),
				"100@0s", "0@1ms", "101@2ms", "102@4ms", "103@6ms", "104@8ms", "1@301ms", "2@601ms",
				"not done: fault 1@1s", "end@1s")
		})
	})
}

func TestMergeOfFew(t *testing.T) {
	wantItems(t, "Merge()", stream.Merge[int]())
	wantItems(t, "Merge(s)", stream.Merge(mixed()), gather(mixed().All(bg))...)
}

// Items of one stream keep their order.
func TestMergeKeepsOrderWithinStreams(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		var ss []ints
		for i := range 5 {
			var items []int
			for j := range 20 {
				items = append(items, 100*i+j)
			}
			ss = append(ss, stream.FromSlice(items))
		}
		last := make([]int, len(ss))
		n := 0
		r.run(func() {
			for v := range stream.Merge(ss...).All(bg) {
				if n++; v%100 != last[v/100] {
					t.Errorf("item %d of stream %d comes when item %d is due", v%100, v/100, last[v/100])
				}
				last[v/100]++
			}
		})
		if n != 100 {
			t.Errorf("Merge() yields %d items, want 100", n)
		}
	})
}

// Each stream is at most one item further than was delivered.
func TestMergeRunsOneItemAhead(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		var ls [2]ledger
		tag := func(i int) ints {
			return stream.Transform(ls[i].count(stream.FromSeq(numbers)), func(int) (int, error) { return i, nil })
		}
		for i := range stream.Merge(tag(0), tag(1)).Take(20).All(bg) {
			ls[i].delivered++
			time.Sleep(ms)
			for i := range ls {
				if got := ls[i].ahead(); got != 1 {
					t.Errorf("stream %d is %d items ahead, want 1", i, got)
				}
			}
		}
	})
}

// Errors are items.
func TestMergeErrors(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		got := gather(stream.Merge(mixed(), mixed(), stream.FromSlice(upTo(2))).All(bg))
		vs, errs := values(got)
		want(t, "Merge()", vs, []int{0, 0, 0, 1, 2, 2, 3, 3, 5, 5}, true)
		var faults []int
		for _, err := range errs {
			faults = append(faults, int(err.(fault)))
		}
		want(t, "Merge()'s errors", faults, []int{1, 1, 4, 4}, true)
	})
}

// The streams are taken when Merge is called.
func TestMergeAndConcatCopyTheirArguments(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		ss := []ints{stream.FromSlice([]int{1}), stream.FromSlice([]int{2})}
		merged, joined := stream.Merge(ss...), stream.Concat(ss...)
		clear(ss)
		want(t, "Merge()", must(merged.Collect(bg)), []int{1, 2}, true)
		want(t, "Concat()", must(joined.Collect(bg)), []int{1, 2}, false)
	})
}

// A stream is run when those before it have ended, and not at all if nobody
// wants its items.
func TestConcatIsLazy(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		var begun []int
		from := func(i int) ints {
			return stream.FromSeq(func(yield func(int) bool) {
				begun = append(begun, i)
				_ = yield(10*i) && yield(10*i+1)
			})
		}
		s := stream.Concat(from(0), from(1), ints{}, from(2))
		for v := range s.All(bg) {
			want(t, "the streams begun", begun, upTo(v/10+1), false)
		}
		want(t, "the streams begun at the end", begun, upTo(3), false)
		for n := 1; n <= 6; n++ {
			begun = nil
			got := must(s.Take(n).Collect(bg))
			want(t, "Take()", got, []int{0, 1, 10, 11, 20, 21}[:n], false)
			want(t, "the streams begun", begun, upTo((n+1)/2), false)
		}
	})
	wantItems(t, "Concat()", stream.Concat[int]())
	twice := gather(mixed().All(bg))
	wantItems(t, "Concat(s, s)", stream.Concat(mixed(), mixed()), slices.Concat(twice, twice)...)
}
