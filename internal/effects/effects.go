// Package effects holds what has to be done after a locked section: all that may run code of the
// user, or wake a goroutine. The section adds effects under its lock. The goroutine that releases
// the lock takes the effects, and does them:
//
//	Do           arms, then aborts, ends, calls, and stops
//	Aborts       what Do has aborted, for a locked section of its own
//	Settled      to be released, last: that wakes what waits, and calls functions of OnDone
package effects

import (
	"slices"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// Effects is what a section has left to be done. The zero value is nothing.
type Effects struct {
	Any     bool            // there is something
	Settled []*outcome.Core // added by Release
	Aborts  []Abort
	arms    []Armer
	ends    []func()
	calls   []func()
	stops   []func() bool
}

// An Armer registers on a context.
type Armer interface{ Arm() }

// An Abort is the context of a running task to be ended with a cause.
type Abort struct {
	Item  *taskctx.Item
	Cause error
	Of    any // what runs the task
}

// Release adds a task that has settled and is to be released.
func (e *Effects) Release(c *outcome.Core) { e.Any, e.Settled = true, append(e.Settled, c) }

// Arm adds a context to register on.
func (e *Effects) Arm(a Armer) { e.Any, e.arms = true, append(e.arms, a) }

// Abort adds the context of a running task to end.
func (e *Effects) Abort(a Abort) { e.Any, e.Aborts = true, append(e.Aborts, a) }

// End adds a function that ends a context, or asks one for its cause.
func (e *Effects) End(f func()) { e.Any, e.ends = true, append(e.ends, f) }

// Call adds a function that tells an observer.
func (e *Effects) Call(f func()) { e.Any, e.calls = true, append(e.calls, f) }

// Stop adds a function that calls no code of the user: it takes back a registration on a context, or
// stops waits.
func (e *Effects) Stop(f func() bool) { e.Any, e.stops = true, append(e.stops, f) }

// MayCall reports whether there may be functions of the user to call.
func (e *Effects) MayCall() bool {
	return len(e.arms)+len(e.Aborts)+len(e.ends)+len(e.calls) > 0 || slices.ContainsFunc(e.Settled, (*outcome.Core).Calls)
}

// Take returns the effects, and leaves none.
func (e *Effects) Take() Effects {
	todo := *e
	*e = Effects{}
	return todo
}

// Do does all of it but to release what has settled, without the lock. If code of the user panics
// or calls Goexit, all the rest is done before the goroutine goes on to unwind.
func (e *Effects) Do() {
	done := false
	defer func() {
		if !done {
			e.Do()
		}
	}()
	// Each one is taken off before it is done: it may not return.
	for len(e.arms) > 0 {
		take(&e.arms).Arm()
	}
	for len(e.Aborts) > 0 {
		a := take(&e.Aborts)
		a.Item.Cancel(a.Cause)
	}
	for len(e.ends) > 0 {
		take(&e.ends)()
	}
	for len(e.calls) > 0 {
		take(&e.calls)()
	}
	for len(e.stops) > 0 {
		take(&e.stops)()
	}
	done = true
}

// take takes the first of list off.
func take[T any](list *[]T) T {
	first := (*list)[0]
	*list = (*list)[1:]
	return first
}
