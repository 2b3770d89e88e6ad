package observe

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// overdue logs tasks that still run. One timer serves all of them. It is armed while
// there are tasks, for the one that is due first.
type overdue struct {
	to    writer
	after time.Duration
	tasks live[overdueTask]
	mu    struct {
		sync.Mutex
		timer *time.Timer // nil: none is armed
		due   time.Time   // when it is
	}
}

// An overdueTask is what is known of a running task.
type overdueTask struct {
	ctx  context.Context
	next time.Duration // the age at which it is logged; for look alone
}

// add begins to watch a task that has just started.
func (o *overdue) add(ctx context.Context, t *millrace.TaskInfo) *entry[overdueTask] {
	e := o.tasks.newEntry(t, overdueTask{ctx, o.after})
	o.tasks.add(e)
	o.arm(e.started.Add(o.after))
	return e
}

func (o *overdue) remove(e *entry[overdueTask]) { o.tasks.remove(e) }

// arm makes the timer call look at due, unless it will do so earlier.
func (o *overdue) arm(due time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.mu.timer != nil {
		if !due.Before(o.mu.due) {
			return
		}
		o.mu.timer.Stop() // if it is too late for that, look is called once more than needed
	}
	o.mu.due = due
	o.mu.timer = time.AfterFunc(time.Until(due), o.look)
}

// look logs what is due, and arms the timer for what is due next.
func (o *overdue) look() {
	o.disarm()
	reports, next := o.due(time.Now())
	if !next.IsZero() {
		o.arm(next)
	}
	o.log(reports)
}

// log logs reports, all of them also if the handler calls Goexit.
func (o *overdue) log(reports []report) {
	defer func() {
		if len(reports) > 0 {
			o.log(reports)
		}
	}()
	for len(reports) > 0 {
		r := reports[0]
		reports = reports[1:]
		if over(r.more.ctx) {
			o.remove(r.entry)
			continue
		}
		o.to.log(r.more.ctx, slog.LevelWarn, "task still running",
			slog.String("pool", r.pool), slog.String("task", r.name), slog.Duration("age", r.age))
	}
}

// over reports whether the task that has the context has ended, of which its pool does not tell an
// observer that it has dropped: a Goexit of the handler is enough for that.
func over(ctx context.Context) bool { return ctx.Err() != nil && pool.Attempt(ctx) == 0 }

// disarm makes the next add arm a timer again. If the timer that calls look fired before it could
// be stopped, another one is armed already.
func (o *overdue) disarm() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.mu.timer != nil {
		o.mu.timer.Stop()
		o.mu.timer = nil
	}
}

// due returns what is to be logged now, and when there will be more to log; zero: never.
func (o *overdue) due(now time.Time) (reports []report, next time.Time) {
	o.tasks.each(math.MaxInt, func(e *entry[overdueTask]) {
		age := now.Sub(e.started)
		if age >= e.more.next {
			reports = append(reports, report{e, age})
		}
		for e.more.next <= age {
			e.more.next *= 2
		}
		if at := e.started.Add(e.more.next); next.IsZero() || at.Before(next) {
			next = at
		}
	})
	return reports, next
}

// A report is a line to be logged outside the locks.
type report struct {
	*entry[overdueTask]
	age time.Duration
}
