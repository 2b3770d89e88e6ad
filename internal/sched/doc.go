// Package sched is the scheduler: which pending task may start, which one holds a
// slot, which one lends it, and when a pool is drained. It knows nothing of types;
// package pool is its typed front.
//
//	Pool ── fifo, ready      pending, and free to start          runqueue.go
//	     ── entries          blocked for a place in the queue    place.go
//	     ── turns            pending behind another of its key   turn.go
//	     ── stalls           pending for a group                 limit.go
//	     ── deferred, clock  pending for an input, or for later  then.go, clock.go
//	     ── starting         started, without a goroutine yet    admit.go, runqueue.go, workers.go
//	     ── workers ──▶ worker ──▶ Task that runs                worker.go
//	     ── returns          lent their slot and want it back    lend.go
//	     ── scopes ──▶ what the end of a context settles         scope.go, taskscope.go, above.go
//	Group ── members, limit, rate                                group.go, members.go, groupwait.go
//	Runners ──▶ Runner       the items of a map                  runners.go, runner.go, items.go
//	Wait                     what blocks; of a waitset.Set       wait.go, set.go, several.go
//
// Where to look for the rest:
//
//	a task: its parts, submission, and end      task.go, submit.go, settle.go, abort.go, retry.go
//	Await and Outside; cycles of waits          await.go, cycle.go, across.go, shortage.go
//	Acquire; Join                               permit.go; join.go, serial.go
//	Close, Stop, Drop, Pause                    close.go
//	gates beside limits: weight, WithInit       weight.go, prepare.go
//	objects kept for reuse                      spare.go
//	what a pool has; the end of a section       pool.go, unlock.go
//	errors of package pool; names in errors     errors.go
//	Stats; when tasks were submitted            stats.go, ages.go
//
// What can be understood alone has a package of its own:
//
//	what waits, in which order; alarms          queue, alarm
//	how a task ends; its value; its context     outcome, cell, taskctx
//	what a section leaves to be done            effects
//	several tasks that a wait is for            waitset
//	waits and permits that can never end        waitgraph
//	what an observer is told of a task          observed
//
// A task without options, outside of groups, is plain: it needs no Extra, and has a fast
// path of its own, in plain.go. The others are rich.
//
// # The life of a task
//
//	fresh ─▶ delayed, deferred ─▶ behindKey, stalled, ready ─▶ started ─▶ settled
//	                                             ▲                       │
//	                                             └── between attempts ◀──┘
//
// A task that never runs goes from a place before started to settled.
//
// # Invariants
//
//  1. Every move of a task and every count is made under Pool.mu. The state word is
//     written there and read without; a reader that sees settled sees the outcome.
//  2. Whether a task runs is decided by admission (admit.go) at the end of the section
//     that frees a slot, or that makes the task pending: unlock calls it. A worker is only
//     the goroutine for it, and takes what has started.
//  3. The section that ends a task also takes the next one: settle, count, start,
//     take. So Stats are exact at every instant, and an Await that has returned finds
//     its task counted.
//  4. While the lock is free, a started task without a goroutine has a worker on its
//     way, or there may be no more workers, and one of them comes to the lock by itself.
//     One is enough: it wakes the next if it leaves work behind.
//  5. No code of the user runs under a lock: no function, no context, no error. What
//     has to be done after a section (waking waiters, ending contexts, telling observers)
//     is collected in Pool.effects and done by unlock, which ends every section.
//  6. A worker without a next task first joins the idle ones, or those on their way, and then
//     releases the goroutines that waited for its last task, outside the lock: they may
//     submit a task for it.
//
// With the build tag invariants every section ends with a look at them (invariants.go;
// invariants_off.go without it).
//
// A submit is one section, and so is the end of a task together with the start of the
// next. No worker claims tasks ahead: a pending task is in a queue, where every worker finds
// it, and Cancel needs no worker to remove it.
package sched
