package stream_test

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// endOptions are the options of parallel stages with their numbers and values at
// the ends of what they take.
var endOptions = map[string]millrace.MapOption{
	"WithConcurrency(1)":        millrace.WithConcurrency(1),
	"WithConcurrency(MaxInt)":   millrace.WithConcurrency(math.MaxInt),
	"WithConcurrency(MaxInt/2)": millrace.WithConcurrency(math.MaxInt/2 + 1),
	"WithWindow(1)":             millrace.WithWindow(1),
	"WithWindow(MaxInt)":        millrace.WithWindow(math.MaxInt),
	"WithWindow(MaxInt32)":      millrace.WithWindow(math.MaxInt32),
	"WithWeight(0)":             millrace.WithWeight(0),
	"WithWeight(1)":             millrace.WithWeight(1),
	"WithPriority(MinInt)":      millrace.WithPriority(math.MinInt),
	"WithPriority(MaxInt)":      millrace.WithPriority(math.MaxInt),
	"WithTimeout(max)":          millrace.WithTimeout(math.MaxInt64),
	"WithKey(0)":                millrace.WithKey(0),
	"nil":                       nil,
}

// Every option at its ends, on every parallel stage and both kinds of input, is
// what a large or small number is: the results are the same.
func TestOptionsAtTheirEnds(t *testing.T) {
	for name, opt := range endOptions {
		for _, more := range [][]millrace.MapOption{{opt}, {opt, millrace.Unordered()}} {
			inRig(t, 3, func(r *rig) {
				for stage, over := range optioned(r, more...) {
					for input, s := range map[string]ints{
						"FromSlice": stream.FromSlice(upTo(20)),
						"FromSeq":   stream.FromSeq(r.first(20)),
					} {
						r.run(func() {
							got, err := over(s).Collect(bg)
							if want(t, stage+" with "+name, got, upTo(20), len(more) > 1); err != nil {
								t.Errorf("%s of %s with %s = %v, want nil", stage, input, name, err)
							}
						})
						r.run(func() { must(over(s).Take(2).Count(bg)) })
					}
				}
			})
		}
	}
}

// optioned returns the parallel stages with options, as stages that pass items
// on.
func optioned(r *rig, opts ...millrace.MapOption) map[string]func(ints) ints {
	work := func(_ context.Context, v int) (int, error) {
		defer r.call()()
		time.Sleep(ms)
		return v, nil
	}
	return map[string]func(ints) ints{
		"Map": func(s ints) ints { return stream.Map(s, r.pool, work, opts...) },
		"FilterMap": func(s ints) ints {
			return stream.FilterMap(s, r.pool, func(ctx context.Context, v int) (int, bool, error) {
				v, err := work(ctx, v)
				return v, true, err
			}, opts...)
		},
		"FlatMap": func(s ints) ints {
			return stream.FlatMap(s, r.pool, func(ctx context.Context, v int) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) { yield(work(ctx, v)) }
			}, opts...)
		},
		"MapKeyed": func(s ints) ints {
			return stream.MapKeyed(s, r.pool, func(v int) int { return v % 5 }, work, opts...)
		},
		"ReduceByKey": func(s ints) ints {
			return stream.From(func(ctx context.Context) iter.Seq2[int, error] {
				none := func(int) []int { return nil }
				add := func(ctx context.Context, vs []int, v int) ([]int, error) {
					v, err := work(ctx, v)
					return append(vs, v), err
				}
				byKey, err := stream.ReduceByKey(ctx, s, r.pool, func(v int) int { return v % 5 }, none, add, opts...)
				if err != nil {
					return from([]item[int]{{err: err}}).All(ctx)
				}
				var all []int
				for _, vs := range byKey {
					all = append(all, vs...)
				}
				slices.Sort(all)
				return stream.FromSlice(all).All(ctx)
			})
		},
	}
}

