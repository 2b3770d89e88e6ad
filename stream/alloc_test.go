package stream_test

import (
	"context"
	"iter"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// allocs returns how many allocations each further item of a stage costs.
func allocs(t *testing.T, over func(s ints) ints) float64 {
	t.Helper()
	const few, many = 1000, 11_000
	of := func(n int) float64 {
		s := over(stream.FromSeq(slices.Values(upTo(n))))
		return testing.AllocsPerRun(5, func() {
			if got, err := s.Count(bg); got != n || err != nil {
				t.Fatalf("Count() = %d, %v, want %d, nil", got, err, n)
			}
		})
	}
	return (of(many) - of(few)) / (many - few)
}

// An item that passes an inline stage allocates nothing.
func TestInlineStagesDoNotAllocate(t *testing.T) {
	for name, over := range map[string]func(s ints) ints{
		"none":      func(s ints) ints { return s },
		"Transform": func(s ints) ints { return stream.Transform(s, func(v int) (int, error) { return v + 1, nil }) },
		"Filter":    func(s ints) ints { return s.Filter(func(v int) bool { return v >= 0 }) },
		"Take":      func(s ints) ints { return s.Take(1 << 30) },
		"TakeWhile": func(s ints) ints { return s.TakeWhile(func(v int) bool { return v >= 0 }) },
		"Skip":      func(s ints) ints { return s.Skip(0) },
		"Tap":       func(s ints) ints { return s.Tap(func(int) {}) },
		"Catch":     func(s ints) ints { return s.Catch(func(err error) (int, bool, error) { return 0, false, err }) },
		"Scan":      func(s ints) ints { return stream.Scan(s, 0, func(sum, v int) (int, error) { return sum + v, nil }) },
		"Concat":    func(s ints) ints { return stream.Concat(s, ints{}) },
		"From": func(s ints) ints {
			return stream.From(func(ctx context.Context) iter.Seq2[int, error] { return s.All(ctx) })
		},
		"Enumerate": func(s ints) ints {
			return stream.Transform(stream.Enumerate(s), func(p stream.Pair[int, int]) (int, error) { return p.First, nil })
		},
	} {
		if got := allocs(t, over); got > 0.001 { // the runtime may allocate, too, when it begins to collect
			t.Errorf("%s allocates %v times an item, want 0", name, got)
		}
	}
}

// Stages that hand items to another goroutine do not allocate for it. What
// others do meanwhile may, now and then.
func TestOtherStagesDoNotAllocatePerItem(t *testing.T) {
	p := pool.New()
	defer p.Close()
	for name, over := range map[string]func(s ints) ints{
		"Buffer":     func(s ints) ints { return s.Buffer(10) },
		"Buffer_all": func(s ints) ints { return s.Buffer(math.MaxInt) },
		"Merge":      func(s ints) ints { return stream.Merge(s, ints{}) },
		"Zip": func(s ints) ints {
			return stream.Transform(stream.Zip(s, s), func(p stream.Pair[int, int]) (int, error) { return p.First, nil })
		},
		"Batch_full": func(s ints) ints { return stream.Flatten(stream.Batch(s, 100, -1)) },
		"Batch_wait": func(s ints) ints { return stream.Flatten(stream.Batch(s, 100, time.Second)) },
	} {
		if got := allocs(t, over); got > 0.05 {
			t.Errorf("%s allocates %v times an item, want at most 0.05", name, got)
		}
	}
}

// What a stage or a sink allocates for each item beside its work is bounded.
func TestSinksDoNotAllocatePerItem(t *testing.T) {
	over := func(sink func(s ints)) float64 {
		return allocs(t, func(s ints) ints {
			return stream.From(func(context.Context) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) {
					sink(s)
					s.All(bg)(yield)
				}
			})
		})
	}
	if got := over(func(s ints) {
		for range stream.ToChan(bg, s) {
		}
	}); got > 0.05 {
		t.Errorf("ToChan allocates %v times an item, want at most 0.05", got)
	}
}
