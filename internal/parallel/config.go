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

	// Item makes the error of a loop that fails at once of that of one item.
	Item func(index int, err error) error
	// PerItem, if not nil, is a func(A) []options.TaskOption: options of one item.
	PerItem any
	// Ending, if not nil, is called when the run ends, before it waits for its
	// input to come back from its current item.
	Ending func()
	// Func is the function by which observers know the items; nil: the one that the run is
	// given. It has to be set for Observe.
	Func any

	watch *watch // set by Observe; nil: there is no observer
}

// errOver ends the contexts of items whose results are no longer wanted.
var errOver = errors.New("millrace: the loop over the map has ended")
