package stream_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"
	"weak"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/stream"
)

type big [1 << 10]byte

// sequenceOf returns a source of n items, which it notes, and that then blocks until
// its context ends.
func sequenceOf(n int, noted *[]weak.Pointer[big]) stream.Stream[*big] {
	return stream.FromFunc(func(ctx context.Context) (*big, error) {
		if len(*noted) == n {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		v := new(big)
		*noted = append(*noted, weak.Make(v))
		return v, nil
	})
}

// An item that was delivered is not held on to while the source is silent.
func TestDeliveredIsReleasedBySilentSources(t *testing.T) {
	for name, through := range map[string]func(stream.Stream[*big]) stream.Stream[*big]{
		"Buffer": func(s stream.Stream[*big]) stream.Stream[*big] { return s.Buffer(5) },
		"Merge": func(s stream.Stream[*big]) stream.Stream[*big] {
			return stream.Merge(s, stream.Stream[*big]{})
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			var noted []weak.Pointer[big]
			n := 0
			for v, err := range through(sequenceOf(3, &noted)).All(bg) {
				if v == nil || err != nil {
					t.Fatalf("%s: item %d is %v, %v", name, n, v, err)
				}
				runtime.KeepAlive(v)
				v = nil
				if n++; n < 3 {
					continue
				}
				bubble.Left() // until the source is silent
				runtime.GC()
				runtime.GC()
				for i, p := range noted[:2] {
					if p.Value() != nil {
						t.Errorf("%s holds on to item %d, which was delivered", name, i)
					}
				}
				break
			}
		})
	}
}

// The wait of a batch counts from its first item also if that came while the body was
// at the batch before.
func TestBatchWaitCountsFromItsFirstItem(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		items := stream.FromSeq(func(yield func(int) bool) {
			_ = yield(1)
			time.Sleep(12 * ms)
			_ = yield(2)
			time.Sleep(100 * ms)
		})
		start := time.Now()
		var at []time.Duration
		r.run(func() {
			for batch, err := range stream.Batch(items, 10, 10*ms).All(bg) {
				if len(batch) != 1 || err != nil {
					t.Errorf("a batch is %v, %v, want one item", batch, err)
				}
				at = append(at, time.Since(start))
				time.Sleep(6 * ms)
			}
		})
		if want := []time.Duration{10 * ms, 22 * ms}; !slices.Equal(at, want) {
			t.Errorf("batches come at %v, want %v", at, want)
		}
	})
}

// A batch that is not full when a stage above panics is dropped.
func TestBatchIsDroppedByAPanic(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		source := stream.FromSeq(func(yield func(int) bool) {
			_ = yield(1)
			panic("boom")
		})
		batches := 0
		ending := endingOf(func() {
			for range stream.Batch(source, 10, time.Hour).All(bg) {
				batches++
			}
		})
		var p *future.PanicError
		if err, ok := ending.(error); !ok || !errors.As(err, &p) || batches != 0 {
			t.Errorf("%d batches come and the run ends with %v, want none and the panic", batches, ending)
		}
	})
}

// What a stage still has after the end of the context does not come out of the channel.
func TestToChanSendsNothingAfterTheEnd(t *testing.T) {
	for range 20 {
		bubble.Run(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(bg)
			items := stream.Flatten(stream.FromSlice([][]int{upTo(100)})).Tap(func(v int) {
				if v == 10 {
					cancel()
					time.Sleep(ms) // the channel is empty then
				}
			})
			var last future.Result[int]
			for r := range stream.ToChan(ctx, items) {
				if r.Err == nil && r.Value >= 10 {
					t.Errorf("item %d comes after the end of the context", r.Value)
				}
				last = r
			}
			if !errors.Is(last.Err, future.ErrNotDone) {
				t.Errorf("the last result is %v, want ErrNotDone", last)
			}
		})
	}
}
