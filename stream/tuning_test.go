package stream_test

import (
	"context"
	"fmt"
	"iter"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/stream"
)

// A tuning is how a parallel stage is run; a bound of 0 is the default.
type tuning struct {
	unordered           bool
	window, concurrency int
}

func (tu tuning) String() string {
	order := "ordered"
	if tu.unordered {
		order = "unordered"
	}
	return fmt.Sprintf("%s_window_%d_concurrency_%d", order, tu.window, tu.concurrency)
}

func (tu tuning) options() []millrace.MapOption {
	var opts []millrace.MapOption
	if tu.unordered {
		opts = append(opts, millrace.Unordered())
	}
	if tu.window > 0 {
		opts = append(opts, millrace.WithWindow(tu.window))
	}
	if tu.concurrency > 0 {
		opts = append(opts, millrace.WithConcurrency(tu.concurrency))
	}
	return opts
}

// eachTuning runs fn over ordered and unordered, and windows and concurrencies.
func eachTuning(t *testing.T, fn func(t *testing.T, tu tuning)) {
	for _, unordered := range []bool{false, true} {
		for _, window := range []int{0, 1, 2, 5} {
			for _, concurrency := range []int{0, 1, 2, 5} {
				tu := tuning{unordered, window, concurrency}
				t.Run(tu.String(), func(t *testing.T) { fn(t, tu) })
			}
		}
	}
}

// parallel returns each parallel stage over s. All call fn, in the same way: what
// it returns is the item's error.
func (r *rig) parallel(s ints, tu tuning, fn func(ctx context.Context, v int) error) map[string]ints {
	opts := tu.options()
	work := func(ctx context.Context, v int) (int, error) {
		defer r.call()()
		return v, fn(ctx, v)
	}
	return map[string]ints{
		"Map": stream.Map(s, r.pool, work, opts...),
		"FilterMap": stream.FilterMap(s, r.pool, func(ctx context.Context, v int) (int, bool, error) {
			v, err := work(ctx, v)
			return v, true, err
		}, opts...),
		"FlatMap": stream.FlatMap(s, r.pool, func(ctx context.Context, v int) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(work(ctx, v)) }
		}, opts...),
		"MapKeyed": stream.MapKeyed(s, r.pool, func(v int) int { return v }, work, opts...),
	}
}
