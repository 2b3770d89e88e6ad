package pool_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Panics and Goexit are outcomes, and the pool keeps its workers.

// unusual are tasks that do not return, or return unusual errors, and a check
// of the error they fail with.
var unusual = map[string]struct {
	fn    func(context.Context) (int, error)
	check func(error) bool
}{
	"panic":               {func(context.Context) (int, error) { panic("a") }, panicked("a")},
	"panic with an error": {func(context.Context) (int, error) { panic(errBoom) }, func(err error) bool { return panicked(errBoom)(err) && errors.Is(err, errBoom) }},
	"panic(nil)": {func(context.Context) (int, error) { panic(nil) }, func(err error) bool {
		var pe *future.PanicError
		var nilPanic *runtime.PanicNilError
		return errors.As(err, &pe) && errors.As(err, &nilPanic)
	}},
	"a run-time error": {func(context.Context) (int, error) { var s []int; return s[cap(s)+1], nil }, func(err error) bool {
		var re runtime.Error
		return errors.As(err, &re)
	}},
	"panic in a deferred function": {func(context.Context) (int, error) {
		defer func() { panic("second") }()
		panic("first")
	}, panicked("second")},
	"panic after a Goexit": {func(context.Context) (int, error) {
		defer func() { panic("late") }()
		runtime.Goexit()
		return 0, nil
	}, panicked("late")},
	"Goexit": {func(context.Context) (int, error) { runtime.Goexit(); return 0, nil }, func(err error) bool { return err == future.ErrGoexit }},
	"Goexit after a panic": {func(context.Context) (int, error) {
		defer runtime.Goexit()
		panic("dropped")
	}, func(err error) bool { return err != nil }},
	"a typed nil error":               {func(context.Context) (int, error) { var err *future.PanicError; return 0, err }, func(err error) bool { pe, ok := err.(*future.PanicError); return ok && pe == nil }},
	"an error that panics":            {func(context.Context) (int, error) { return 0, hostile{} }, func(err error) bool { return err == hostile{} }},
	"a panic with an error that does": {func(context.Context) (int, error) { panic(hostile{}) }, panicked(hostile{})},
	"a child's cancelled error":       {func(context.Context) (int, error) { return 0, future.ErrCancelled }, func(err error) bool { return err == future.ErrCancelled }},
}

// A hostile error panics whatever is asked of it.
type hostile struct{}

func (hostile) Error() string   { panic("Error") }
func (hostile) Is(error) bool   { panic("Is") }
func (hostile) As(any) bool     { panic("As") }
func (hostile) Unwrap() []error { panic("Unwrap") }

func panicked(value any) func(error) bool {
	return func(err error) bool {
		pe, ok := err.(*future.PanicError)
		return ok && pe.Value == value && len(pe.Stack) > 0
	}
}

// One at a time, two at a time, and more than there are workers: each fails
// with its own error, and the pool has all of its slots afterwards.
func TestUnusualEnds(t *testing.T) {
	for name, c := range unusual {
		for _, workers := range []int{1, 2} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(workers))
				var fs []*intFuture
				for range workers + 2 {
					fs = append(fs, pool.Submit(bg, p, c.fn))
				}
				for _, f := range fs {
					v, err := f.Await(bg)
					if !c.check(err) || v != 0 || f.State() != future.Failed {
						t.Errorf("%s: Await() = %v, %T, and the state is %v, want 0, its error, failed", name, v, err, f.State())
					}
				}
				blocker(p, workers)() // every slot is there
				p.Close()
				if s := stats(t, p); s.Failed != uint64(workers+2) || s.Goroutines != 0 {
					t.Errorf("%s: Stats() = %+v, want %d failed, no goroutine", name, s, workers+2)
				}
			})
		}
	}
}

// The stack is that of the panic.
func TestPanicStack(t *testing.T) {
	p := pool.New()
	defer p.Close()
	_, err := pool.Submit(bg, p, func(context.Context) (int, error) { return deepPanic(3), nil }).Await(bg)
	var pe *future.PanicError
	if !errors.As(err, &pe) || strings.Count(string(pe.Stack), "deepPanic") < 4 {
		t.Errorf("Await() = %v, want the stack of the panic", err)
	}
}

//go:noinline
func deepPanic(n int) int {
	if n == 0 {
		panic("deep")
	}
	return deepPanic(n-1) + 1
}

// A Then that panics or exits fails like a task, and a Then of such a task has its error.
func TestUnusualEndsInThen(t *testing.T) {
	for name, c := range unusual {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			f := pool.Then(bg, p, future.Resolved(1), func(ctx context.Context, _ int) (int, error) { return c.fn(ctx) })
			g := pool.Then(bg, p, f, func(context.Context, int) (int, error) { t.Error("ran after a failure"); return 0, nil })
			for _, f := range []*intFuture{f, g} {
				if _, err := f.Await(bg); !c.check(err) || f.State() != future.Failed {
					t.Errorf("%s: Await() = %T, and the state is %v, want its error, failed", name, err, f.State())
				}
			}
			p.Close()
		})
	}
}

// In a child that is waited for, the parent gets the error and its slot back.
func TestUnusualEndsInChild(t *testing.T) {
	for name, c := range unusual {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				if _, err := pool.Submit(ctx, p, c.fn).Await(ctx); !c.check(err) {
					t.Errorf("%s: Await() in the parent = %T, want its error", name, err)
				}
				return 7, nil
			})
			wantValue(t, name+": the parent", f, 7)
			p.Close()
		})
	}
}

// As members of groups and scopes, whether errors are collected or not.
func TestUnusualEndsInGroup(t *testing.T) {
	for name, c := range unusual {
		for _, opts := range [][]millrace.GroupOption{nil, {millrace.CollectErrors()}} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				g := pool.NewGroup(bg, p, opts...)
				pool.Submit(bg, g, c.fn)
				err := g.Wait()
				if joined, ok := err.(interface{ Unwrap() []error }); ok && opts != nil && len(joined.Unwrap()) == 1 {
					err = joined.Unwrap()[0]
				}
				if !c.check(err) {
					t.Errorf("%s: Wait() = %T, want its error", name, err)
				}
				err = pool.Scope(bg, p, func(ctx context.Context, g *pool.Group) error {
					f := pool.Submit(ctx, g, c.fn)
					f.Await(ctx)
					return nil
				})
				if !c.check(err) {
					t.Errorf("%s: Scope() = %T, want its error", name, err)
				}
				p.Close()
			})
		}
	}
}