// An option that is out of range panics where it is written, also as an option of
// a stage.
func TestOptionsOutOfRange(t *testing.T) {
	for want, option := range map[string]func() millrace.MapOption{
		"millrace: WithConcurrency(0): want n >= 1":                                            func() millrace.MapOption { return millrace.WithConcurrency(0) },
		"millrace: WithConcurrency(-1): want n >= 1":                                           func() millrace.MapOption { return millrace.WithConcurrency(-1) },
		"millrace: WithWindow(0): want n >= 1":                                                 func() millrace.MapOption { return millrace.WithWindow(0) },
		"millrace: WithWindow(-9): want n >= 1":                                                func() millrace.MapOption { return millrace.WithWindow(-9) },
		"millrace: WithWeight(-1): want n >= 0":                                                func() millrace.MapOption { return millrace.WithWeight(-1) },
		"millrace: WithKey(NaN): want a key that is comparable and equals itself, got float64": func() millrace.MapOption { return millrace.WithKey(math.NaN()) },
		"millrace: WithTimeout(0s): want d > 0":                                                func() millrace.MapOption { return millrace.WithTimeout(0) },
		"millrace: WithTimeout(-1ns): want d > 0":                                              func() millrace.MapOption { return millrace.WithTimeout(-1) },
	} {
		if got := endingOf(func() { option() }); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}
}

// Stages do what they say also with the smallest and the largest numbers.
func TestNumbersAtTheirEnds(t *testing.T) {
	const n = 5
	waits := []time.Duration{math.MinInt64, -1, 0, 1, math.MaxInt64}
	inRig(t, 2, func(r *rig) {
		s := stream.FromSeq(r.first(n))
		for name, tc := range map[string]struct {
			s    ints
			want []int
		}{
			"Take(0)":        {s.Take(0), nil},
			"Take(1)":        {s.Take(1), upTo(1)},
			"Take(MaxInt)":   {s.Take(math.MaxInt), upTo(n)},
			"Skip(0)":        {s.Skip(0), upTo(n)},
			"Skip(1)":        {s.Skip(1), upTo(n)[1:]},
			"Skip(MaxInt)":   {s.Skip(math.MaxInt), nil},
			"Buffer(1)":      {s.Buffer(1), upTo(n)},
			"Buffer(MaxInt)": {s.Buffer(math.MaxInt), upTo(n)},
			"Concat()":       {stream.Concat[int](), nil},
			"Merge()":        {stream.Merge[int](), nil},
			"FromSlice(nil)": {stream.FromSlice[int](nil), nil},
		} {
			r.run(func() { want(t, name, must(tc.s.Collect(bg)), tc.want, false) })
		}
		for _, size := range []int{1, math.MaxInt} {
			for _, wait := range waits {
				name := fmt.Sprintf("Batch(%d, %d)", size, wait)
				r.run(func() { want(t, name, must(stream.Flatten(stream.Batch(s, size, wait)).Collect(bg)), upTo(n), false) })
			}
		}
	})
}

// Streams are right also on pools whose options have the smallest and the largest numbers.
func TestPoolsAtTheirEnds(t *testing.T) {
	for name, opts := range map[string][]millrace.PoolOption{
		"WithWorkers(1)":        {millrace.WithWorkers(1)},
		"WithWorkers(MaxInt)":   {millrace.WithWorkers(math.MaxInt)},
		"WithQueue(0)":          {millrace.WithWorkers(2), millrace.WithQueue(0)},
		"WithQueue(MaxInt)":     {millrace.WithQueue(math.MaxInt)},
		"WithMaxWeight(1)":      {millrace.WithMaxWeight(1)},
		"WithMaxWeight(MaxInt)": {millrace.WithMaxWeight(math.MaxInt64)},
	} {
		inRig(t, 1, func(r *rig) {
			r.pool = pool.New(append(opts, millrace.WithIdleTimeout(0))...)
			for stage, over := range optioned(r) {
				for input, s := range map[string]ints{
					"FromSlice": stream.FromSlice(upTo(20)),
					"FromSeq":   stream.FromSeq(r.first(20)),
				} {
					r.run(func() { want(t, stage+" of "+input+" on "+name, must(over(s).Collect(bg)), upTo(20), false) })
				}
			}
		})
	}
}
