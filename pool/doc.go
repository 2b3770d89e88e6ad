// Package pool runs tasks on a bounded number of workers and returns their futures.
//
//   - [Submit] hands in a task. [Go] is Submit for functions without a result, and
//     [Then] continues with the value of a future.
//   - [Map], [MapSlice] and [ForEach] run a function over a sequence or a slice.
//   - [Scope] and [Group] keep tasks together.
//   - [Pool.Close], [Pool.Shutdown], [Pool.Seal] and [Pool.Stop] end a pool.
//
// The words used here are defined in [github.com/millrace-go/millrace].
//
// # Order
//
// Tasks start by priority, and in order of submission among those of equal priority.
// With one worker, that is also the order in which their functions are called. With
// several, functions that start close together run in any order.
//
// # Bounds
//
// At no instant do more tasks run than the pool has workers, with two exceptions:
// tasks of millrace.CallerRuns, and a task whose wait was ended by its context, which
// goes on before it has its slot back. A task that has lent its slot is not counted as
// running. The bounds on weight, on the queue, on a group, on a key and on a map are
// kept in the same way.
//
// # Waiting inside a task
//
// A task may submit to its own pool and wait, with the context that it was given.
// While it waits it lends its slot to the tasks that it waits for, so that one worker
// is enough for a recursion of any depth. A wait with another context, on a channel or
// on a lock keeps the slot, and can deadlock the pool.
//
// # Cost
//
// A submit allocates one object beside its function, and takes the pool's lock once.
// An item of a map allocates nothing, unless it looks at its context or has options.
// For work of a few microseconds or less use [Map] or [MapSlice], not Submit.
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
// goroutines.
package pool
