package sched

import "github.com/millrace-go/millrace/internal/cell"

// after is what a locked section owes the outside.
type after struct {
	any     bool
	settled []*cell.Core   // to be released
	lapsed  []*cell.Lapsed // to be asked for their cause
	aborts  []abortion
	ends    []ending
	arms    []*watch
	calls   []func()
}

// An abortion is the context of a running task to be ended with a cause.
type abortion struct {
	ctx   *Ctx
	cause error
}

// An ending is a context to be ended with a cause.
type ending struct {
	end   func(error)
	cause error
}

func (a *after) release(c *cell.Core)   { a.any, a.settled = true, append(a.settled, c) }
func (a *after) resolve(e *cell.Lapsed) { a.any, a.lapsed = true, append(a.lapsed, e) }
func (a *after) arm(w *watch)           { a.any, a.arms = true, append(a.arms, w) }
func (a *after) call(f func())          { a.any, a.calls = true, append(a.calls, f) }
func (a *after) stop(f func() bool)     { a.call(func() { f() }) }
func (a *after) abort(c *Ctx, cause error) {
	a.any, a.aborts = true, append(a.aborts, abortion{c, cause})
}
func (a *after) end(f func(error), cause error) {
	a.any, a.ends = true, append(a.ends, ending{f, cause})
}

// tell does all of it but to release what has settled.
func (a *after) tell() {
	for _, e := range a.lapsed {
		e.Resolve()
	}
	for _, w := range a.arms {
		w.arm()
	}
	for _, t := range a.aborts {
		t.ctx.end(t.cause)
	}
	for _, e := range a.ends {
		e.end(e.cause)
	}
	for _, f := range a.calls {
		f()
	}
}

// A section is a locked section of a pool whose debts are being paid: it is not at
// rest before that.
type section struct{ *Pool }

// Fire is called when all is paid. It implements cell.Target.
func (s section) Fire() {
	s.mu.Lock()
	s.settling--
	s.drainLocked()
	s.unlock()
}
