package pool_test

import (
	"context"
	"slices"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Misuse panics at the call, with the package, the call and the value, and
// changes nothing.

// calls are all functions that take a context and an executor. A call without a function has
// nothing that may be nil beside them.
var calls = map[string]struct {
	do   func(ctx context.Context, ex pool.Executor, ok bool)
	bare bool
}{
	"Submit": {do: func(ctx context.Context, ex pool.Executor, ok bool) { pool.Submit(ctx, ex, must(ok, nop)) }},
	"Go": {do: func(ctx context.Context, ex pool.Executor, ok bool) {
		pool.Go(ctx, ex, must(ok, func(context.Context) error { return nil }))
	}},
	"Then": {do: func(ctx context.Context, ex pool.Executor, ok bool) {
		pool.Then(ctx, ex, future.Resolved(1), must(ok, identity))
	}},
	"Map": {do: func(ctx context.Context, ex pool.Executor, ok bool) { // at the call, not in the loop
		pool.Map(ctx, ex, slices.Values([]int{1}), must(ok, identity))
	}},
	"MapSlice": {do: func(ctx context.Context, ex pool.Executor, ok bool) {
		pool.MapSlice(ctx, ex, []int{1}, must(ok, identity))
	}},
	"ForEach": {do: func(ctx context.Context, ex pool.Executor, ok bool) {
		pool.ForEach(ctx, ex, slices.Values([]int{1}), must(ok, func(context.Context, int) error { return nil }))
	}},
	"ForN": {do: func(ctx context.Context, ex pool.Executor, ok bool) {
		pool.ForN(ctx, ex, 1, must(ok, func(context.Context, int) error { return nil }))
	}},
	"Reduce": {do: func(ctx context.Context, ex pool.Executor, ok bool) {
		pool.Reduce(ctx, ex, []int{1}, must(ok, func(_ context.Context, a, b int) (int, error) { return a + b, nil }))
	}},
	"Join":  {do: func(ctx context.Context, ex pool.Executor, ok bool) { pool.Join(ctx, ex, nop, must(ok, nop)) }},
	"First": {do: func(ctx context.Context, ex pool.Executor, ok bool) { pool.First(ctx, ex, nop, must(ok, nop)) }},
	"Scope": {do: func(ctx context.Context, ex pool.Executor, ok bool) {
		pool.Scope(ctx, ex, must(ok, func(context.Context, *pool.Group) error { return nil }))
	}},
	"NewGroup": {bare: true, do: func(ctx context.Context, ex pool.Executor, _ bool) { pool.NewGroup(ctx, ex) }},
	"Acquire":  {bare: true, do: func(ctx context.Context, ex pool.Executor, _ bool) { pool.Acquire(ctx, ex) }},
}

// must returns fn, or nil if it is not to be ok.
func must[F any](ok bool, fn F) F {
	var none F
	if !ok {
		return none
	}
	return fn
}

func TestNilArguments(t *testing.T) {
	p := pool.New()
	var none context.Context
	for name, call := range calls {
		wantPanic(t, func() { call.do(none, p, true) }, "pool: ", name, "nil context")
		for _, ex := range []pool.Executor{nil, (*pool.Pool)(nil), (*pool.Group)(nil)} {
			wantPanic(t, func() { call.do(bg, ex, true) }, "pool: ", name, "nil executor")
		}
		if !call.bare {
			wantPanic(t, func() { call.do(bg, p, false) }, "pool: ", name, "nil function")
			wantPanic(t, func() { call.do(ended(errBoom), p, false) }, "pool: ", name, "nil function")
		}
	}
	wantPanic(t, func() { pool.Join[int, int](bg, p, nil, nop) }, "pool: ", "Join", "nil function")
	wantPanic(t, func() { pool.First[int](bg, p, nil, nop) }, "pool: ", "First", "nil function")
	wantPanic(t, func() { pool.Outside(none, func() {}) }, "pool: ", "Outside", "nil context")
	wantPanic(t, func() { pool.Outside(bg, nil) }, "pool: ", "Outside", "nil function")
	wantPanic(t, func() { pool.Then(bg, p, nil, identity) }, "pool: ", "Then", "nil future")
	wantPanic(t, func() { pool.Then(bg, p, new(intFuture), identity) }, "pool: ", "Then", "zero Future", "future.NewPromise")
	wantPanic(t, func() { pool.Map(bg, p, nil, identity) }, "pool: ", "Map", "nil input")
	wantPanic(t, func() { pool.ForEach(bg, p, nil, func(context.Context, int) error { return nil }) }, "pool: ", "ForEach", "nil input")
	wantPanic(t, func() { p.Shutdown(none) }, "pool: ", "Shutdown", "nil context")
	if s := stats(t, p); s.Submitted+s.Refused != 0 || p.Err() != nil {
		t.Errorf("Stats() = %+v, Err() = %v after misuse, want nothing to have happened", s, p.Err())
	}
}

func TestNilReceivers(t *testing.T) {
	var p *pool.Pool
	for _, call := range []func(){
		func() { p.Close() }, func() { p.Shutdown(bg) }, func() { p.Seal() }, func() { p.Stop(nil) },
		func() { p.Resize(1) }, func() { p.Stats() }, func() { p.Err() }, p.Pause, p.Resume, func() { p.Drop(nil) },
	} {
		wantPanic(t, call, "pool: ", "nil pool")
	}
	var g *pool.Group
	for _, call := range []func(){
		func() { g.Wait() }, func() { g.Cancel(nil) }, func() { g.Context() }, func() { g.SetLimit(1) }, func() { g.Stats() },
	} {
		wantPanic(t, call, "pool: ", "nil group")
	}
}

// Nil options are skipped, the last one wins, and a nil slice is no input.
func TestNilOptions(t *testing.T) {
	p := pool.New(nil, millrace.WithWorkers(7), nil, one)
	defer p.Close()
	if s := stats(t, p); s.Workers != 1 {
		t.Errorf("Stats() = %+v, want 1 worker: the last option wins", s)
	}
	wantValue(t, "a task", pool.Submit(bg, p, nop, nil, millrace.WithPriority(1), nil), 1)
	if err := pool.NewGroup(bg, p, nil).Wait(); err != nil {
		t.Errorf("Wait() = %v, want nil", err)
	}
	if out, err := pool.MapSlice(bg, p, nil, identity, nil); len(out) != 0 || err != nil {
		t.Errorf("MapSlice(nil) = %v, %v, want nothing", out, err)
	}
	if _, err := pool.MapSlice(bg, p, []int{1}, identity, nil, millrace.WithKey(1), millrace.Unordered()); err != nil {
		t.Errorf("MapSlice() with a task's option = %v, want nil", err)
	}
}

// Values out of range panic where they are written; see also the tests of the
// options themselves.
func TestOptionsOutOfRange(t *testing.T) {
	for want, fn := range map[string]func(){
		"millrace: WithWorkers(0): want n >= 1":   func() { pool.New(millrace.WithWorkers(0)) },
		"millrace: WithQueue(-1): want n >= 0":    func() { pool.New(millrace.WithQueue(-1)) },
		"millrace: WithMaxWeight(0): want n >= 1": func() { pool.New(millrace.WithMaxWeight(0)) },
		"millrace: WithWeight(-1): want n >= 0":   func() { pool.Submit(bg, pool.New(), nop, millrace.WithWeight(-1)) },
		"millrace: WithTimeout(0s): want d > 0":   func() { pool.Submit(bg, pool.New(), nop, millrace.WithTimeout(0)) },
		"millrace: WithLimit(0): want n >= 1":     func() { pool.NewGroup(bg, pool.New(), millrace.WithLimit(0)) },
		"millrace: WithWindow(0): want n >= 1":    func() { pool.Map(bg, pool.New(), endless, identity, millrace.WithWindow(0)) },
	} {
		wantPanic(t, fn, want)
	}
}
