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
// exactly. Among several, a worker whose tasks take microseconds takes up to 32
// plain ones ahead, which are pending until they start, and can be cancelled; so
// some start that much earlier than others that were submitted before.
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
// A submit allocates one object of about 200 bytes, its function beside, and takes
// the pool's lock once; on two cores an empty task, submitted and awaited, takes
// about 200 ns. The items of a map allocate nothing and do not come to the lock:
// what takes less than some microseconds is better mapped than submitted, the more
// so the more cores there are.
//
// # Nothing at rest
//
// A new pool has no goroutine. Workers start with work, end when they have been
// idle for the idle timeout, and none is left when Close has returned.
package pool
