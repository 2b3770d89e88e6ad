package observe_test

import (
	"context"
	"runtime"
	"testing"
	"weak"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

type payload struct{ b [1 << 10]byte }

type payloadKey struct{}

// A settled future keeps neither the context nor the arguments of a task that was
// observed, whether it has run or not.
func TestObservedTaskIsLetGo(t *testing.T) {
	p := pool.New(millrace.WithWorkers(1), millrace.WithObserver(observe.Nop{}), millrace.WithObserver(observe.NewPage()))
	defer p.Close()
	named := []millrace.TaskOption{millrace.WithTaskName("named")}
	submit := func(cancelled bool, opts ...millrace.TaskOption) (*future.Future[int], weak.Pointer[payload], weak.Pointer[payload]) {
		inContext, argument := new(payload), new(payload)
		ctx, cancel := context.WithCancel(context.WithValue(context.Background(), payloadKey{}, inContext))
		if cancelled {
			cancel()
		}
		f := pool.Submit(ctx, p, func(context.Context) (int, error) { return len(argument.b), nil }, opts...)
		_, _ = f.Await(context.Background())
		cancel()
		return f, weak.Make(inContext), weak.Make(argument)
	}
	for _, c := range []struct {
		cancelled bool
		opts      []millrace.TaskOption
	}{{false, nil}, {true, nil}, {false, named}, {true, named}} {
		f, inContext, argument := submit(c.cancelled, c.opts...)
		// The worker remembers the last context until it has another task.
		_, _ = pool.Go(context.Background(), p, func(context.Context) error { return nil }).Await(context.Background())
		if !memory.Freed(func() bool { return inContext.Value() == nil && argument.Value() == nil }) {
			t.Errorf("cancelled: %t, named: %t: the future keeps the context: %t, the argument: %t",
				c.cancelled, c.opts != nil, inContext.Value() != nil, argument.Value() != nil)
		}
		runtime.KeepAlive(f)
	}
}
