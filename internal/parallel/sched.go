package parallel

import (
	"context"
	"errors"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// What the scheduler calls the runners of one map, the task by which one of them holds its
// slot, and the contexts of items that it runs one after another.
type (
	runners = sched.Runners
	slot    = sched.Runner
	stretch = sched.Stretch
)

var errGoexit = outcome.ErrGoexit

func notDone(ctx context.Context) error { return outcome.NotDone(ctx) }

// newRunners returns the runners of a loop, none of which has been started.
func newRunners(ctx context.Context, ex sched.Executor, l *loop) *runners {
	return sched.NewRunners(ctx, ex, sched.RunnersConfig{
		Limit: l.cfg.Concurrency, Task: l.cfg.Task, TimeoutCause: l.cfg.timeout(l.cfg.Task),
		Run: l.work, More: l.more, Refused: l.refuse,
	})
}

// observerOf returns the name of the executor's pool, and its observer, or nil.
func observerOf(ex sched.Executor) (pool string, o *options.Observers) {
	p := poolOf(ex)
	return p.Name(), p.Observer()
}

func poolOf(ex sched.Executor) *sched.Pool {
	if g, ok := ex.(*sched.Group); ok {
		return g.Pool()
	}
	return ex.(*sched.Pool)
}

// start asks for one more runner.
func start(r *runners) { r.Start() }

// limited returns an executor of at most n running tasks.
func limited(ctx context.Context, ex sched.Executor, n int) *sched.Group {
	return sched.NewGroup(ctx, ctx, ex, options.Group{Limit: n}, nil)
}

// startOne starts a runner with options of its own for one item. Either run or never is
// called.
func startOne(r *runners, o options.Task, attempts int, run func(*slot), never func(error)) {
	r.StartOne(o, attempts, run, never)
}

// ofItem reports whether a task that never ran with err says nothing of others.
func ofItem(err error) bool {
	return errors.Is(err, sched.ErrTooHeavy) || errors.Is(err, sched.ErrMaxWait)
}
