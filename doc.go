// Package millrace is the root of a toolkit for concurrent work: futures, a
// pool that runs tasks, and maps over sequences, with contexts, generics and
// iterators. This package holds the options and the vocabulary; it runs nothing.
//
// # Packages
//
//   - [github.com/millrace-go/millrace/future]: typed futures, and waiting for
//     several of them.
//   - [github.com/millrace-go/millrace/pool]: a pool of workers; Submit, Map,
//     groups and scopes, lifecycle.
//   - [github.com/millrace-go/millrace/stream]: lazy pipelines whose parallel
//     stages run on a pool.
//
// # Words
//
//   - task: a func(context.Context) (T, error) that was submitted.
//   - future: the handle of one task's outcome.
//   - pending, running, settled: waiting to start, started, has its outcome.
//   - never ran: settled without having started; it is safe to submit it again.
//   - slot: the right to run one task; a pool has as many as workers.
//   - admission: what a task must pass to start: a place in the queue, a slot,
//     its weight.
//   - lend: a task that waits for tasks of its own pool gives its slot to one
//     of them, and takes one back before it goes on.
//   - window: how many items of a map may have been pulled from the input and
//     not yet been delivered.
//   - executor: what tasks are submitted to, a pool or a group.
package millrace
