package outcome

import (
	"cmp"
	"errors"
	"slices"
)

// Errors are what is left of tasks that did not succeed: the first error, or all. An error of a
// task that has run comes before one of a task that never ran. The zero value has none.
type Errors struct {
	ran  numbered // the first of a task that has run
	lost error    // of one that never ran
	all  []numbered
}

// A numbered is the error of the task with this order of submission.
type numbered struct {
	order uint64
	err   error
}

// Keep keeps the error of a task that has settled so, if it is the first. It reports whether it is
// the first of a task that has run.
func (e *Errors) Keep(order uint64, err error, s State) (first bool) {
	switch {
	case s == Cancelled && e.lost == nil:
		e.lost = err
	case s == Failed && e.ran.err == nil:
		e.ran = numbered{order, err}
		return true
	}
	return false
}

// Collect keeps the error of a task beside all others.
func (e *Errors) Collect(order uint64, err error) { e.all = append(e.all, numbered{order, err}) }

// First returns the first error of a task that has run, and the order of that, or nil.
func (e *Errors) First() (order uint64, err error) { return e.ran.order, e.ran.err }

// Err returns the first error, or all that were collected, joined in order of submission.
func (e *Errors) Err() error {
	if len(e.all) == 0 {
		return cmp.Or(e.ran.err, e.lost)
	}
	slices.SortFunc(e.all, func(a, b numbered) int { return cmp.Compare(a.order, b.order) })
	errs := make([]error, len(e.all))
	for i, one := range e.all {
		errs[i] = one.err
	}
	return errors.Join(errs...)
}
