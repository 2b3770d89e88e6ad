package parallel

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/millrace-go/millrace/internal/options"
)

// A Func is what is done to an item.
type Func[A, B any] func(context.Context, A) (B, error)

// Config is how a loop runs.
type Config struct {
	options.Map

	// Item makes the error of a loop that fails at once of that of one item.
	Item func(index int, err error) error
	// Ending, if not nil, is called when the run ends, before it waits for its
	// input to come back from its current item.
	Ending func()
	// Func is the function of the caller, by which observers know the items.
	Func any

	watch *watch // set by Observe; nil: there is no observer
}

// NewConfig returns how a loop over items of type A runs with this function and these options. It
// panics if there are options for items of another type.
func NewConfig[A any](pkg, call string, fn any, opts []options.MapOption) Config {
	cfg := Config{Map: options.NewMap(opts), Func: fn}
	if _, ok := cfg.PerItem.(func(A) []options.TaskOption); !ok && cfg.PerItem != nil {
		panic(fmt.Sprintf("%s: %s: PerItem for items of type %v, want %v", pkg, call, reflect.TypeOf(cfg.PerItem).In(0), reflect.TypeFor[A]()))
	}
	return cfg
}

// errOver ends the contexts of items whose results are no longer wanted.
var errOver = errors.New("millrace: the loop over the map has ended")
