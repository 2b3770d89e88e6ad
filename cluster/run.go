package cluster

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A run is a call on a worker, from its acceptance until its lease ends.
type run struct {
	server *server
	lease  Lease
	call   Call
	task   Handler
	out    Outcome
	cancel context.CancelCauseFunc
	state  atomic.Uint32
	ran    bool // the function was called; of the goroutine of the pool's task, and of done
}

// The states of a run. The goroutine that moves it out of waiting decides whether it is started.
const (
	waiting   = iota
	started   // the function has been called, or is about to be
	takenBack // it goes back to the engine: the function must not be called
)

var (
	// errNotBegun is the outcome, in the pool, of a run that was started and must not
	// call its function.
	errNotBegun = errors.New("cluster: not begun")

	// errEnding is the cause with which a run is taken back.
	errEnding = errors.New("cluster: the worker ends")
)

// submit submits the run to the pool. It blocks while the pool's queue is full.
func (r *run) submit() {
	fn, opts, err := r.prepare()
	ctx := context.WithValue(r.lease.Context(), deliveryKey{}, Delivery{r.lease})
	ctx, r.cancel = context.WithCancelCause(ctx)
	switch {
	case !r.server.add(r):
		r.cancel(nil)
		r.lease.GiveBack(0)
	case err != nil:
		r.finish(nil, err, false)
	default:
		pool.Submit(ctx, r.server.pool, func(ctx context.Context) ([]byte, error) {
			if r.ran = r.ran || r.begin(); !r.ran { // true in later attempts, if Locally has the pool try again
				r.cancel(errNotBegun) // which also ends attempts
				return nil, errNotBegun
			}
			return fn(ctx)
		}, opts...).OnDone(r.done)
	}
}

// begin reports whether the function may be called.
func (r *run) begin() bool {
	return r.state.CompareAndSwap(waiting, started) && r.lease.Begin()
}

// prepare decodes the input and has the task say how it is run. Both call foreign code: a panic or a Goexit
// ends the call, and not the worker.
func (r *run) prepare() (fn func(context.Context) ([]byte, error), opts []millrace.TaskOption, err error) {
	err = apart(func() (err error) {
		fn, opts, err = r.task.prepare(r.server.pool, r.call)
		return err
	})
	return fn, opts, err
}

// takeBack ends a run that has not started: pending in the pool, or blocked on it.
func (r *run) takeBack() {
	if r.state.CompareAndSwap(waiting, takenBack) {
		r.cancel(errEnding)
	}
}

// done is told by the pool.
func (r *run) done(f *future.Future[[]byte]) {
	res, _ := f.Poll()
	r.finish(res.Value, res.Err, f.State() != future.Cancelled && r.ran)
}

// finish decides what becomes of the call.
func (r *run) finish(body []byte, err error, ran bool) {
	defer r.server.remove(r)
	defer r.cancel(nil)
	cause := context.Cause(r.lease.Context())
	switch {
	case err == nil:
		r.out.Kind, r.out.Body = Succeeded, body
	case errors.Is(cause, ErrAborted) && ran:
		r.out.Kind = Aborted
	case errors.Is(cause, ErrAborted):
		r.out.Kind, err = NeverRan, cause
		if r.out.Attempt > 1 {
			r.out.Kind = Aborted // it was started before
		}
	case !ran && r.goesBack():
		r.lease.GiveBack(0)
		return
	case !ran && r.out.Attempt == 1:
		r.out.Kind = NeverRan
	case r.call.Retry && r.lease.Attempt() < r.call.Attempts:
		r.lease.GiveBack(r.call.backoff(r.lease.Attempt()))
		return
	default:
		r.out.Kind = Failed
	}
	if err != nil {
		r.out.Fault = r.task.fault(err)
	}
	r.lease.Finish(r.out)
}

// goesBack reports whether a call that was not started is for another worker: this
// one ends, or its pool takes no more tasks, which ends it, or the engine said not to begin.
func (r *run) goesBack() bool {
	if err := r.server.pool.Err(); err != nil {
		r.server.fail(&serveError{err})
		return true
	}
	return r.state.Load() == takenBack || r.state.Load() == started
}
