package pool

import (
	"context"
	"errors"
	"runtime"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

// errJoin is why the context of a branch of Join ends when the other one has not
// returned.
var errJoin = errors.New("pool: the other function of Join did not return")

// Join runs a and b, in parallel if a worker is free, and returns both results. Either
// may run in the caller's goroutine, before the other or after it: so neither must wait
// for what only the other does. Join returns when both have ended, whatever ctx says.
//
// The error of the function that fails first ends the context of the other, and is the
// error that Join returns; both values are returned in any case. If a or b panics or
// calls runtime.Goexit, that goes on in the caller once the other has ended. If ex takes
// no more tasks, or if ctx has ended before, the error is [future.ErrCancelled] with the
// reason.
//
// The contexts of both functions end with Join. So does what they have submitted with
// these contexts, also to a group. The functions take no places in the queue. If ex is a
// group, the error of Join is not an error of the group.
//
// Join is made for divide and conquer: in a task, it costs far less than Submit and
// Await. In a recursion that has given all workers enough to do, Join submits no task:
// the caller runs both functions, one after the other. Its form is that of join in Rust's
// rayon.
func Join[A, B any](ctx context.Context, ex Executor, a func(context.Context) (A, error), b func(context.Context) (B, error)) (A, B, error) {
	checkCall("Join", ctx, ex, a == nil || b == nil)
	if fork := sched.Serial(ctx, scheduler(ex)); fork != nil {
		return joinSerial(fork, a, b)
	}
	ta := newBranch(ex, a)
	fork := &ta.fork
	var (
		va A
		vb B
	)
	inner := fork.Begin(ctx, scheduler(ex), ta.Task())
	if inner == nil {
		return joinOutside(ctx, ex, a, b)
	}
	if ta.Task().Settled() && ta.Task().State() == outcome.Cancelled {
		fork.Join() // refused, or ctx has ended: neither function runs
		return va, vb, ta.Err()
	}
	j := joining[A, B]{fork: fork, a: &ta.task, ctx: inner}
	vb = j.run(b)
	va = j.finish()
	return va, vb, j.err
}

// A branch is the function of a Join that is submitted, in one object with the fork. Its
// error ends the context of the other one, which runs elsewhere.
type branch[T any] struct {
	task[T]
	fork sched.Fork
}

// richBranch is a branch for executors that need more of their tasks.
type richBranch[T any] struct {
	branch[T]
	extra sched.Extra
}

func newBranch[T any](ex Executor, fn func(context.Context) (T, error)) *branch[T] {
	if takesPlain(ex.target()) {
		b := &branch[T]{task: task[T]{fn: fn}}
		b.Task().Plain(b)
		return b
	}
	b := &richBranch[T]{branch: branch[T]{task: task[T]{fn: fn}}}
	common, rest := options.NewTask(nil)
	b.Task().Setup(b, &b.extra, common, rest)
	b.extra.Private()
	return &b.branch
}

// Extra implements sched.Body.
func (b *richBranch[T]) Extra() *sched.Extra { return &b.extra }

// Run implements sched.Body.
func (b *branch[T]) Run(ctx context.Context, s *sched.Task) {
	defer b.fork.Ran() // also after a Goexit
	b.task.Run(ctx, s)
}

// A joining is a Join under way.
type joining[A, B any] struct {
	fork     *sched.Fork
	a        *task[A]
	ctx      context.Context
	err      error // the first one
	returned bool  // b has returned
}

// run calls b. If it does not return, the other function is waited for first.
func (j *joining[A, B]) run(b func(context.Context) (B, error)) B {
	defer func() {
		if !j.returned {
			j.fork.Fail(errJoin)
			j.a.Task().Cancel()
			j.fork.Join()
		}
	}()
	v, err := b(j.ctx)
	j.returned = true
	if err != nil {
		j.err = j.fork.Fail(err)
	}
	return v
}

// finish runs a, if nothing else has, waits for it, and returns its result. Its panic or
// Goexit goes on.
func (j *joining[A, B]) finish() (va A) {
	if j.fork.Take() {
		j.runHere()
	}
	j.fork.Join()
	return j.result()
}

// runHere runs a in the caller.
func (j *joining[A, B]) runHere() {
	defer j.fork.Done() // also on a Goexit of a
	j.a.Run(j.ctx, j.a.Task())
}

func (j *joining[A, B]) result() (va A) {
	err := j.a.Err()
	if j.err == nil {
		j.err = err
	}
	if err != nil {
		rethrow(j.a.Task())
	}
	return j.a.Value()
}

// rethrow goes on with a panic or a Goexit of a function that ran elsewhere.
func rethrow(t *sched.Task) {
	switch {
	case t.Panicked():
		panic(t.Err().(*future.PanicError).Value)
	case t.Exited():
		runtime.Goexit()
	}
}

// joinSerial is Join for a caller that runs both functions.
func joinSerial[A, B any](fork *sched.SerialFork, a func(context.Context) (A, error), b func(context.Context) (B, error)) (va A, vb B, err error) {
	defer fork.End()
	ctx := fork.Context()
	if vb, err = b(ctx); err == nil {
		err = fork.Ended()
	}
	if err == nil {
		va, err = a(ctx)
	}
	return va, vb, err
}

// joinOutside is Join for a caller that is not a task of the pool, and so must not run tasks: a
// task of its own calls Join.
func joinOutside[A, B any](ctx context.Context, ex Executor, a func(context.Context) (A, error), b func(context.Context) (B, error)) (va A, vb B, err error) {
	t := newRichTask(func(ctx context.Context) (none struct{}, err error) {
		va, vb, err = Join(ctx, ex, a, b)
		return none, err
	}, nil)
	t.extra.Private()
	sched.SubmitAndWait(ctx, scheduler(ex), t.Task())
	rethrow(t.Task())
	return va, vb, t.Err()
}
