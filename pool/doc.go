// Package pool runs tasks on a bounded number of workers and returns their
// futures.
//
// [Submit] is the one way to hand in a task; [Go] and [Then] are forms of it.
// [Map], [MapSlice] and [ForEach] run a function over a sequence or a slice,
// [Scope] and [Group] keep tasks together, and [Pool.Close], [Pool.Shutdown],
// [Pool.Seal] and [Pool.Stop] end a pool. The words used here are defined in
// [github.com/millrace-go/millrace].
//
// # Order
//
// Tasks start by priority, then in order of submission. One worker keeps to that
// exactly. Among several, a worker of tasks that take microseconds may claim up to
// 32 plain ones ahead. They stay pending and can be cancelled, but may start before
// tasks that were submitted earlier.
//
// # Waiting inside a task
//
// A task may submit to its own pool and wait, with the context it was given:
// while it waits it lends its slot to the tasks it waits for, so that even one
// worker runs a recursion of any depth. A wait with another context, or on a
// channel, keeps the slot, and can deadlock the pool.
//
// # Cost
//
// A submit allocates one object of about 200 bytes, beside its function, and takes
// the pool's lock once. On two cores an empty task, submitted and awaited, takes
// about 230 ns in a burst of 1,000, and 900 ns alone. An item of a map that does not
// look at its context and has no timeout allocates nothing and does not touch the
// lock. So what takes less than some microseconds is better mapped than submitted,
// the more so the more cores there are.
//
// # Nothing at rest
//
// A new pool has no goroutine. Workers start with work, end when they have been
// idle for the idle timeout, and none is left when Close has returned.
package pool
