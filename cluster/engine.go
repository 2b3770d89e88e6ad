package cluster

import (
	"context"
	"time"
)

// An Engine carries calls to workers and their outcomes back. Everything that an
// adapter of a message broker or a workflow server has to do is here, and package
// enginetest checks that it does. All methods may be called concurrently.
//
// An engine that keeps something for each client may have a method Leave(client string), too.
// [Client.Close] calls it with the client's name, by which the ids of its calls begin, once
// they have settled or nobody follows them.
type Engine interface {
	// Start hands a call over. If it returns nil the engine has the call, and done is
	// told what becomes of it: any number of times Begun and Progressed, and one outcome.
	// Done never blocks. It may be called before Start has returned, and by several
	// goroutines at once; what it is told after the outcome, it ignores. If Start returns
	// an error, the call never runs and done is not called; the error is ErrTooLarge or
	// the engine's own. A full queue may also be told later, as NeverRan with ErrFull.
	//
	// A named call (see Call.Named) that the engine knows already is not run again: done
	// is told of the one that is there.
	Start(ctx context.Context, c Call, done func(Outcome)) error

	// Join is Start for a named call that was started elsewhere, by its ID. The
	// outcome is Missing if the engine does not know it.
	Join(ctx context.Context, id string, done func(Outcome)) error

	// Abort asks that the call ends. It does not wait; done is told of the outcome:
	// NeverRan only if it is certain that no worker began it and none will, Unsure if
	// nobody can say. It does nothing if the outcome has been told.
	Abort(id, cause string)

	// Serve takes calls until ctx ends, and gives each to accept, which blocks while
	// the worker has no room. Calls of higher priority come first, as far as they are
	// there. When it returns, the engine holds no lease for this worker: those that
	// were accepted are finished or given back, the others given back.
	Serve(ctx context.Context, w Worker, accept func(Lease)) error

	// Close lets go of the connection. Calls that are out are told Detached; they
	// still run.
	Close() error
}

// Worker is what an engine is told of a worker.
type Worker struct {
	Name  string   // unique
	Tasks []string // names of the tasks that it serves
	Slots int      // of its pool, at its start
}

// A Lease is a call that a worker holds. The engine renews it until Finish or
// GiveBack, one of which is called once.
type Lease interface {
	// Call returns the call.
	Call() Call

	// Attempt returns which start of the call this is, or would be, from 1. A call that
	// was given back before Begin was not started.
	Attempt() int

	// Deliveries returns how often the call was handed to a worker, this time included.
	Deliveries() int

	// Context ends with AbortError when somebody asks that the call ends, and with
	// ErrLeaseLost when the lease is lost.
	Context() context.Context

	// Begin is called just before the function. If it reports false, the function must
	// not be called, and the call is given back or finished as NeverRan.
	Begin() bool

	// Report sends Progressed to the submitter. It does not block, and may be lost.
	Report(body []byte)

	// Finish stores the outcome and ends the lease. If the lease is lost it does
	// nothing. It does not wait until the outcome is stored; Serve does.
	Finish(o Outcome)

	// GiveBack ends the lease without an outcome; a worker gets the call after a while.
	GiveBack(after time.Duration)
}
