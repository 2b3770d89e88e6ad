package stream_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/millrace-go/millrace/stream"
)

type pair = stream.Pair[int, int]

// Zip is as long as the shorter stream.
func TestZipLengths(t *testing.T) {
	for a := range 4 {
		for b := range 4 {
			inRig(t, 1, func(r *rig) {
				var pairs []item[pair]
				for i := range min(a, b) {
					pairs = append(pairs, item[pair]{v: pair{i, i}})
				}
				r.run(func() {
					s := stream.Zip(stream.FromSeq(r.first(a)), stream.FromSeq(r.first(b)))
					wantItems(t, fmt.Sprintf("Zip() of %d and %d", a, b), s, pairs...)
				})
			})
		}
	}
}

// Zip ends with the shorter stream, though the longer one has no end and is blocked at the
// time.
func TestZipEndsTheLonger(t *testing.T) {
	short, long := []int{0, 10}, []int{0, 5, never}
	for name, times := range map[string][2][]int{"first": {long, short}, "second": {short, long}} {
		t.Run(name, func(t *testing.T) {
			inRig(t, 1, func(r *rig) {
				r.run(func() {
					got := record(bg, stream.Zip(r.onTime(times[0]...), r.onTime(times[1]...)), 0)
					wantJournal(t, "Zip()", got, "{0 0}@0s", "{1 1}@10ms", "end@10ms")
				})
			})
		})
	}
}

// Zip ends with the shorter stream also if nothing ever came from the longer one.
func TestZipEndsASilentStream(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		r.run(func() {
			wantJournal(t, "Zip()", record(bg, stream.Zip(stream.FromChan(make(chan int)), r.onTime()), 0), "end@0s")
		})
	})
	inRig(t, 1, func(r *rig) {
		r.run(func() {
			wantJournal(t, "Zip()", record(bg, stream.Zip(r.onTime(), stream.FromChan(make(chan int))), 0), "end@0s")
		})
	})
}

// An error takes the place of its pair, so that the pairs after it still belong
// together; where both are errors both are passed on.
func TestZipErrors(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		a, b := good(upTo(5)...), good(upTo(5)...)
		a[1], b[2], a[3], b[3] = failed(1), failed(2), failed(3), failed(33)
		wantItems(t, "Zip()", stream.Zip(from(a), from(b)),
			item[pair]{v: pair{0, 0}}, item[pair]{err: fault(1)}, item[pair]{err: fault(2)},
			item[pair]{err: fault(3)}, item[pair]{err: fault(33)}, item[pair]{v: pair{4, 4}})
	})
}

// A sink that stops at the first of two errors gets no other.
func TestZipStopsBetweenErrors(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		if _, err := stream.Zip(from([]item[int]{failed(1)}), from([]item[int]{failed(2)})).Collect(bg); err != fault(1) {
			t.Errorf("Collect() = %v, want %v", err, fault(1))
		}
	})
}

// Both streams are cut by the end of the context: there is one last error.
func TestZipAtTheEndOfTheContext(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		ctx, cancel := context.WithCancelCause(bg)
		time.AfterFunc(5*ms, func() { cancel(fault(9)) })
		got := record(ctx, stream.Zip(r.onTime(0, 2, 10), r.onTime(0, 1, 3, 20)), 0)
		wantJournal(t, "Zip()", got, "{0 0}@0s", "{1 1}@2ms", "not done: fault 9@5ms", "end@5ms")
	})
}

// The second stream is at most one item ahead.
func TestZipRunsOneItemAhead(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		var a, b ledger
		for range stream.Zip(a.count(stream.FromSeq(numbers)), b.count(stream.FromSeq(numbers))).Take(5).All(bg) {
			a.delivered, b.delivered = a.delivered+1, b.delivered+1
			time.Sleep(ms)
			if a, b := a.ahead(), b.ahead(); a != 0 || b != 1 {
				t.Errorf("the streams of a Zip are %d and %d items ahead, want 0 and 1", a, b)
			}
		}
	})
}
