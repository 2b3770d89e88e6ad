package pool

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A Pool runs tasks, at most as many at once as it has workers. All methods may
// be called by any number of goroutines at once. It must not be copied; make
// one with [New].
//
// A pool is for a service's lifetime, or a program's: it starts goroutines as
// tasks need them, and ends them when they have been idle. It holds nothing at
// rest, so a pool that is dropped without Close leaks nothing once its workers'
// idle timeout has passed; one with millrace.WithContext is held by that context
// until it ends.
//
// What happens before the submission of a task is seen by the task; the end of
// the task synchronizes before whatever reports its future settled.
//
// When not to use it: for two or three concurrent calls, errgroup or
// [future.Go] is enough; for loops over data that is all there, [MapSlice]
// needs no futures.
type Pool sched.Pool

// New returns a pool. By default it has min(32, GOMAXPROCS+4) workers, as
// Python's ThreadPoolExecutor does, and an unbounded queue. It starts no
// goroutine.
func New(opts ...millrace.PoolOption) *Pool {
	return (*Pool)(sched.New(options.NewPool(opts), func(value any, stack []byte) error {
		return &future.PanicError{Value: value, Stack: stack}
	}))
}

func (p *Pool) sched() *sched.Pool {
	if p == nil {
		panic("pool: nil pool")
	}
	return (*sched.Pool)(p)
}

// Close stops admission, runs all that was admitted, and waits until the last
// task, the last function of OnDone and the last goroutine of the pool have
// ended. Tasks that running tasks of the pool submit to it are still taken. It
// returns [Pool.Err] if a Stop or a failed WithInit settled tasks that had not run,
// or else nil, also if callers have cancelled some.
//
// Inside a task of the pool it would wait for itself, and blocks for ever: it
// has no context to know by. Use Shutdown or Seal there.
func (p *Pool) Close() error { return p.sched().Close() }

// Shutdown is Close, until ctx ends; then it is Stop with the context's cause,
// and does not wait for the tasks that still run. In that case the error is a
// [*ShutdownError] that says how many were left. With the context of a task of the
// pool it returns [future.ErrDeadlock] and does nothing; with any other it waits for
// that task, too.
func (p *Pool) Shutdown(ctx context.Context) error {
	needContext("Shutdown", ctx)
	left, err := p.sched().Shutdown(ctx)
	if left != nil {
		return &ShutdownError{left.Cancelled, left.Running, left.Cause}
	}
	return err
}

// Seal stops admission and returns at once; what was admitted still runs, and
// so do the tasks that running tasks of the pool still submit to it.
func (p *Pool) Seal() { p.sched().Seal() }

// Stop stops admission, settles everything pending as never ran, and ends the
// contexts of what runs with cause ([ErrStopped] if it is nil). It does not
// wait; Close after it does. The first Stop counts.
func (p *Pool) Stop(cause error) { p.sched().Stop(cause) }

// Resize sets how many workers the pool has, at least 1: more slots are there at
// once, and fewer as tasks end; no task is interrupted. It does not block, and
// panics if workers < 1.
func (p *Pool) Resize(workers int) {
	if workers < 1 {
		panic(fmt.Sprintf("pool: Resize(%d): want workers >= 1", workers))
	}
	p.sched().Resize(workers)
}

// Err returns why the pool takes no more work: nil while it does, [ErrClosed],
// [ErrStopped] wrapping its cause, or [ErrBroken] wrapping what went wrong.
func (p *Pool) Err() error { return p.sched().Err() }

// Stats are the figures of a pool at one instant. In each of them
//
//	Submitted = Queued + Deferred + Running + Waiting + Succeeded + Failed + Cancelled
//
// The counts from Submitted on are since the pool was made. The items of maps are in
// them, from when they start. A task of Then whose input did not succeed counts as
// that does, Failed or Cancelled.
type Stats struct {
	Name       string
	Workers    int   // slots
	Goroutines int   // of the pool, idle ones too
	Running    int   // tasks at work, also those of CallerRuns, which hold no slot
	Waiting    int   // tasks that have lent their slot
	Queued     int   // pending tasks that take a place in the queue
	Weight     int64 // of the running tasks, together
	MaxWeight  int64 // of WithMaxWeight; 0: no bound
	Deferred   int   // tasks of Then that are not in the queue yet
	Submitted  uint64
	Succeeded  uint64
	Failed     uint64
	Panicked   uint64 // those of Failed that panicked
	Cancelled  uint64 // never ran
	Refused    uint64 // never taken, and not in Submitted
}

// Stats returns a consistent snapshot.
func (p *Pool) Stats() Stats {
	s := p.sched().Stats()
	return Stats{
		Name: s.Name, Workers: s.Workers, Goroutines: s.Goroutines,
		Running: s.Running, Waiting: s.Waiting, Queued: s.Queued, Deferred: s.Deferred,
		Weight: s.Weight, MaxWeight: s.MaxWeight,
		Submitted: s.Submitted, Succeeded: s.Succeeded, Failed: s.Failed,
		Panicked: s.Panicked, Cancelled: s.Cancelled, Refused: s.Refused,
	}
}

// String names the pool and what it is doing.
func (p *Pool) String() string {
	if p == nil {
		return "pool(nil)"
	}
	s := p.Stats()
	return fmt.Sprintf("pool(%q: %d of %d running, %d waiting, %d queued)", s.Name, s.Running, s.Workers, s.Waiting, s.Queued)
}
