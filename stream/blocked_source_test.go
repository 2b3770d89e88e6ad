package stream_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/stream"
)

// A run that its sink ends does not wait for a source that blocks until its context
// ends, in whatever goroutine the source runs.
func TestBreakEndsABlockedSource(t *testing.T) {
	for name, through := range map[string]func(*rig, ints) ints{
		"Buffer": func(_ *rig, s ints) ints { return s.Buffer(1) },
		"Merge":  func(_ *rig, s ints) ints { return stream.Merge(s, ints{}) },
		"Batch":  func(_ *rig, s ints) ints { return stream.Flatten(stream.Batch(s, 1, time.Hour)) },
		"Zip": func(_ *rig, s ints) ints {
			zipped := stream.Zip(s, s)
			return stream.Transform(zipped, func(p stream.Pair[int, int]) (int, error) { return p.First, nil })
		},
		"Map": func(r *rig, s ints) ints {
			return stream.Map(s, r.pool, func(_ context.Context, v int) (int, error) { return v, nil })
		},
	} {
		inRig(t, 2, func(r *rig) {
			source := stream.FromFunc(oneThenBlock(r))
			if name == "Zip" {
				source = stream.From(func(ctx context.Context) iter.Seq2[int, error] { return sequence(ctx, oneThenBlock(r)) })
			}
			start := time.Now()
			r.run(func() {
				if _, ok, err := through(r, source).First(bg); !ok || err != nil {
					t.Errorf("%s: First() = %v, %v, want an item", name, ok, err)
				}
			})
			if took := time.Since(start); took != 0 {
				t.Errorf("%s: a run of one item took %v, want no time", name, took)
			}
		})
	}
}

// oneThenBlock returns a source of one item, which then blocks for a day or until its
// context ends.
func oneThenBlock(r *rig) func(context.Context) (int, error) {
	n := 0
	return func(ctx context.Context) (int, error) {
		defer r.call()()
		if n++; n == 1 {
			return n, nil
		}
		return 0, sleep(ctx, 24*time.Hour)
	}
}

func sequence(ctx context.Context, next func(context.Context) (int, error)) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for ctx.Err() == nil {
			if v, err := next(ctx); !yield(v, err) {
				return
			}
		}
	}
}

// Of two sources that panic the first one counts, also if the second panics because
// the first has ended its context.
func TestFirstPanicCounts(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		begun := make(chan struct{})
		dies := stream.FromFunc(func(context.Context) (int, error) { <-begun; panic("first") })
		follows := stream.From(func(ctx context.Context) iter.Seq2[int, error] {
			return func(func(int, error) bool) {
				close(begun)
				<-ctx.Done()
				panic("second")
			}
		})
		var p *future.PanicError
		if ending, ok := endingOf(func() { _ = stream.Merge(follows, dies).Drain(bg) }).(error); !ok || !errors.As(ending, &p) || p.Value != "first" {
			t.Errorf("the run ends with %v, want the panic of the first", ending)
		}
	})
}

// Each run counts anew.
func TestRunsCountAnew(t *testing.T) {
	items := stream.FromSlice([]int{1, 2, 3, 4, 5})
	add := func(a, b int) (int, error) { return a + b, nil }
	for name, s := range map[string]ints{
		"Skip": items.Skip(2),
		"Take": items.Take(2),
		"Scan": stream.Scan(items, 0, add),
		"Enumerate": stream.Transform(stream.Enumerate(items), func(p stream.Pair[int, int]) (int, error) {
			return p.First, nil
		}),
		"Batch": stream.Transform(stream.Batch(items, 2, -1), func(b []int) (int, error) { return len(b), nil }),
	} {
		first, err := s.Collect(bg)
		if err != nil || len(first) == 0 {
			t.Errorf("%s: Collect() = %v, %v, want items and nil", name, first, err)
		}
		if second, err := s.Collect(bg); err != nil || !slices.Equal(first, second) {
			t.Errorf("%s: a second run is %v, %v, want %v", name, second, err, first)
		}
	}
}

// A function that keeps nothing keeps the errors, which it is not asked about.
func TestKeepingNothingKeepsErrors(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		s := from([]item[int]{failed(1), failed(2)})
		for name, s := range map[string]ints{
			"Filter": s.Filter(func(int) bool { return false }),
			"FilterMap": stream.FilterMap(s, r.pool, func(context.Context, int) (int, bool, error) {
				return 0, false, fault(3)
			}),
			"FilterMap of items": stream.FilterMap(stream.FromSlice([]int{1, 2}), r.pool, func(_ context.Context, v int) (int, bool, error) {
				return 0, false, fault(v)
			}),
		} {
			var errs []error
			for _, err := range s.All(bg) {
				errs = append(errs, err)
			}
			if fmt.Sprint(errs) != "[fault 1 fault 2]" {
				t.Errorf("%s keeps the errors %v, want both", name, errs)
			}
		}
	})
}
