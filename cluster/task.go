package cluster

import (
	"context"
	"reflect"
	"time"

	"github.com/millrace-go/millrace"
)

// A Task is a name, the types of its input and output and, in the program of a worker, a
// function. Make it with [Define] or [Declare], usually in a package variable. Its
// methods may be called concurrently.
type Task[I, O any] struct {
	name, sig string
	fn        func(context.Context, I) (O, error) // nil if it was only declared
	cfg       config
	local     func(I) []millrace.TaskOption
}

type config struct {
	policy    Policy
	codec     Codec
	sentinels vocabulary
}

// defaultAttempts is how often a call is started at most: often enough for a deploy
// during a crash, and not so often that a call which kills its workers kills many.
const defaultAttempts = 3

// defaultBackoff is the delay before the second attempt.
const defaultBackoff = time.Second

// Define returns a task with its function, which workers run (see [Serve]) and clients
// submit. The context of the function ends with an abort, with the loss of the worker's
// lease, and with [Timeout]; [FromContext] returns the call.
//
// Values travel as JSON, or as [WithCodec] says. Define panics if name is empty or not
// valid UTF-8, if fn is nil, or if a type contains what cannot travel: a func, a channel,
// an unsafe.Pointer or, with JSON, an interface with methods.
func Define[I, O any](name string, fn func(context.Context, I) (O, error), opts ...Option) *Task[I, O] {
	if fn == nil {
		panic("cluster: Define: nil function")
	}
	t := Declare[I, O](name, opts...)
	t.fn = fn
	return t
}

// Declare is [Define] without the function, for a client that does not link the code
// of its workers. A worker cannot serve the task.
func Declare[I, O any](name string, opts ...Option) *Task[I, O] {
	if name == "" {
		panic("cluster: a task needs a name")
	}
	checkText("task", name)
	cfg := config{policy: Policy{Attempts: defaultAttempts, Backoff: defaultBackoff}, codec: jsonCodec{}}
	for _, o := range opts {
		if o != nil {
			o(&cfg)
		}
	}
	c := checker{json: cfg.codec.Name() == jsonName, seen: make(map[reflect.Type]bool)}
	c.check(name, reflect.TypeFor[I]())
	c.check(name, reflect.TypeFor[O]())
	return &Task[I, O]{name: name, sig: signature[I, O](cfg.codec.Name()), cfg: cfg}
}

// Name returns the name.
func (t *Task[I, O]) Name() string { return t.name }

// Locally sets the options that a call has on the worker's pool, by its input: weight,
// key, priority, timeout. They hold on each worker, not across workers: calls of one key
// run one at a time on each worker. It returns t, and must be called before t is used.
func (t *Task[I, O]) Locally(opts func(I) []millrace.TaskOption) *Task[I, O] {
	t.checkMade("Locally")
	if opts == nil {
		panic("cluster: Locally: nil function")
	}
	t.local = opts
	return t
}
