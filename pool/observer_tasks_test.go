package pool_test

import (
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// A Then of a pool with an observer waits for its input, as any other does, with options and
// without.
func TestObservedThen(t *testing.T) {
	for _, opts := range [][]millrace.TaskOption{nil, {millrace.WithTaskName("it")}} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one, millrace.WithObserver(observe.Nop{}))
			input := future.NewPromise[int]()
			f := pool.Then(bg, p, input.Future(), double, opts...)
			synctest.Wait()
			if s := f.State(); s != future.Pending {
				t.Errorf("options %d: the state is %v before the input has settled, want %v", len(opts), s, future.Pending)
			}
			input.Resolve(21)
			if v, err := f.Await(bg); v != 42 || err != nil {
				t.Errorf("options %d: Await() = %d, %v, want 42, nil", len(opts), v, err)
			}
			p.Close()
		})
	}
}
