package pool

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A Pool runs tasks, at most as many at once as it has workers, with the three exceptions
// that the package documentation lists under Bounds. Make one with [New]; the zero value
// panics at its first use. All methods may be called by any number of goroutines at once.
// A Pool must not be copied.
//
// A pool is made for the lifetime of a service or a program. It starts goroutines as
// tasks need them, and ends them when they have been idle. A pool that is dropped without
// Close leaks nothing once the idle timeout has passed, unless it has
// millrace.WithContext: then it lives until that context ends.
//
// What happens before the submission of a task is visible to the task. The end of the
// task synchronizes before the return of whatever reports its future settled.
//
// When not to use it: for two or three concurrent calls, errgroup or [future.Go] is
// enough. For loops over a slice, [MapSlice] needs no futures.
type Pool sched.Pool

// New returns a pool and starts no goroutine. By default it has min(32, GOMAXPROCS+4)
// workers, like ThreadPoolExecutor of Python, and an unbounded queue. Numbers cost
// nothing until they are used: WithWorkers(1<<30) is a pool without a bound.
func New(opts ...millrace.PoolOption) *Pool {
	return (*Pool)(sched.New(options.NewPool(opts)))
}

func (p *Pool) sched() *sched.Pool {
	if p == nil {
		panic("pool: nil pool")
	}
	s := (*sched.Pool)(p)
	if !s.Made() {
		panic("pool: zero Pool: make one with pool.New")
	}
	return s
}

// Close stops admission, runs all tasks that were admitted, and waits until the last
// task, the last function of OnDone and the last goroutine of the pool have ended. Until
// then the pool still admits the tasks that its running tasks submit with their own
// contexts, or contexts derived from them, as by [context.WithoutCancel]. Close returns
// [Pool.Err] if tasks never ran because of a Stop or a failed WithInit, and nil
// otherwise, also if callers have cancelled tasks. It may be called more than once.
//
// A task must not call Close of its own pool, nor must a function of OnDone or of
// WithInit: Close would wait for it, and block for ever. A task may call [Pool.Seal].
func (p *Pool) Close() error { return p.sched().Close() }

// Shutdown is [Pool.Close] until ctx ends, and returns what Close returns if nothing is left
// by then. Otherwise it is [Pool.Stop] with the cause of ctx, and returns a [*ShutdownError]
// that says what was left. It does not wait for tasks, functions of OnDone or functions of
// WithInit that still run; their contexts end with [ErrStopped], which wraps the cause.
//
// Called with the context of a task of the pool, Shutdown returns [future.ErrDeadlock]
// and does nothing. Called by a task with another context, it waits for that task too.
func (p *Pool) Shutdown(ctx context.Context) error {
	needContext("Shutdown", ctx)
	left, err := p.sched().Shutdown(ctx)
	if left != nil {
		return &ShutdownError{left.Cancelled, left.Running, left.Callbacks, left.Cause, p.sched().Name()}
	}
	return err
}

// Seal stops admission and returns at once. Admitted tasks still run, and so do tasks
// that running tasks submit to the pool, as [Pool.Close] says.
func (p *Pool) Seal() { p.sched().Seal() }

// Stop stops admission, settles all pending tasks as never ran, and ends the contexts of
// the running ones. The errors and the contexts' causes are [ErrStopped] and wrap cause,
// if it is not nil. Stop does not wait; call [Pool.Close] after it to do so. Only the
// first Stop has an effect. Stop after Close or Seal cuts them short.
func (p *Pool) Stop(cause error) { p.sched().Stop(cause) }

// Resize sets how many workers the pool has. A larger number takes effect at once, a
// smaller one as tasks end: no task is interrupted. A [Map] that has begun does not run
// more items at once than before. Resize does not block. It panics if workers < 1.
//
// A task that holds permits of [Acquire] needs a slot for itself and one for each permit. If
// fewer are left, and it waits and has lent its own, it does not go on until another goroutine
// releases a permit, or Resize adds workers.
func (p *Pool) Resize(workers int) {
	if workers < 1 {
		panic(fmt.Sprintf("pool: Resize(%d): want workers >= 1", workers))
	}
	p.sched().Resize(workers)
}

// Err returns why the pool takes no more tasks: [ErrClosed], [ErrStopped] wrapping its
// cause, or [ErrBroken] wrapping what went wrong. It returns nil while the pool takes
// tasks.
func (p *Pool) Err() error { return p.sched().Err() }

// Pause keeps tasks from starting until [Pool.Resume]. Tasks that run go on, but for those
// that wait for others to start, as in [Join], and Submit takes tasks as before. Close and
// Shutdown wait for Resume while tasks are pending; Stop does not. A second Pause has no
// effect.
func (p *Pool) Pause() { p.sched().Pause() }

// Resume ends a [Pool.Pause]. It has no effect on a pool that is not paused.
func (p *Pool) Resume() { p.sched().Resume() }

// Drop settles all pending tasks as never ran, and returns how many there were. Their
// errors are [future.ErrCancelled] and wrap cause, if it is not nil. The pool takes new
// tasks. Running tasks go on, with further attempts of millrace.WithRetry, and so do maps
// that have begun. It is cancel_futures=True of Python's Executor.shutdown, without the
// shutdown.
func (p *Pool) Drop(cause error) int { return p.sched().Drop(cause) }

// String returns the pool's name and how many tasks run, wait and are queued.
func (p *Pool) String() string {
	if p == nil {
		return "pool(nil)"
	}
	if !(*sched.Pool)(p).Made() {
		return "pool(zero)"
	}
	return describe("pool", p.Stats())
}

func describe(what string, s Stats) string {
	return fmt.Sprintf("%s(%q: %d of %d running, %d waiting, %d queued)", what, s.Name, s.Running, s.Workers, s.Waiting, s.Queued)
}

// Format writes what String returns, whatever the verb: fmt does not read a pool that
// other goroutines use.
func (p *Pool) Format(s fmt.State, _ rune) { fmt.Fprint(s, p.String()) }
