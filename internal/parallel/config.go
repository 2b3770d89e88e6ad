// Package parallel is the engine of all loops that run a function over many
// items on the slots of a pool: pool.Map, MapSlice and ForEach, and the parallel
// stages of package stream. It knows nothing of options and little of errors;
// those packages are its fronts.
package parallel

import (
	"context"
	"errors"

	"github.com/millrace-go/millrace/internal/options"
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
	// Item makes the error of a loop that fails at once of that of one item.
	Item func(index int, err error) error
	// Ending, if not nil, is called when the run ends, before it waits for its
	// input to come back from its current item.
	Ending func()
}

// errOver ends the contexts of items that nobody wants any more.
var errOver = errors.New("millrace: the loop over the map has ended")

// The most that an adaptive window grows to: beyond it a stalled head is not
// hidden any better, and the results cost memory.
const maxWindow = 512
