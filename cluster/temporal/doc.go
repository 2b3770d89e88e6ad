// Package temporal is an engine on Temporal: each call is a standalone activity, an
// activity without a workflow. It is for those who run a Temporal server already; it
// costs more for each call than package jetstream, and chunks (cluster.WithChunk) pay
// more here.
//
// A queue is a task queue of the server. The error of a function is part of the result
// of its activity, so the server does not retry it; the server retries activities whose
// worker has died or has given them back. Outcomes stay for as long as the namespace
// retains closed activities.
//
// A worker holds a call on a lease, which it renews with heartbeats. The heartbeats carry
// what Temporal does not know: how often the call was started, since Temporal counts how
// often it was handed to a worker, and reports of progress. A worker that was cut off
// notices it by its own clock: the contexts of its functions end with cluster.ErrLeaseLost,
// and what they return is not stored.
//
// The call of a worker that was killed runs elsewhere when its lease has run out. If the
// worker was stopped, or its machine cut off, the server knows of nothing yet and may hand
// calls to the two requests that the worker still has open: each time, one more lease goes
// by. No start is counted then.
//
// A call that runs learns of an abort from its next heartbeat, at most a quarter of a
// lease later. A client learns that calls run, and of their progress, by asking for one
// call after the other, at most twenty times a second.
//
// The server must have standalone activities. Each call that a client has out holds a
// request to the server open: keep cluster.WithMaxCalls below the server's limit of
// such requests.
package temporal
