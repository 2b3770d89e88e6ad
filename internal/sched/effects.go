package sched

import (
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
// If code of the user panics or calls Goexit in do, aborted and the rest of do are left out,
// but for the calls of observers; what has settled is released all the same.
type effects struct {
	any     bool
	settled []*outcome.Core // to be released, last
	arms    []*scope
	aborts  []abortion
	ends    []func() // end contexts, and ask for the causes of some that have ended
	calls   []func() // tell observers; the last of do
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
func (e *effects) stop(f func() bool)      { e.call(func() { f() }) }
func (e *effects) abort(c *taskctx.Item, w *worker, cause error) {
	e.any, e.aborts = true, append(e.aborts, abortion{c, w, cause})
}
func (e *effects) end(f func(error), cause error) {
	e.any, e.ends = true, append(e.ends, func() { f(cause) })
}
func (e *effects) resolve(l *outcome.ContextError) {
	e.any, e.ends = true, append(e.ends, func() { l.Resolve() })
}

// do does all of it but to release what has settled.
func (e *effects) do() {
	for _, s := range e.arms {
		s.arm()
	}
	for _, a := range e.aborts {
		a.item.Cancel(a.cause)
	}
	for _, f := range e.ends {
		f()
	}
	e.doCalls()
}

// doCalls calls all functions, also if one calls Goexit, as an observer may.
func (e *effects) doCalls() {
	done := false
	defer func() {
		if !done {
			e.doCalls()
		}
	}()
	for len(e.calls) > 0 {
		f := e.calls[0]
		e.calls = e.calls[1:]
		f()
	}
	done = true
}
