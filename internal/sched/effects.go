package sched

import (
	"slices"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// effects is what has to be done after a locked section, outside the lock: all that may
// run code of the user, or wake a goroutine. Pool.unlock does it, in this order:
//
//	dispatch        wakes or starts a worker for what has started
//	do              registers on contexts and ends some, asks for causes, tells observers
//	aborted         settles what depends on contexts that do has ended, in one more locked
//	                section, and the effects of that are done like these
//	releaseSettled  wakes what waits for what has settled, then calls functions of OnDone
//	flushed         ends the pool, if it has waited for nothing else
//
// If code of the user panics or calls Goexit in do, all the rest is done before the goroutine
// goes on to unwind.
type effects struct {
	any     bool
	settled []*outcome.Core // to be released, last
	arms    []*scope
	aborts  []abortion
	ends    []func() // end contexts, and ask for the causes of some that have ended
	calls   []func() // tell observers
	stops   []func() bool
}

// An abortion is the context of a running task to be ended with a cause.
type abortion struct {
	item   *taskctx.Item
	worker *worker
	cause  error
}

func (e *effects) release(c *outcome.Core) { e.any, e.settled = true, append(e.settled, c) }
func (e *effects) arm(s *scope)            { e.any, e.arms = true, append(e.arms, s) }
func (e *effects) call(f func())           { e.any, e.calls = true, append(e.calls, f) }
func (e *effects) stop(f func() bool)      { e.any, e.stops = true, append(e.stops, f) }
func (e *effects) abort(c *taskctx.Item, w *worker, cause error) {
	e.any, e.aborts = true, append(e.aborts, abortion{c, w, cause})
}
func (e *effects) end(f func(error), cause error) {
	e.any, e.ends = true, append(e.ends, func() { f(cause) })
}
func (e *effects) resolve(l *outcome.ContextError) {
	e.any, e.ends = true, append(e.ends, func() { l.Resolve() })
}

// mayCall reports whether there may be functions of the user to call. To take back a registration
// calls none.
func (e *effects) mayCall() bool {
	return len(e.arms)+len(e.aborts)+len(e.ends)+len(e.calls) > 0 || slices.ContainsFunc(e.settled, (*outcome.Core).Calls)
}

// do does all of it but to release what has settled. It takes each effect off before that, so that
// the rest can be done if code of the user does not return.
func (e *effects) do() {
	done := false
	defer func() {
		if !done {
			e.do()
		}
	}()
	for len(e.arms) > 0 {
		take(&e.arms).arm()
	}
	for len(e.aborts) > 0 {
		a := take(&e.aborts)
		a.item.Cancel(a.cause)
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
