// Package millrace is the root of a toolkit for concurrent work: futures, a
// pool that runs tasks, and maps over sequences, with contexts, generics and
// iterators. This package holds the options and the vocabulary; it runs nothing.
//
//	p := pool.New(millrace.WithWorkers(8), millrace.WithQueue(100))
//	defer p.Close()
//
//	f := p.Submit(ctx, load, millrace.WithTimeout(time.Second))
//	lengths, err := p.MapSlice(ctx, words, length, millrace.WithConcurrency(4))
//
// p.Submit and p.MapSlice are generic methods, which need Go 1.27. In Go 1.26 they are
// functions, which take the pool after the context:
//
//	f := pool.Submit(ctx, p, load, millrace.WithTimeout(time.Second))
//	lengths, err := pool.MapSlice(ctx, p, words, length, millrace.WithConcurrency(4))
//
// # Packages
//
//   - [github.com/millrace-go/millrace/future]: typed futures, and waiting for
//     several of them.
//   - [github.com/millrace-go/millrace/pool]: a pool of workers; Submit, Map,
//     groups and scopes, lifecycle.
//   - [github.com/millrace-go/millrace/stream]: lazy pipelines whose parallel
//     stages run on a pool.
//   - [github.com/millrace-go/millrace/observe]: logs, profiles, traces and a page of
//     what pools do.
//
// Tasks in other processes are in a module of its own,
// github.com/millrace-go/millrace/cluster. Metrics and spans are in the modules
// observe/otel and observe/prometheus.
//
// # Options
//
// The type of an option says where it is accepted:
//
//   - [PoolOption]: pool.New.
//   - [TaskOption]: pool.Submit, pool.Go, pool.Then and pool.Acquire; and wherever a
//     MapOption is, for every item.
//   - [MapOption]: pool.Map, pool.MapSlice, pool.ForEach, pool.ForN, pool.Reduce, and the
//     parallel stages of package stream.
//   - [GroupOption]: pool.NewGroup and pool.Scope.
//   - [OverflowOption]: where a PoolOption or a TaskOption is.
//   - [RateOption]: where a PoolOption or a GroupOption is.
//
// An option panics where it is written if its value is out of range, as
// [time.NewTicker] does.
//
// # Words
//
//   - task: a func(context.Context) (T, error) that was submitted.
//   - future: the handle of one task's outcome.
//   - pending, running, settled: waiting to start, started, has its outcome.
//   - never ran: settled without having started; it is safe to submit it again.
//   - slot: the right to run one task; a pool has as many slots as workers.
//   - admission: what a task must pass to start: a place in the queue, a slot, its weight,
//     the turn of its key, limits and rates.
//   - lend: a task that waits for tasks of its own pool gives its slot to one
//     of them, and takes a slot back before it goes on.
//   - window: how many items of a map may have been pulled from the input and
//     not yet been delivered.
//   - executor: what tasks are submitted to, a pool or a group.
package millrace
