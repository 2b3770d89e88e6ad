// Package future provides typed futures. A future is a handle to the outcome of one
// task; it can be awaited, polled, cancelled, watched and combined with others.
//
//	name := future.Go(ctx, loadName)           // runs in a goroutine of its own
//	orders := pool.Submit(ctx, p, countOrders) // runs on a pool
//
//	user, err := name.Await(ctx)    // blocks until loadName has returned
//	count, err := orders.Await(ctx)
//
//	for f := range future.AsCompleted(ctx, quotes...) { // as they settle
//		price, err := f.Await(ctx)
//	}
//
// There are four ways to get a [Future]:
//
//   - pool.Submit, pool.Go and pool.Then run a function on a pool.
//   - [Go] runs a function in a goroutine of its own.
//   - A [Promise] is the writing half of a future, for bridges and executors.
//   - [Resolved] and [Rejected] return futures that have settled already.
//
// The words used here (task, pending, running, settled, never ran, slot, lend) are
// defined in [github.com/millrace-go/millrace].
//
// # Waiting
//
// All waits obey one rule. If the outcome is there, the wait returns it, whatever the
// context says. Otherwise the wait ends when its context ends, with an error that is
// [ErrNotDone] and wraps the context's error and cause. It leaves nothing registered
// behind, and the tasks go on.
//
// A task of a pool may wait for other tasks of that pool. It passes the context that
// it was given, and lends its slot while it waits; see [Future.Await].
//
// # Memory model
//
// What happens before the submission of a task is visible to the task. The end of the
// task synchronizes before the return of every method and function that reports the
// future settled.
package future
