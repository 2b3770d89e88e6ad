package stream

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"github.com/millrace-go/millrace/future"
)

// errOver is the cause of the contexts of stages that were ended from below.
var errOver = errors.New("stream: the stages below have ended")

// A crossing is the border between a stage and the stages above it, where those
// run in goroutines of their own. Calls go down over it as items; what the stack
// does between stages of one goroutine it has to do itself: the end of the
// stages below goes up as the end of a context, and panics and Goexit of the
// stages above come down.
type crossing struct {
	ctx    context.Context // of the stages above
	cancel context.CancelCauseFunc
	over   atomic.Bool // the stages below have ended
	cut    atomic.Bool // the stages above were cut short, see pass
	death  atomic.Pointer[death]
}

// A death is how a function above the crossing did not return: by a panic, or by
// Goexit if fault is nil.
type death struct{ fault error }

func (c *crossing) open(ctx context.Context) {
	c.ctx, c.cancel = context.WithCancelCause(ctx)
}

// end tells the stages above that nothing more is wanted. It does not wait for
// them.
func (c *crossing) end() {
	c.over.Store(true)
	c.cancel(errOver)
}

// died takes what recover returned for a pass that did not return, and ends the
// others above.
func (c *crossing) died(value any) {
	d := new(death)
	if value != nil {
		d.fault = asFault(value)
	}
	c.death.CompareAndSwap(nil, d)
	c.cancel(errOver)
}

// raise dies what the stages above died of. It is for when they are joined, and
// not for a deferred call: a panic of the stages below goes first.
func (c *crossing) raise() {
	switch d := c.death.Load(); {
	case d == nil:
	case d.fault == nil:
		runtime.Goexit()
	default:
		panic(d.fault)
	}
}

// asFault gives a panic the stack that is being unwound. One that has crossed
// before keeps the stack it has.
func asFault(value any) *future.PanicError {
	if fault, ok := value.(*future.PanicError); ok {
		return fault
	}
	return &future.PanicError{Value: value, Stack: debug.Stack()}
}

// input is a pass over s for the engine, which ranges over it in a goroutine of
// its own and passes its death on.
func input[T any](c *crossing, s Stream[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		returned := false
		defer func() {
			if returned {
				return
			}
			if value := recover(); value != nil {
				panic(asFault(value))
			}
		}()
		if s.each(c.ctx, yield) {
			c.cut.Store(true)
		}
		returned = true
	}
}
