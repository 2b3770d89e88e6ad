// Package parallel is the engine of all loops that run a function over many
// items on the slots of a pool: pool.Map, MapSlice and ForEach, and the parallel
// stages of package stream. It knows nothing of options and little of errors;
// those packages are its fronts.
package parallel

import (
	"context"
	"errors"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A Func is what is done to an item.
type Func[A, B any] func(context.Context, A) (B, error)

// Config is how a loop runs.
type Config struct {
	Concurrency int          // items at work at once; 0: the executor's slots
	Window      int          // items pulled and not delivered; 0: adaptive
	Unordered   bool         // deliver as completed
	Task        options.Task // for each item

	// Fault makes an error of a panic of the function.
	Fault func(value any, stack []byte) error
	// TimeoutCause is why the context of an item ends after Task.Timeout.
	TimeoutCause error
	// Item makes the error of a loop that fails at once of that of one item.
	Item func(index int, err error) error
	// Ending, if not nil, is called when the run ends, before it waits for its
	// input to come back from its current item.
	Ending func()
}

// errOver ends the contexts of items that nobody wants any more.
var errOver = errors.New("millrace: the loop over the map has ended")

// newCrew returns the crew of a run.
func newCrew(ctx context.Context, ex sched.Executor, cfg Config, work func(*sched.Hand), more func() bool, refused func(error)) *sched.Crew {
	return sched.NewCrew(ctx, ex, sched.CrewConfig{
		Limit: cfg.Concurrency, Task: cfg.Task, TimeoutCause: cfg.TimeoutCause,
		Work: work, More: more, Refused: refused,
	})
}
