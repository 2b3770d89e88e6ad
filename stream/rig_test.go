package stream_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

var bg = context.Background()

type ints = stream.Stream[int]

// A fault is an error that says where it belongs.
type fault int

func (f fault) Error() string { return fmt.Sprintf("fault %d", int(f)) }

// A rig is what the pipelines of a test share: a pool, and a watch over their
// functions. They defer r.call()(), and may only do so during a run.
type rig struct {
	*testing.T
	pool   *pool.Pool
	over   atomic.Bool
	active atomic.Int64
	calls  atomic.Int64
}

// inRig runs fn in a bubble, with a pool of so many workers. None of its
// goroutines outlives its work, so that those of a pipeline stand out.
func inRig(t *testing.T, workers int, fn func(r *rig)) {
	t.Helper()
	bubble.Run(t, func(t *testing.T) {
		r := &rig{T: t, pool: pool.New(millrace.WithWorkers(workers), millrace.WithIdleTimeout(0))}
		fn(r)
		if err := r.pool.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	})
}

// call counts a call of a function of a pipeline until done is called.
func (r *rig) call() (done func()) {
	if r.over.Load() {
		r.Error("a function of the pipeline was called after its run")
	}
	r.calls.Add(1)
	r.active.Add(1)
	return func() { r.active.Add(-1) }
}

// run is ending for a sink that must return.
func (r *rig) run(sink func()) {
	r.Helper()
	if ending := r.ending(sink); ending != nil {
		r.Errorf("the run ends with %+v, want that it returns", ending)
	}
}

// ending calls sink and returns how it ended. It fails if, when it has, a function
// of the pipeline runs, then or later, or a goroutine is left.
func (r *rig) ending(sink func()) (ending any) {
	r.Helper()
	r.over.Store(false)
	done := make(chan struct{})
	var active int64
	go func() {
		defer close(done)
		ending = endingOf(sink)
		active = r.active.Load()
		r.over.Store(true)
	}()
	<-done
	if active != 0 {
		r.Errorf("%d functions of the pipeline run when it has ended, want none", active)
	}
	if left := bubble.Left(); left != 0 {
		r.Errorf("%d goroutines are left, want none", left)
	}
	return ending
}

// goexit is the ending of a function that called runtime.Goexit.
type goexit struct{}

// endingOf calls fn in a goroutine of its own and returns nil if it returned,
// what it panicked with, or goexit.
func endingOf(fn func()) (ending any) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		ending = goexit{}
		defer func() {
			if value := recover(); value != nil {
				ending = value
			}
		}()
		fn()
		ending = nil
	}()
	<-done
	return ending
}

// item is what a stream yields.
type item[T any] struct {
	v   T
	err error
}

func good[T any](vs ...T) []item[T] {
	var all []item[T]
	for _, v := range vs {
		all = append(all, item[T]{v: v})
	}
	return all
}

// gather returns what a sequence yields.
func gather[T any](seq iter.Seq2[T, error]) (all []item[T]) {
	for v, err := range seq {
		all = append(all, item[T]{v, err})
	}
	return all
}

// values returns the values of items and how many errors are among them.
func values[T any](items []item[T]) (vs []T, errs []error) {
	for _, it := range items {
		if it.err != nil {
			errs = append(errs, it.err)
			continue
		}
		vs = append(vs, it.v)
	}
	return vs, errs
}

// upTo returns 0, 1, … n-1.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// numbers yields 0, 1, … for ever.
func numbers(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

// want fails unless got equals want, in any order if unordered.
func want(t testing.TB, call string, got, want []int, unordered bool) {
	t.Helper()
	if unordered {
		got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s = %v, want %v", call, got, want)
	}
}

// wantNotDone fails unless err is that of a run whose context has ended with
// cause.
func wantNotDone(t testing.TB, call string, err, cause error) {
	t.Helper()
	if !errors.Is(err, future.ErrNotDone) || !errors.Is(err, cause) {
		t.Errorf("%s: %v, want ErrNotDone and %v", call, err, cause)
	}
}
