package observe

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe/internal/safe"
	"github.com/millrace-go/millrace/pool"
)

// LogOptions says what [Log] logs in addition to what it always logs.
type LogOptions struct {
	// Slow is how long a task may run before that is logged: while it runs, and again
	// when it has ended. 0: such tasks are not logged.
	Slow time.Duration
}

// Log returns an observer that writes to a logger:
//
//   - Error "task panicked", with the value and the stack, for each panic of a task, or
//     of an item of a map with a name;
//   - Error "callback panicked", likewise, for each panic of a function of OnDone;
//   - Error "observer dropped" for another observer of the pool that has panicked;
//   - Warn "task still running" for a task that has run for LogOptions.Slow, with its
//     age, and again whenever its age has doubled;
//   - Warn "slow task", at the end of a task that took LogOptions.Slow or more;
//   - Warn "queue full" for tasks that found no place, at most once a second for each
//     pool, with their number since the last time;
//   - Info "pool stopped" with the reason, or Error if the pool is broken.
//
// Each event has the attribute pool and, if it is about a task, the attribute task, which
// is its [Name]. An error that a task returned is not logged: the caller that awaits the
// task has it.
//
// The handler of the logger gets the context of the task, so that it finds the trace that
// the task belongs to. It is called without a lock, in the goroutine of the task, which
// waits for it. Only "task still running", and "queue full" with a number, are logged
// from the goroutine of a timer. If the handler panics, that line is lost, and the observer
// goes on. Log panics if the logger is nil or Slow < 0.
func Log(to *slog.Logger, o LogOptions) millrace.Observer {
	if to == nil {
		panic("observe: Log: nil logger")
	}
	if o.Slow < 0 {
		panic(fmt.Sprintf("observe: Log: Slow = %v, want >= 0", o.Slow))
	}
	w := writer{to}
	l := &logger{to: w, slow: o.Slow}
	l.full.to = w
	l.overdue.to, l.overdue.after = w, o.Slow
	return l
}

// A writer writes lines to the logger of the user.
type writer struct{ to *slog.Logger }

// log writes a line. A panic of the handler ends here: in the goroutine of a timer it would end
// the process, and in a method it would take the lines of all later tasks along.
func (w writer) log(ctx context.Context, level slog.Level, text string, attrs ...slog.Attr) {
	defer func() { _ = recover() }()
	w.to.LogAttrs(ctx, level, text, attrs...)
}

type logger struct {
	Nop
	to      writer
	slow    time.Duration
	full    fullQueues
	overdue overdue
}

func (l *logger) Started(ctx context.Context, t *millrace.TaskInfo) context.Context {
	if l.slow > 0 {
		t.Note = l.overdue.add(ctx, t)
	}
	return ctx
}

func (l *logger) Ended(ctx context.Context, t *millrace.TaskInfo) {
	if e, ok := t.Note.(*entry[overdueTask]); ok {
		l.overdue.remove(e)
	}
	if t.Panicked {
		l.to.log(ctx, slog.LevelError, "task panicked", append(taskAttrs(t), panicAttrs(t.Err)...)...)
	}
	if l.slow > 0 && t.Run >= l.slow {
		l.to.log(ctx, slog.LevelWarn, "slow task", append(taskAttrs(t), slog.Duration("run", t.Run), slog.Duration("wait", t.Wait))...)
	}
}

func (l *logger) NeverRan(ctx context.Context, t *millrace.TaskInfo) {
	if safe.Is(t.Err, pool.ErrQueueFull) {
		l.full.add(ctx, t.Pool)
	}
}

// PoolStopped implements millrace.PoolObserver.
func (l *logger) PoolStopped(name string, err error) {
	level := slog.LevelInfo
	if safe.Is(err, pool.ErrBroken) {
		level = slog.LevelError
	}
	l.to.log(context.Background(), level, "pool stopped", slog.String("pool", name), slog.Any("err", err))
}

// CallbackPanicked implements millrace.PoolObserver.
func (l *logger) CallbackPanicked(name string, value any, stack []byte) {
	l.to.log(context.Background(), slog.LevelError, "callback panicked",
		slog.String("pool", name), slog.String("value", safe.Text(value)), slog.String("stack", string(stack)))
}

// Dropped implements millrace.DropObserver.
func (l *logger) Dropped(o millrace.Observer, value any, stack []byte) {
	l.to.log(context.Background(), slog.LevelError, "observer dropped",
		slog.String("observer", fmt.Sprintf("%T", o)), slog.String("value", safe.Text(value)), slog.String("stack", string(stack)))
}

func taskAttrs(t *millrace.TaskInfo) []slog.Attr {
	return []slog.Attr{slog.String("pool", t.Pool), slog.String("task", Name(t))}
}

// panicAttrs returns the value and the stack of a panic.
func panicAttrs(err error) []slog.Attr {
	p := safe.PanicOf(err)
	if p == nil {
		return []slog.Attr{slog.Any("err", err)}
	}
	return []slog.Attr{slog.String("value", safe.Text(p.Value)), slog.String("stack", string(p.Stack))}
}
