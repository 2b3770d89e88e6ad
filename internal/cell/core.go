// Package cell holds the outcome of one task: the state machine that every
// future shares, the waiters that hang on it, and the value itself.
//
// # States
//
//	from      to         who decides                        under
//	pending   running    the executor, or Promise.Start     the owner's lock, or Core.mu without an owner
//	pending   cancelled  Cancel, Abort, Stop, a context     the same
//	pending   settled    a Promise, or Then's input         the same
//	running   settled    the goroutine that ran the task    nobody else may: no lock is needed
//
// One invariant carries all races: whoever moves the state out of pending holds
// the lock of the cell's owner, and a settled word never changes again. The
// value and the error are written before the word says settled and are
// immutable afterwards, so that a reader needs the word alone.
package cell

import (
	"sync"
	"sync/atomic"
)

// A State is where a task stands. The numbers are those of package future.
type State uint8

// The states, in the order in which a task may pass them.
const (
	Pending State = iota
	Running
	Succeeded
	Failed
	Cancelled
)

// Settled reports whether s is final.
func (s State) Settled() bool { return s >= Succeeded }

// The bits of Core.word. Bits are only ever added, so that settling is one Or
// that also tells whether anybody has to be woken.
const (
	started   = 1 << 0 // running, or was; of a task only if somebody has asked
	settled   = 1 << 1
	failed    = 1 << 2 // with settled: Failed
	cancelled = 1 << 3 // with settled: Cancelled
	watched   = 1 << 4 // somebody registered: Release has work to do
	callback  = 1 << 5 // one of those is a function of the user's
	entangled = 1 << 6 // the owner has to know of the end under its lock
)

// An Owner is the executor that decides the transitions of a cell out of
// pending, and that can end the context of a running task.
type Owner interface {
	// Cancel settles a pending task; it reports whether the task is cancelled.
	Cancel() bool
	// Abort is Cancel with a cause, or ends a running task's context with it.
	Abort(cause error) bool
	// Look settles a pending task whose submit context has ended, and calls Begin if
	// the task runs.
	Look()
}

// A Core is the untyped half of a cell. The zero value is pending and without
// an owner.
type Core struct {
	word   atomic.Uint32
	closed bool       // done has been closed
	mu     sync.Mutex // guards list, done and closed, and all transitions of a cell without an owner
	list   *Waiter    // in order of registration; list.prev is the last one
	done   chan struct{}
	owner  Owner
	err    error
}

// SetOwner makes o decide the transitions. It must be called before the cell
// is shared.
func (c *Core) SetOwner(o Owner) { c.owner = o }

// Owner returns what SetOwner was given.
func (c *Core) Owner() Owner { return c.owner }

// State returns the state at this instant.
func (c *Core) State() State { return stateOf(c.word.Load()) }

func stateOf(w uint32) State {
	switch {
	case w&settled == 0:
		return State(w & started)
	case w&failed != 0:
		return Failed
	case w&cancelled != 0:
		return Cancelled
	}
	return Succeeded
}

// Settled reports whether the outcome is there to read.
func (c *Core) Settled() bool { return c.word.Load()&settled != 0 }

// Err returns the error of a settled cell.
func (c *Core) Err() error { return c.err }

// Begin marks the cell as running, or does nothing if it has settled. Only for its
// owner, under the owner's lock. To call it when somebody asks (Owner.Look) is soon
// enough: few do, and to mark every task took 2 % of the time of an empty one.
func (c *Core) Begin() { c.word.Or(started) }

// SetErr stores the error that Settle will publish. Only for who settles.
func (c *Core) SetErr(err error) { c.err = err }

// Entangle asks that the owner settles the cell under its lock, because others
// depend on it. It reports false if the cell is settled.
func (c *Core) Entangle() bool {
	w := c.word.Load()
	return w&settled == 0 && (w&entangled != 0 || c.word.Or(entangled)&settled == 0)
}

// Entangled reports whether Entangle was called.
func (c *Core) Entangled() bool { return c.word.Load()&entangled != 0 }

// HasCallbacks reports whether functions of the user's were registered.
func (c *Core) HasCallbacks() bool { return c.word.Load()&callback != 0 }

// Settle publishes the outcome. Only for the one who has the right to it (see
// the table of states).
func (c *Core) Settle(s State) Owed {
	bits := uint32(settled)
	switch s {
	case Failed:
		bits |= failed
	case Cancelled:
		bits |= cancelled
	}
	return Owed(c.word.Or(bits))
}

// Owed is what whoever has settled a cell owes to others.
type Owed uint32

// Release reports whether Core.Release has to be called.
func (o Owed) Release() bool { return o&watched != 0 }

// Callbacks reports whether that runs functions of the user's.
func (o Owed) Callbacks() bool { return o&callback != 0 }

// Owner reports whether the owner has to be told under its lock.
func (o Owed) Owner() bool { return o&entangled != 0 }

// Finish settles a cell that has no owner. It reports whether this call settled
// the cell.
func (c *Core) Finish(s State, err error) bool {
	if !c.lockOpen() {
		return false
	}
	c.publish(s, err)
	return true
}

// lockOpen locks the cell, if it has not settled; or else it reports false.
func (c *Core) lockOpen() bool {
	c.mu.Lock()
	if c.Settled() {
		c.mu.Unlock()
		return false
	}
	return true
}

// publish settles a locked cell.
func (c *Core) publish(s State, err error) {
	c.err = err
	owed := c.Settle(s)
	c.mu.Unlock()
	if owed.Release() {
		c.Release()
	}
}

// Start moves a cell that has no owner from pending to running. It reports
// false if the cell was settled or running.
func (c *Core) Start() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.word.Load()&(settled|started) != 0 {
		return false
	}
	c.word.Or(started)
	return true
}

// Cancel settles a pending cell; it reports whether the cell is cancelled.
func (c *Core) Cancel() bool {
	if c.Settled() {
		return c.State() == Cancelled
	}
	if c.owner != nil {
		return c.owner.Cancel()
	}
	return c.drop(ErrCancelled) || c.State() == Cancelled
}

// Abort cancels a pending cell with a cause, or ends the context of a running
// task with it; it reports whether it had an effect.
func (c *Core) Abort(cause error) bool {
	if c.Settled() {
		return false
	}
	if c.owner != nil {
		return c.owner.Abort(cause)
	}
	if c.State() == Running {
		return false
	}
	return c.drop(NeverRan(cause))
}

// drop cancels a pending cell that has no owner. It reports whether this call
// did.
func (c *Core) drop(err error) bool {
	c.mu.Lock()
	if c.word.Load()&(settled|started) != 0 {
		c.mu.Unlock()
		return false
	}
	c.publish(Cancelled, err)
	return true
}

// Look returns the state after the owner has looked at the task: what an observer is
// told must not lag behind the task's start, nor behind the end of its context.
func (c *Core) Look() State {
	s := c.State()
	if s == Pending && c.owner != nil {
		c.owner.Look()
		s = c.State()
	}
	return s
}
