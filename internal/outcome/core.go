// Package outcome holds how one task ends: the state word that every future
// shares, its error, and what waits for it.
//
//	Core ── word    state bits, then the order of submission
//	     ── err     written before the word says settled
//	     ── waits ──▶ Waiter            the usual case: one
//	              └─▶ hub ──▶ Waiters   more than one, or a Done channel
//
// # States
//
//	from      to         decided by                         under
//	pending   running    the executor, or Promise.Start     the pool's lock, or a compare-and-swap
//	pending   cancelled  Cancel, Abort, Stop, a context     the same
//	pending   settled    a Promise, or the input of a Then  the same
//	running   settled    the executor, or a Promise         the same
//
// The value and the error are written before the word says settled and never
// change afterwards, so a reader that sees settled needs no lock.
package outcome

import (
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/unshared"
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

// The bits of Core.word. Those of the state are only ever added, so settling is one addition
// that also tells whether something waits. An executor may clear its own bits again.
const (
	Made      = 1 << 0 // a constructor made it; a zero value lacks this bit
	started   = 1 << 1 // running, or was
	settled   = 1 << 2
	failed    = 1 << 3  // with settled: Failed
	cancelled = 1 << 4  // with settled: Cancelled
	watched   = 1 << 5  // a Waiter was attached
	called    = 1 << 6  // one of them runs foreign code
	claimed   = 1 << 7  // a promise: one of the calls that settle it has won
	Joined    = 1 << 8  // one of the waiters belongs to a task that may lend its slot
	Unwound   = 1 << 9  // the function did not return: it panicked, or called Goexit
	Rich      = 1 << 10 // the task has an Extra; for the executor, like the next
	Lent      = 1 << 11 // the task runs and lends its slot
	Parent    = 1 << 12 // the task has submitted with its context, or waited
	WasLent   = 1 << 13 // the task has lent its slot; for observers
	Final     = 1 << 14 // there is no further attempt, whatever becomes of this one

	orderShift = 15 // 49 bits are left: at ten million tasks a second they last for 650 days
)

// A Core is the untyped part of a future.
type Core struct {
	word  atomic.Uint64
	err   error
	waits atomic.Pointer[Waiter]
}

// Init makes the core of a pending task. It must be called before the core is
// shared, unless Enter is.
func (c *Core) Init(bits uint64) { unshared.SetUint64(&c.word, Made|bits) }

// Enter makes the core that of a submitted task, with the order of submission. It must
// be called once, by the executor, before another goroutine can reach the core.
func (c *Core) Enter(order uint64) {
	unshared.SetUint64(&c.word, c.word.Load()|Made|order<<orderShift)
}

// Order returns what Enter stored.
func (c *Core) Order() uint64 { return c.word.Load() >> orderShift }

// Has reports whether any of bits is set.
func (c *Core) Has(bits uint64) bool { return c.word.Load()&bits != 0 }

// Add sets bits.
func (c *Core) Add(bits uint64) { c.word.Or(bits) }

// Clear clears bits of the executor.
func (c *Core) Clear(bits uint64) { c.word.And(^bits) }

// State returns the state at this instant.
func (c *Core) State() State {
	switch w := c.word.Load(); {
	case w&settled == 0:
		if w&started != 0 {
			return Running
		}
		return Pending
	case w&failed != 0:
		return Failed
	case w&cancelled != 0:
		return Cancelled
	}
	return Succeeded
}

// Settled reports whether the outcome is there to read.
func (c *Core) Settled() bool { return c.word.Load()&settled != 0 }

// Pending reports whether the task has neither started nor settled.
func (c *Core) Pending() bool { return c.word.Load()&(started|settled) == 0 }

// PlainAndPending reports whether the task is pending, and not Rich.
func (c *Core) PlainAndPending() bool { return c.word.Load()&(started|settled|Rich) == 0 }

// Err returns the error of a settled core.
func (c *Core) Err() error { return c.err }

// SetErr stores the error that Settle will publish. Only the goroutine that may
// settle the core calls it.
func (c *Core) SetErr(err error) { c.err = err }

// Exited reports whether the function called Goexit. One that returns ErrGoexit has not.
func (c *Core) Exited() bool { return c.Has(Unwound) && c.err == ErrGoexit }

// Panicked reports whether the function panicked.
func (c *Core) Panicked() bool { return c.Has(Unwound) && c.err != ErrGoexit }

// Begin moves the core from pending to running. Only its executor calls it,
// under its lock.
func (c *Core) Begin() { c.word.Or(started) }

// Settle publishes the outcome. Only the executor calls it, under its lock, once: so the
// bits are new, and to add them is to set them. That is one instruction where an Or that
// returns the word is a loop.
func (c *Core) Settle(s State) Watchers {
	bits := uint64(settled)
	switch s {
	case Failed:
		bits |= failed
	case Cancelled:
		bits |= cancelled
	}
	return Watchers(c.word.Add(bits) - bits)
}

// Calls reports whether a function of the user is to be called when the core, which has settled,
// is released, or may be.
func (c *Core) Calls() bool { return c.Has(called) }

// Watchers is what waits for a core that has settled: the word just before that.
type Watchers uint64

// Lent reports whether the task has lent its slot when it settled.
func (w Watchers) Lent() bool { return w&Lent != 0 }

// Any reports whether there are any: Core.Release has to be called.
func (w Watchers) Any() bool { return w&watched != 0 }

// Call reports whether that runs functions of the user.
func (w Watchers) Call() bool { return w&called != 0 }

// Joined reports whether a task that may have lent its slot waits for the core.
func (w Watchers) Joined() bool { return w&Joined != 0 }
