// Package future has typed futures: handles of one task's outcome that can be
// awaited, polled, cancelled, watched and combined.
//
// A [Future] comes from pool.Submit and its relatives, from [Go] (a goroutine
// of its own), from a [Promise] (whoever holds it settles it), or settled from
// [Resolved] and [Rejected]. The words used here (task, pending, running,
// settled, never ran, slot, lend) are defined in
// [github.com/millrace-go/millrace].
//
// # Waiting
//
// Every wait obeys one rule: if the outcome is there it is returned, whatever
// the context says; otherwise the wait ends when its context does, with an
// error that is [ErrNotDone] and wraps the context's cause, and leaves nothing
// registered behind. Inside a task of a pool, waits called with the task's
// context lend the task's slot to the tasks waited for, so that nested work
// cannot deadlock a pool.
//
// # Memory model
//
// What happens before the submission of a task is seen by the task, and the
// end of the task synchronizes before the return of every method and function
// that reports it settled.
package future
