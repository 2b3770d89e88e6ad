package parallel

import (
	"context"

	"github.com/millrace-go/millrace/internal/sched"
)

// What the scheduler calls the runners of one map, and the task by which one of
// them holds its slot.
type (
	runners = sched.Crew
	slot    = sched.Hand
	stretch = sched.Stretch
)

// newRunners returns the runners of a loop, none of which has been started.
func newRunners(ctx context.Context, ex sched.Executor, l *loop) *runners {
	return sched.NewCrew(ctx, ex, sched.CrewConfig{
		Limit: l.cfg.Concurrency, Task: l.cfg.Task, TimeoutCause: l.cfg.TimeoutCause,
		Work: l.work, More: l.more, Refused: l.refuse,
	})
}

// start asks for one more runner.
func start(r *runners) { r.Call() }
