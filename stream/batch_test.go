package stream_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/stream"
)

const ms = time.Millisecond

// A batch goes when it is full, when wait has passed since its first item, and
// when nothing more comes.
func TestBatchWait(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		s := r.onTime(5, 10, 11, 12, 30, 49, 51, 100)
		r.run(func() {
			wantJournal(t, "Batch(3, 20ms)", record(bg, stream.Batch(s, 3, 20*ms), 0),
				"[0 1 2]@11ms", "[3 4]@32ms", "[5 6]@69ms", "[7]@100ms", "end@100ms")
		})
	})
}

// The timer counts from the first item also while the stage below is busy with
// the batch before, and does not begin anew when it is back.
func TestBatchWaitBehindASlowBody(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		s := r.onTime(0, 25, 60, 95, 121, 200)
		r.run(func() {
			wantJournal(t, "Batch(9, 20ms)", record(bg, stream.Batch(s, 9, 20*ms), 50*ms),
				"[0]@20ms", "[1 2]@70ms", "[3]@120ms", "[4]@170ms", "[5]@220ms", "end@270ms")
		})
	})
}

// Without a wait a batch holds what has come while the stage below was busy.
func TestBatchReady(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		s := r.onTime(0, 1, 9, 11, 12, 13, 50)
		r.run(func() {
			wantJournal(t, "Batch(2, 0)", record(bg, stream.Batch(s, 2, 0), 10*ms),
				"[0]@0s", "[1 2]@10ms", "[3 4]@20ms", "[5]@30ms", "[6]@50ms", "end@60ms")
		})
	})
}

// With a negative wait only the last batch is not full.
func TestBatchFull(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		s := r.onTime(0, 1, 1000, 1001, 5000)
		r.run(func() {
			wantJournal(t, "Batch(2, -1)", record(bg, stream.Batch(s, 2, -1), 0),
				"[0 1]@1ms", "[2 3]@1.001s", "[4]@5s", "end@5s")
		})
	})
	for n := range 7 {
		var got [][]int
		for batch, err := range stream.Batch(stream.FromSlice(upTo(n)), 3, -1).All(bg) {
			if err != nil {
				t.Errorf("Batch(3, -1) yields %v, want no error", err)
			}
			got = append(got, batch)
		}
		if want := slices.Collect(slices.Chunk(upTo(n), 3)); !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("Batch(3, -1) of %d = %v, want %v", n, got, want)
		}
	}
}

var waits = map[string]time.Duration{"wait": 20 * ms, "ready": 0, "full": -1}

// An error ends the batch before it, at once, whatever the wait.
func TestBatchErrors(t *testing.T) {
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			inRig(t, 1, func(r *rig) {
				broken := func(v int) (int, error) {
					if v == 2 || v == 4 || v == 5 {
						return 0, fault(v)
					}
					return v, nil
				}
				// The body is busy, so that even without a wait batches grow.
				s := stream.Transform(r.onTime(0, 1, 2, 3, 4, 5, 6), broken)
				r.run(func() {
					got := record(bg, stream.Batch(s, 9, wait), 10*ms)
					switch name {
					case "ready":
						wantJournal(t, "Batch(9, 0)", got, "[0]@0s", "[1]@10ms", "fault 2@20ms", "[3]@20ms", "fault 4@30ms", "fault 5@30ms", "[6]@30ms", "end@40ms")
					case "full":
						// Inline: the source stands still while the body is busy.
						wantJournal(t, "Batch(9, -1)", got, "[0 1]@2ms", "fault 2@12ms", "[3]@12ms", "fault 4@22ms", "fault 5@22ms", "[6]@22ms", "end@32ms")
					default:
						wantJournal(t, "Batch(9, 20ms)", got, "[0 1]@2ms", "fault 2@12ms", "[3]@12ms", "fault 4@22ms", "fault 5@22ms", "[6]@22ms", "end@32ms")
					}
				})
			})
		})
	}
}

// A sink that stops at a batch does not get the error behind it.
func TestBatchStopsBeforeAnError(t *testing.T) {
	for _, wait := range []time.Duration{-1, 0, time.Second} {
		inRig(t, 1, func(r *rig) {
			got, ok, err := stream.Batch(from([]item[int]{{v: 7}, failed(1)}), 2, wait).First(bg)
			if !slices.Equal(got, []int{7}) || !ok || err != nil {
				t.Errorf("wait %v: First() = %v, %t, %v, want [7], true, nil", wait, got, ok, err)
			}
		})
	}
}

// When the context ends the last batch is dropped: the stages below do not see
// it.
func TestBatchAtTheEndOfTheContext(t *testing.T) {
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			inRig(t, 1, func(r *rig) {
				ctx, cancel := context.WithCancelCause(bg)
				time.AfterFunc(35*ms, func() { cancel(fault(1)) })
				var seen [][]int
				s := stream.Batch(r.onTime(0, 1, 2, 30, never), 3, wait).Tap(func(batch []int) { seen = append(seen, batch) })
				var err error
				r.run(func() {
					err = s.ForEach(ctx, func([]int) error { return sleep(bg, 20*ms) })
				})
				wantNotDone(t, "ForEach()", err, fault(1))
				for _, batch := range seen {
					if wait != 0 && batch[0] == 3 {
						t.Errorf("the stages below see %v, want no batch that was not due", seen)
					}
				}
				if len(seen) == 0 {
					t.Error("the stages below see no batch, want the first")
				}
			})
		})
	}
}

// A batch belongs to whom it is passed: no other shares its memory.
func TestBatchesAreTheirOwn(t *testing.T) {
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			inRig(t, 1, func(r *rig) {
				var kept, copies [][]int
				for batch := range stream.Batch(r.onTime(every(20, 1)...), 3, wait).All(bg) {
					kept = append(kept, batch)
					copies = append(copies, slices.Clone(batch))
					_ = append(batch, -1)
					time.Sleep(2 * ms)
				}
				if !slices.EqualFunc(kept, copies, slices.Equal) {
					t.Errorf("batches are %v, were %v when they came", kept, copies)
				}
				want(t, "the batches", slices.Concat(kept...), upTo(20), false)
			})
		})
	}
}

// A batch that is longer than memory is one that never fills.
func TestBatchOfAll(t *testing.T) {
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			inRig(t, 1, func(r *rig) {
				batches, err := stream.Batch(stream.FromSlice(upTo(5)), math.MaxInt32, wait).Collect(bg)
				if err != nil {
					t.Errorf("Batch(math.MaxInt32) = %v, want nil", err)
				}
				want(t, "Batch(math.MaxInt32)", slices.Concat(batches...), upTo(5), false)
			})
		})
	}
}

// The stages above a batch with a wait run no further ahead than one batch.
func TestBatchRunsOneBatchAhead(t *testing.T) {
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			inRig(t, 1, func(r *rig) {
				var l ledger
				s := stream.Batch(l.count(stream.FromSeq(numbers)), 4, wait).Take(5)
				for batch := range s.All(bg) {
					l.delivered += len(batch)
					time.Sleep(ms)
					want := 4
					if wait < 0 {
						want = 0 // inline
					}
					if got := l.ahead(); got != want {
						t.Errorf("the source of Batch(4, %v) is %d items ahead, want %d", wait, got, want)
					}
				}
			})
		})
	}
}
