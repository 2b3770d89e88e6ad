// Package temporal is an engine on Temporal: each call is a standalone activity, an
// activity without a workflow. Use it where a Temporal server runs already: a call costs
// more than with package jetstream, so chunks (cluster.WithChunk) save more here.
//
// A queue is a task queue of the server. The error of a function is part of the result
// of its activity, so the server does not retry it; the server retries activities whose
// worker has died or has given them back. Outcomes stay for as long as the namespace
// retains closed activities.
//
// A worker has a lease for each call, which it renews with heartbeats. The heartbeats carry
// reports of progress, and how often the call was started: Temporal itself counts only how
// often a worker has got the call. A worker that was cut off notices it by its own clock:
// the contexts of its functions end with cluster.ErrLeaseLost, and what they return is not
// stored.
//
// The call of a worker that was killed runs elsewhere when its lease has run out. If the
// process of the worker was suspended, or its machine cut off, the server does not notice at
// once. It may give calls to the two requests that the worker still has open, and each of
// these calls waits for one more lease. No start is counted then.
//
// A call that runs learns of an abort from its next heartbeat, at most a quarter of a
// lease later. A client learns that calls run, and of their progress, by asking for one
// call after the other, at most twenty times a second.
//
// The server must have standalone activities. Each call in flight holds a request to the
// server open: keep cluster.WithMaxCalls below the server's limit of such requests.
package temporal

// What is in which file:
//
//	a connection                                   config.go, engine.go
//	a call, from Start to its outcome              submit.go, call.go, follow.go
//	news of a call that goes on                    watch.go
//	an abort                                       abort.go
//	a worker, and how many calls it fetches        serve.go, room.go
//	a lease; its heartbeats, and what they carry   lease.go; beat.go, record.go
//	the status                                     status.go
