package pool_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// poolOptions are the options of pools, each with what it takes to show. They are made
// for each pool: a context belongs to its bubble.
func poolOptions() map[string][]millrace.PoolOption {
	type opts = []millrace.PoolOption
	all := map[string]opts{
		"none":             {},
		"WithWorkers":      {one},
		"WithMaxWeight":    {millrace.WithMaxWeight(4)},
		"WithName":         {millrace.WithName("pool")},
		"WithIdleTimeout":  {millrace.WithIdleTimeout(0)},
		"WithInit":         {millrace.WithInit(func(ctx context.Context) (context.Context, error) { return ctx, nil })},
		"WithContext":      {millrace.WithContext(bg)},
		"WithCrashOnPanic": {millrace.WithCrashOnPanic()},
		"WithRate":         {millrace.WithRate(10, 2)},
		"WithObserver":     {millrace.WithObserver(idleObserver{})},
		"largest":          {millrace.WithWorkers(math.MaxInt), millrace.WithQueue(math.MaxInt), millrace.WithMaxWeight(math.MaxInt64)},
	}
	for _, o := range []millrace.Overflow{millrace.Block, millrace.Reject, millrace.CallerRuns, millrace.DropOldest} {
		for _, n := range []int{0, 2} {
			all[fmt.Sprintf("WithQueue(%d), %v", n, o)] = opts{millrace.WithQueue(n), millrace.WithOverflow(o)}
		}
	}
	return all
}

// An idleObserver makes tasks observed ones.
type idleObserver struct{}

func (idleObserver) Submitted(ctx context.Context, _ *millrace.TaskInfo) context.Context { return ctx }
func (idleObserver) Started(ctx context.Context, _ *millrace.TaskInfo) context.Context   { return ctx }
func (idleObserver) Ended(context.Context, *millrace.TaskInfo)                           {}
func (idleObserver) NeverRan(context.Context, *millrace.TaskInfo)                        {}

// taskOptions are the options of tasks.
var taskOptions = map[string]millrace.TaskOption{
	"none":            nil,
	"WithWeight(0)":   millrace.WithWeight(0),
	"WithWeight(4)":   millrace.WithWeight(4),
	"WithPriority":    millrace.WithPriority(math.MaxInt),
	"WithTimeout":     millrace.WithTimeout(time.Millisecond),
	"WithKey":         millrace.WithKey("key"),
	"WithFlow":        millrace.WithFlow("flow"),
	"WithDelay":       millrace.WithDelay(time.Second),
	"WithMaxWait":     millrace.WithMaxWait(time.Second),
	"WithRetry":       millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return time.Second, n < 3 }),
	"WithTaskName":    millrace.WithTaskName("task"),
	"with Block":      millrace.WithOverflow(millrace.Block),
	"with Reject":     millrace.WithOverflow(millrace.Reject),
	"with CallerRuns": millrace.WithOverflow(millrace.CallerRuns),
	"with DropOldest": millrace.WithOverflow(millrace.DropOldest),
}

// Each option of a task, with each option of a pool, in the pool and in a group: every
// task settles, those that were called and no others are not cancelled, and nothing is
// left.
func TestOptionsTogether(t *testing.T) {
	for of := range poolOptions() {
		for with, opt := range taskOptions {
			for _, grouped := range []bool{false, true} {
				what := fmt.Sprintf("%s in a pool of %s, grouped: %t", with, of, grouped)
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(append([]millrace.PoolOption{two}, poolOptions()[of]...)...)
					var ex pool.Executor = p
					if grouped {
						ex = pool.NewGroup(bg, p, millrace.WithLimit(1), millrace.IgnoreErrors())
					}
					settleAll(t, what, ex, opt)
					if err := p.Close(); err != nil {
						t.Errorf("%s: Close() = %v", what, err)
					}
					if s := stats(t, p); s.Queued+s.Deferred+s.Running+s.Waiting+s.Blocked+s.Goroutines != 0 || s.Weight != 0 {
						t.Errorf("%s: Stats() = %+v after Close, want nothing left", what, s)
					}
				})
			}
		}
	}
}

// settleAll submits tasks of several kinds and waits for them.
func settleAll(t *testing.T, what string, ex pool.Executor, opt millrace.TaskOption) {
	t.Helper()
	kinds := []func(ctx context.Context) (int, error){
		nop,
		boom,
		func(context.Context) (int, error) { time.Sleep(time.Millisecond); return 1, nil },
		func(ctx context.Context) (int, error) { return pool.Submit(ctx, ex, nop).Await(ctx) },
		func(ctx context.Context) (int, error) {
			return 1, pool.ForN(ctx, ex, 3, func(context.Context, int) error { return nil })
		},
	}
	var called [10]int
	var fs []*intFuture
	for i := range called {
		fs = append(fs, pool.Submit(bg, ex, func(ctx context.Context) (int, error) {
			called[i]++
			return kinds[i%len(kinds)](ctx)
		}, opt))
	}
	for i, f := range fs {
		f.Await(bg)
		if ran := called[i] > 0; ran == (f.State() == future.Cancelled) {
			t.Errorf("%s: task %d is %v after %d calls", what, i, f.State(), called[i])
		}
	}
}
