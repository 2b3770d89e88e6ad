// Package pool runs tasks on a bounded number of workers and returns their futures.
//
//	p := pool.New(millrace.WithWorkers(8)) // at most 8 tasks at once
//	defer p.Close()
//
//	f := p.Submit(ctx, load) // a task, and the future of its outcome
//	config, err := f.Await(ctx)
//
//	sizes, err := p.MapSlice(ctx, names, size) // in the order of names; the first error ends it
//
//	err = p.Scope(ctx, func(ctx context.Context, g *pool.Group) error {
//		g.Go(ctx, fetch) // if one fails, the other is cancelled
//		g.Go(ctx, parse)
//		return nil
//	}) // both have ended
//
// These methods need Go 1.27, the first version with generic methods. In Go 1.26 each is
// a function of the same name (for p.Group, NewGroup), which takes the pool or the group
// after the context:
//
//	f := pool.Submit(ctx, p, load)
//	sizes, err := pool.MapSlice(ctx, p, names, size)
//	pool.Go(ctx, g, fetch)
//
// A method does what its function does, and the functions have the documentation:
//
//   - p.Submit submits a task, see [Submit]. p.Go is for functions without a result
//     ([Go]), and p.Then continues with the value of a future ([Then]).
//   - p.Map, p.MapSlice, p.ForEach and p.ForN run a function over a sequence, a slice or
//     numbers ([Map], [MapSlice], [ForEach], [ForN]); p.Reduce combines a slice ([Reduce]).
//   - p.Scope and p.Group keep tasks together ([Scope], [NewGroup]); p.First takes the
//     first success of several ([First]); p.Join divides and conquers ([Join]).
//   - [Pool.Close], [Pool.Shutdown], [Pool.Seal] and [Pool.Stop] end a pool.
//
// The words used here are defined in [github.com/millrace-go/millrace].
//
// # Order
//
// Tasks of higher priority start first. Tasks of equal priority start in order of
// submission; with millrace.WithFlow the flows take turns. With one worker, that is also the
// order in which their functions are called. With several workers, tasks that start close
// together may call their functions in any order.
//
// # Bounds
//
// At no instant do more tasks run than the pool has workers, with three exceptions:
//
//   - A task of millrace.CallerRuns runs beyond the workers.
//   - A task whose wait was ended by its context goes on before it has its slot back.
//   - If several goroutines of one task wait, the slot stays lent until the last of their
//     waits is over. The others go on meanwhile.
//
// A task that has lent its slot is not counted as running. The bounds on weight, on the
// queue, on a group, on a key and on a map hold at every instant, too.
//
// # Waiting inside a task
//
// A task may submit to its own pool and wait, with the context that it was given. While
// it waits, it lends its slot to the tasks that it waits for. So one worker is enough for a
// recursion of any depth. A wait with another context, on a channel or on a lock keeps the
// slot, and can deadlock the pool; [Outside] lends the slot around such a wait.
//
// # Cost
//
// A submit allocates one object beside its function, and takes the pool's lock once. An
// item of a map allocates nothing, unless its function asks for the Done channel of its
// context or derives a context from it, or the map has millrace.PerItem, WithTimeout,
// WithRetry, WithDelay or WithMaxWait. For work of a few microseconds or less use [Map] or
// [MapSlice], not Submit.
//
// # Scale
//
// A pool has one lock. A task takes it twice: in Submit, and when its worker ends the task
// and starts the next one. If each task is awaited before the next is submitted, a task
// takes the lock three times, because its worker has nothing to do in between, and four times
// if the worker has parked by then. Altogether, a task of a batch holds the lock for
//
//   - 25 ns if it is plain, 45 ns if its context can end,
//   - 135 ns if it has a priority, 160 ns if it is a member of a group,
//   - 275 ns if it has a key.
//
// These are figures of the command go -C tools run ./locks .. on an AMD EPYC processor.
// Besides the time under the lock, a task costs time outside it: an empty task of a batch
// takes 95 ns of processor time on one such processor, and 185 ns on two (go test -bench
// Scale ./pool, with as many workers as processors).
//
// So a pool starts at most 40 million plain tasks a second, however many processors there
// are, and fewer where the lock moves between many of them. As a rule, with n processors a
// task should take at least n times 200 ns: then the lock is held for an eighth of the
// time. Plain tasks of a microsecond suit up to 5 processors, tasks of 100 microseconds up
// to 500.
//
// What to do with smaller tasks:
//
//   - Use [Map], [MapSlice], [ForEach] or [ForN]: their workers take items without the
//     lock, and come back to it once in about 30 trivial items.
//   - Let each task do a batch.
//   - Divide and conquer with [Join], not with Submit and Await: a child that its parent
//     submits and awaits takes 435 ns of the lock while all workers are busy, a Join in a
//     task 105, and none once each worker has enough to do.
//   - Give each kind of work a pool of its own. The pools' bounds are separate then.
//
// # Nothing at rest
//
// A new pool has no goroutine. Workers start with work and end when they have been idle
// for the idle timeout. None is left when Close has returned.
//
// # Tests
//
// In a bubble of testing/synctest, make a pool, use it and close it in the same bubble.
// Idle workers wait on a timer of the bubble, and a bubble does not end before its
// goroutines. A second Close, outside of the bubble, does no harm.
package pool
