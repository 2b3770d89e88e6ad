// Package waitset waits for several tasks at once. It is what AsCompleted, All, Wait and a
// future.Set stand on.
//
//	Set ── a Waiter for each task that has not settled
//	    ── ready      the numbers of those that have, in the order in which they settled
//	    ── ch         tells the goroutine that blocks
//	    ── turn       of several goroutines, one at a time blocks for the tasks
//	    ──▶ Tasks     the scheduler's part: what a task of a pool lends while it waits
//
// A set knows of its tasks and of the scheduler only what Task and Tasks ask for.
package waitset
