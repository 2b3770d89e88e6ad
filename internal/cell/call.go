package cell

import (
	"context"

	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// Call calls fn and stores its outcome, also if fn panics. A Goexit of fn goes on when its outcome
// is stored. So does a panic that is to end the process: the observers of the task are told of it.
func (c *Cell[T]) Call(ctx context.Context, fn func(context.Context) (T, error)) {
	if c.try(ctx, fn) {
		return
	}
	// Not a Goexit, or this line would not be reached: panic(nil) with
	// GODEBUG=panicnil=1, for which recover returns nil as for none.
	c.Fail(fault.In(c.task.Name(), nil))
}

// CallAttempt is Call of a function that the task may call again: when fn has ended, the function of
// WithRetry is asked. If that panics or calls Goexit, so has the attempt.
func (c *Cell[T]) CallAttempt(ctx context.Context, fn func(context.Context) (T, error)) {
	defer c.askRetry()
	c.Call(ctx, fn)
}

func (c *Cell[T]) askRetry() {
	asked := false
	defer func() {
		if !asked {
			c.unwound(recover())
		}
	}()
	c.task.AskRetry()
	asked = true
}

// try reports whether fn has returned, or has panicked with something.
func (c *Cell[T]) try(ctx context.Context, fn func(context.Context) (T, error)) (ok bool) {
	returned := false
	defer func() {
		if !returned {
			ok = c.unwound(recover())
		}
	}()
	v, err := fn(ctx)
	returned = true
	c.Set(v, err)
	return true
}

// unwound stores the outcome of a function that did not return: r is what recover returned.
func (c *Cell[T]) unwound(r any) (panicked bool) {
	c.task.Add(outcome.Unwound)
	err, panicked := sched.Unwound(r, c.task.Name())
	c.Fail(err)
	if panicked && c.task.CrashOnPanic() {
		panic(r) // the stack of the first panic is still below this one, and is printed
	}
	return panicked
}

// Fail stores an error in place of what the function has returned.
func (c *Cell[T]) Fail(err error) {
	var zero T
	c.Set(zero, err)
}
