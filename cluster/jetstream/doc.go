// Package jetstream is an engine on NATS JetStream: a server of its own, a cluster of
// them, or one that package embedded starts in the same program.
//
// A queue is two streams of the server. In the stream of calls each message is a call;
// workers pull them, highest priority first, and acknowledge a call when its outcome
// is stored in the stream of results. There outcomes stay for Config.Keep. Streams are
// stored in files, unless Config.Memory says otherwise, so that calls outlive the
// server. How soon the operating system has to bring writes to the disk is a setting of
// the server.
//
// The order of priorities is not strict. Where calls of a priority have come of late, a
// worker asks for another before it takes one of a lower priority, and waits up to 20 ms
// for the answer. If the server takes longer, the call of lower priority begins first.
//
// A worker holds a call on a lease, which it renews. If it dies, the server gives the
// call to another when the lease has ended. A worker that was cut off notices it by its
// own clock: the contexts of its functions end with cluster.ErrLeaseLost, and what they
// return is not stored.
package jetstream

// What is in which file:
//
//	a connection: its queue, streams, subjects     config.go, engine.go, queues.go, subjects.go
//	a connection that is lost or silent            restore.go, pulse.go
//	a call, from Start to its outcome              submit.go, publish.go, ticket.go, follow.go
//	a call whose outcome does not come             audit.go
//	an abort, and whether the call has begun       abort.go, inquiry.go, census.go
//	a worker: which calls it asks for              serve.go, pull.go, pace.go
//	a lease: its starts, its renewal, its end      lease.go, starts.go, beat.go, finish.go
//	the status                                     status.go, workerstatus.go, counts.go
//	what a server that was killed forgot or kept   boot.go, sweep.go
