// Package cluster runs tasks in other processes, with the same futures, AsCompleted, All,
// maps and pipelines as on a pool. An existing queue, such as NATS JetStream, carries them;
// the adapter to it is called an engine.
//
// A [Task] is a name, the types of its input and output, and a function. A [Client]
// submits calls of the task to an [Engine] and returns their futures. A worker is a program
// that calls [Serve] with a pool and the tasks that it runs. Closures do not travel: the
// worker links the function, and finds it by the name.
//
//	var Square = cluster.Define("square", func(_ context.Context, n int) (int, error) { return n * n, nil })
//
//	client := cluster.NewClient(engine)
//	a, b := Square.Submit(ctx, client, 3), Square.Submit(ctx, client, 4)
//	vs, err := future.All(ctx, a, b)
//
// Each engine is a package of its own: cluster/local in one process, for tests;
// cluster/jetstream on NATS JetStream, with a server embedded in the program or
// elsewhere; cluster/temporal on Temporal.
//
// # What is promised
//
//   - Each call is started at least once, and exactly once if no worker and no server
//     dies or is cut off. [Attempts] bounds the starts; with 1 a call runs at most
//     once, and may be lost.
//   - Each future settles exactly once. It is Cancelled only if it is certain that the
//     function was not called and never will be.
//   - Of the calls with one id ([WithID]) one runs, for as long as the engine keeps its
//     outcome.
//   - A worker runs no more than its pool allows.
//
// # What is not promised
//
//   - Exactly once.
//   - Context values, closures and iterators as inputs.
//   - Keys, rates and weights over all workers: those of [Task.Locally] hold on each worker.
//   - Inputs and outputs of more than the engine carries, 1 MiB or so. Store them elsewhere
//     and send where they are.
//
// # Errors
//
// The error of a call is an [*Error] with the task, the worker and the attempt. It matches
// the errors that the function's error matched on the worker: those of [Errors], of package
// future and pool, and the common ones of the standard library. A panic is a
// *future.PanicError with the stack of the worker. If the function's error is not the
// outcome, an error of this package says how the call ended.
package cluster

// What is in which file:
//
//	a task: its options, its types                 task.go, option.go, types.go
//	a call, from Submit to its future              submit.go, client.go, remote.go
//	maps and stages                                map.go, mapping.go, parts.go, stage.go
//	items that travel in one call                  batch.go, chunk.go
//	a worker; a call on a worker                   serve.go, handler.go; run.go, delivery.go
//	calls of a task that a worker does not have    unknown.go
//	what engines implement; what they carry        engine.go; call.go, wire.go, codec.go
//	trace contexts                                 propagate.go
//	errors; errors as they travel                  errors.go; fault.go
//	panics in callers' code; wrong arguments       contain.go; check.go
