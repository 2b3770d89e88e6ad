package parallel_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

const ms = time.Millisecond

var bg = context.Background()

// An itemError is the error of a loop that one item has ended.
type itemError struct {
	index int
	err   error
}

func (e *itemError) Error() string { return fmt.Sprintf("item %d: %v", e.index, e.err) }
func (e *itemError) Unwrap() error { return e.err }

// newConfig returns what a front sets always.
func newConfig() parallel.Config {
	return parallel.Config{
		Map:  options.NewMap(nil),
		Item: func(index int, err error) error { return &itemError{index, err} },
		Func: newConfig, // any function
	}
}

// A tuning is how a loop is told to run; 0 is the default.
type tuning struct {
	concurrency, window int
	unordered           bool
	own                 bool // items are tasks of their own
}

func (tu tuning) String() string {
	return fmt.Sprintf("concurrency %d, window %d, unordered %v, own %v", tu.concurrency, tu.window, tu.unordered, tu.own)
}

func (tu tuning) config() parallel.Config {
	cfg := newConfig()
	cfg.Concurrency, cfg.Window, cfg.Unordered = tu.concurrency, tu.window, tu.unordered
	if tu.own {
		cfg.PerItem = func(int) []options.TaskOption { return nil }
	}
	return cfg
}

// atWork returns how many items are at work at most.
func (tu tuning) atWork(workers int) int {
	n := workers
	for _, bound := range []int{tu.concurrency, tu.window} {
		if bound > 0 {
			n = min(n, bound)
		}
	}
	return n
}

func tunings() (all []tuning) {
	for _, unordered := range []bool{false, true} {
		for _, concurrency := range []int{0, 1, 2, 5} {
			for _, window := range []int{0, 1, 2, 5} {
				all = append(all, tuning{concurrency, window, unordered, false})
				if concurrency != 1 && window != 1 {
					all = append(all, tuning{concurrency, window, unordered, true})
				}
			}
		}
	}
	return all
}

type mapFunc = parallel.Func[int, int]

// A loop is one of the engine's, over integers.
type loop struct {
	name string
	run  func(ctx context.Context, ex sched.Executor, in iter.Seq2[int, error], fn mapFunc, cfg parallel.Config) iter.Seq2[int, error]
}

// loops are those that yield results.
var loops = []loop{
	{"Seq", parallel.Seq[int, int]},
	{"Keyed", func(ctx context.Context, ex sched.Executor, in iter.Seq2[int, error], fn mapFunc, cfg parallel.Config) iter.Seq2[int, error] {
		return parallel.Keyed(ctx, ex, in, func(v int) int { return v }, fn, cfg)
	}},
	{"Flat", func(ctx context.Context, ex sched.Executor, in iter.Seq2[int, error], fn mapFunc, cfg parallel.Config) iter.Seq2[int, error] {
		return parallel.Flat(ctx, ex, in, func(ctx context.Context, v int) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(fn(ctx, v)) }
		}, cfg)
	}},
}

// inBubble runs a test in a bubble, with a pool that is closed at its end.
func inBubble(t *testing.T, workers int, fn func(t *testing.T, p *sched.Pool)) {
	t.Helper()
	bubble.Run(t, func(t *testing.T) {
		p := newPool(workers)
		fn(t, p)
		if err := p.Close(); err != nil && !errors.Is(err, sched.ErrStopped) {
			t.Errorf("Close() = %v", err)
		}
	})
}

// inAndOut runs a test in a bubble, where runners start items in order, one by one,
// because time stands still; and outside, where they claim blocks of cheap ones.
func inAndOut(t *testing.T, workers int, fn func(t *testing.T, p *sched.Pool)) {
	t.Helper()
	inBubble(t, workers, fn)
	p := newPool(workers)
	fn(t, p)
	if err := p.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
}

func newPool(workers int) *sched.Pool {
	cfg := options.NewPool(nil)
	cfg.Workers = workers
	return sched.New(cfg)
}

// upTo yields 0 … n-1.
func upTo(n int) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for v := 0; v < n && yield(v, nil); v++ {
		}
	}
}

func double(_ context.Context, v int) (int, error) { return 2 * v, nil }

// doubles returns 0, 2, … 2(n-1).
func doubles(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = 2 * i
	}
	return all
}

// collect returns the values and the errors of a loop, and fails t if there is a
// value with an error.
func collect(seq iter.Seq2[int, error]) (vs []int, errs []error) {
	for v, err := range seq {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		vs = append(vs, v)
	}
	return vs, errs
}
