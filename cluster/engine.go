package cluster

import (
	"context"
	"time"
)

// An Engine carries calls to workers and their outcomes back. Everything that an adapter
// of a message broker or a workflow server has to do is here, and package enginetest
// checks that it does. All methods may be called concurrently.
//
// An engine that keeps something for each client may also have a method Leave(client
// string). [Client.Close] calls it with the client's name, with which the ids of its
// calls begin, when each of these calls has settled or was given up.
type Engine interface {
	// Start submits a call. If it returns nil the engine has the call, and calls done with
	// what becomes of it: any number of times Begun and Progressed, and one outcome. done
	// never blocks. It may be called before Start has returned, and by several goroutines
	// at once, and ignores calls after the outcome. If Start returns an error, the call
	// never runs and done is not called; the error is ErrTooLarge or the engine's own. The
	// engine may also report a full queue later, as NeverRan with ErrFull.
	//
	// A named call (see Call.Named) that the engine knows already is not run again: done
	// is called with what becomes of the first one.
	Start(ctx context.Context, c Call, done func(Outcome)) error

	// Join is Start for a named call that was started elsewhere, by its ID. The
	// outcome is Missing if the engine does not know it.
	Join(ctx context.Context, id string, done func(Outcome)) error

	// Abort asks that the call ends, and does not wait. done is called with the outcome:
	// NeverRan only if it is certain that no worker began the call and none will, Unsure if
	// that is not known. Abort has no effect after the outcome.
	Abort(id, cause string)

	// Serve takes calls until ctx ends, and gives each to accept, which blocks while
	// the worker has no room. Of the calls that are queued, those of higher priority come
	// first. When Serve returns, the engine has no lease for this worker: leases that were
	// accepted are finished or given back, and the others are given back.
	Serve(ctx context.Context, w Worker, accept func(Lease)) error

	// Close closes the connection. Calls in flight end as Detached here; they still run.
	Close() error
}

// A Worker is what an engine knows of a worker.
type Worker struct {
	Name  string   // unique
	Tasks []string // names of the tasks that it serves
	Slots int      // of its pool, at its start
}

// A Lease is the right of a worker to run a call. The engine renews it until Finish or
// GiveBack is called. One of the two is called, once.
type Lease interface {
	// Call returns the call.
	Call() Call

	// Attempt returns which start of the call this is, or would be, from 1. A call that
	// was given back before Begin was not started.
	Attempt() int

	// Deliveries returns how often a worker has got the call, this time included.
	Deliveries() int

	// Context returns a context that ends with AbortError when the call is aborted, and
	// with ErrLeaseLost when the lease is lost.
	Context() context.Context

	// Begin must be called just before the function. If it reports false, the function
	// must not be called: give the call back, or finish it as NeverRan.
	Begin() bool

	// Report sends Progressed to the submitter. It does not block, and may be lost.
	Report(body []byte)

	// Finish stores the outcome and ends the lease, unless the lease is lost. It does not
	// wait until the outcome is stored; Engine.Serve does.
	Finish(o Outcome)

	// GiveBack ends the lease without an outcome; a worker gets the call after a while.
	GiveBack(after time.Duration)
}
