package future

import (
	"context"
	"errors"
	"slices"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/sched"
)

// Until says what [Wait] waits for.
type Until uint8

const (
	// AllCompleted: every future has settled.
	AllCompleted Until = iota
	// FirstCompleted: a future has settled.
	FirstCompleted
	// FirstFailed: a future has failed, or every one has settled. A
	// cancellation is not a failure.
	FirstFailed
)

func (u Until) condition() sched.Until {
	switch u {
	case AllCompleted:
		return sched.Every
	case FirstCompleted:
		return sched.One
	case FirstFailed:
		return sched.NoFailure
	}
	panic("future: Wait: unknown condition")
}

// Wait blocks until the condition holds and returns the futures that have
// settled and those that have not, each in the order of the arguments. If ctx
// ends first it returns them too, with an error that is [ErrNotDone]. A future that
// is given twice is returned twice. Of no futures it returns at once. It panics if
// until is none of the constants. It is Python's concurrent.futures.wait.
func Wait[T any](ctx context.Context, until Until, fs ...*Future[T]) (done, notDone []*Future[T], err error) {
	condition := until.condition()
	needArguments("Wait", ctx, fs)
	_, err = wait(ctx, condition, fs)
	for _, f := range fs {
		if f.State().Settled() {
			done = append(done, f)
		} else {
			notDone = append(notDone, f)
		}
	}
	return done, notDone, err
}

// wait blocks until the condition holds; it returns the indexes of those that
// have settled, in that order.
func wait[T any](ctx context.Context, until sched.Until, fs []*Future[T]) ([]int32, error) {
	fs = slices.Clone(fs) // or else the caller's would move to the heap, also where nothing waits
	set := sched.NewSet(ctx, until, len(fs), func(i int) *cell.Core { return fs[i].cell().Core() })
	defer set.Close()
	err := set.Block(ctx)
	return set.Settled(), err
}

// All blocks until all futures have succeeded, and returns their values in the order
// of the arguments. The first failure or cancellation in time ends it, with an
// [ItemError], and so does the end of ctx, with [ErrNotDone]; the futures go on. It
// is JavaScript's Promise.all; see pool.Scope for tasks that
// are to be cancelled together.
func All[T any](ctx context.Context, fs ...*Future[T]) ([]T, error) {
	needArguments("All", ctx, fs)
	if !allSettled(fs) {
		settled, err := wait(ctx, sched.NoLoss, fs)
		for _, i := range settled {
			if f := fs[i]; f.State() != Succeeded {
				return nil, &ItemError{int(i), f.cell().Core().Err()}
			}
		}
		if err != nil {
			return nil, err
		}
	}
	for i, f := range fs {
		if f.State() != Succeeded {
			return nil, &ItemError{i, f.cell().Core().Err()}
		}
	}
	values := make([]T, len(fs))
	for i, f := range fs {
		values[i] = f.cell().Value()
	}
	return values, nil
}

// AllSettled blocks until all futures have settled, and returns their outcomes in
// the order of the arguments. If ctx ends first its error is [ErrNotDone], and the
// outcomes are nil.
func AllSettled[T any](ctx context.Context, fs ...*Future[T]) ([]Result[T], error) {
	needArguments("AllSettled", ctx, fs)
	if !allSettled(fs) {
		if _, err := wait(ctx, sched.Every, fs); err != nil {
			return nil, err
		}
	}
	results := make([]Result[T], len(fs))
	for i, f := range fs {
		results[i] = f.result()
	}
	return results, nil
}

// Any blocks until a future succeeds, and returns its value. If none does, the
// error joins those of all futures, in the order of the arguments; of no futures it
// is [ErrEmpty], and at the end of ctx [ErrNotDone]. The others go on. It is
// JavaScript's Promise.any.
func Any[T any](ctx context.Context, fs ...*Future[T]) (T, error) {
	var zero T
	if len(fs) == 0 {
		needContext("Any", ctx)
		return zero, ErrEmpty
	}
	needArguments("Any", ctx, fs)
	settled, err := wait(ctx, sched.Success, fs)
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

// Race returns the outcome of the first future that settles; of no futures,
// [ErrEmpty]. The others go on. It is JavaScript's Promise.race.
func Race[T any](ctx context.Context, fs ...*Future[T]) (T, error) {
	var zero T
	if len(fs) == 0 {
		needContext("Race", ctx)
		return zero, ErrEmpty
	}
	needArguments("Race", ctx, fs)
	for _, f := range fs {
		if f.State().Settled() {
			return f.cell().Value(), f.cell().Core().Err()
		}
	}
	settled, err := wait(ctx, sched.One, fs)
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
