package future

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
	"github.com/millrace-go/millrace/internal/waitset"
)

// An Until is the condition that [Wait] waits for.
type Until uint8

const (
	// AllCompleted: all futures have settled.
	AllCompleted Until = Until(waitset.Every)
	// FirstCompleted: at least one future has settled.
	FirstCompleted Until = Until(waitset.One)
	// FirstFailed: at least one future has failed, or all have settled. A cancelled
	// future has not failed.
	FirstFailed Until = Until(waitset.NoFailure)
)

// Wait blocks until the condition holds. It returns the futures that have settled and
// those that have not, both in the order of the arguments; a future that is given twice
// is returned twice. If ctx ends first, Wait returns both lists, and an error that is
// [ErrNotDone]. In either case the tasks go on. Without futures Wait returns at once.
//
// In a task, Wait lends the task's slot as [Future.Await] does. It panics if until is
// none of the constants. It is concurrent.futures.wait of Python.
func Wait[T any](ctx context.Context, until Until, fs ...*Future[T]) (done, notDone []*Future[T], err error) {
	if until > FirstFailed {
		panic(fmt.Sprintf("future: Wait: unknown condition %d", until))
	}
	needArguments("Wait", ctx, fs)
	if !allSettled(fs) {
		_, err = wait(ctx, waitset.Until(until), fs)
	}
	for _, f := range fs {
		if f.State().Settled() {
			done = append(done, f)
		} else {
			notDone = append(notDone, f)
		}
	}
	if err != nil && holds(until, done, notDone) {
		err = nil // by a future that has settled since
	}
	return done, notDone, err
}

// holds reports whether the condition holds for futures of which these have settled.
func holds[T any](until Until, done, notDone []*Future[T]) bool {
	return len(notDone) == 0 ||
		slices.ContainsFunc(done, func(f *Future[T]) bool { return waitset.Until(until).Hits(outcome.State(f.State())) })
}

// wait blocks until the condition holds; it returns the indexes of those that
// have settled, in that order.
func wait[T any](ctx context.Context, until waitset.Until, fs []*Future[T]) ([]int32, error) {
	own := slices.Clone(fs) // otherwise fs would escape to the heap, also if all have settled
	set := sched.NewSet(until, len(fs), func(i int32) *sched.Task { return own[i].cell().Task() })
	defer set.Close()
	err := set.Block(ctx)
	return set.Settled(), err
}

// All blocks until all futures have succeeded, and returns len(fs) values in the order of
// the arguments. It returns early, with nil values,
//
//   - when a future fails or is cancelled: with an *[ItemError] that has its position and
//     its error. Of several futures that had failed before the call, the first argument
//     counts;
//   - when ctx ends: with an error that is [ErrNotDone].
//
// The other tasks go on; for tasks that are to be cancelled together use pool.Scope. In a
// task, All lends the task's slot as [Future.Await] does. It is Promise.all of
// JavaScript.
func All[T any](ctx context.Context, fs ...*Future[T]) ([]T, error) {
	needArguments("All", ctx, fs)
	if !allSettled(fs) {
		settled, err := wait(ctx, waitset.NoLoss, fs)
		for _, i := range settled {
			if f := fs[i]; f.State() != Succeeded {
				return nil, &ItemError{int(i), f.cell().Err()}
			}
		}
		if err != nil {
			return nil, err
		}
	}
	values := make([]T, len(fs))
	for i, f := range fs {
		if f.State() != Succeeded {
			return nil, &ItemError{i, f.cell().Err()}
		}
		values[i] = f.cell().Value()
	}
	return values, nil
}

// AllSettled blocks until all futures have settled, and returns len(fs) outcomes in the
// order of the arguments. If ctx ends first, it returns nil and an error that is
// [ErrNotDone], and the tasks go on. In a task, it lends the task's slot as
// [Future.Await] does. It is Promise.allSettled of JavaScript.
func AllSettled[T any](ctx context.Context, fs ...*Future[T]) ([]Result[T], error) {
	needArguments("AllSettled", ctx, fs)
	if !allSettled(fs) {
		if _, err := wait(ctx, waitset.Every, fs); err != nil {
			return nil, err
		}
	}
	results := make([]Result[T], len(fs))
	for i, f := range fs {
		results[i] = f.result()
	}
	return results, nil
}

// Any blocks until a future succeeds, and returns its value. The other tasks go on. If
// Any fails, its error
//
//   - joins the errors of all futures, in the order of the arguments, if none has
//     succeeded,
//   - is [ErrNotDone] if ctx has ended,
//   - is [ErrEmpty] if there are no futures.
//
// In a task, Any lends the task's slot as [Future.Await] does. It is Promise.any of
// JavaScript.
func Any[T any](ctx context.Context, fs ...*Future[T]) (T, error) {
	var zero T
	needArguments("Any", ctx, fs)
	if len(fs) == 0 {
		return zero, ErrEmpty
	}
	for _, f := range fs {
		if f.State() == Succeeded {
			return f.cell().Value(), nil
		}
	}
	settled, err := wait(ctx, waitset.Success, fs)
	for _, i := range settled {
		if fs[i].State() == Succeeded {
			return fs[i].cell().Value(), nil
		}
	}
	if err != nil {
		return zero, err
	}
	errs := make([]error, len(fs))
	for i, f := range fs {
		errs[i] = f.result().Err
	}
	return zero, errors.Join(errs...)
}

// Race blocks until a future settles, and returns its outcome; if several have settled
// already, that of the first among the arguments. The other tasks go on. If ctx ends
// first, the error is [ErrNotDone]; if there are no futures, it is [ErrEmpty]. In a
// task, Race lends the task's slot as [Future.Await] does. It is Promise.race of
// JavaScript.
func Race[T any](ctx context.Context, fs ...*Future[T]) (T, error) {
	var zero T
	needArguments("Race", ctx, fs)
	if len(fs) == 0 {
		return zero, ErrEmpty
	}
	for _, f := range fs {
		if f.State().Settled() {
			return f.cell().Value(), f.cell().Err()
		}
	}
	settled, err := wait(ctx, waitset.One, fs)
	if err != nil {
		return zero, err
	}
	r := fs[settled[0]].result()
	return r.Value, r.Err
}

func allSettled[T any](fs []*Future[T]) bool {
	for _, f := range fs {
		if !f.State().Settled() {
			return false
		}
	}
	return true
}

func needArguments[T any](call string, ctx context.Context, fs []*Future[T]) {
	needContext(call, ctx)
	needFutures(call, fs)
}
