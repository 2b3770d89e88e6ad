package stream

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
	"github.com/millrace-go/millrace/pool"
)

// An engine is one of the loops of package parallel, with its function and
// executor.
type engine[A, B any] func(ctx context.Context, in iter.Seq2[A, error], cfg parallel.Config) iter.Seq2[B, error]

// stage returns the parallel stage that runs loop over s.
func stage[A, B any](s Stream[A], opts []millrace.MapOption, loop engine[A, B]) Stream[B] {
	o := options.NewMap(opts)
	return Stream[B]{run: func(ctx context.Context, yield func(B, error) bool) bool {
		var above crossing
		above.open(ctx)
		defer above.end()
		cfg := parallel.Config{
			Concurrency:  o.Concurrency,
			Window:       o.Window,
			Unordered:    o.Unordered,
			TimeoutCause: &future.TimeoutError{After: o.Timeout},
			Task:         o.Task,
			Fault:        func(value any, stack []byte) error { return &future.PanicError{Value: value, Stack: stack} },
			Ending:       above.end, // the engine waits for its input, which may be blocked
		}
		for b, err := range loop(ctx, input(&above, s), cfg) {
			if err != nil && ctx.Err() != nil {
				return true // its last error: the sink has its own
			}
			if !yield(b, err) {
				return false
			}
		}
		return ctx.Err() != nil && above.cut.Load()
	}}
}

// scheduler returns what the engine takes slots of.
func scheduler(ex pool.Executor) sched.Executor {
	if g, ok := ex.(*pool.Group); ok {
		return (*sched.Group)(g)
	}
	return (*sched.Pool)(ex.(*pool.Pool))
}
