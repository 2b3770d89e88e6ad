// Package taskctx holds the contexts of running tasks.
//
//	Block ── parent    what the tasks were submitted with
//	      ── bounds    contexts whose end is the tasks' end, too: the pool's, groups'
//	      ── ended     items before this one have ended
//	      ── loop      says how far it is with items behind those
//	      ── looked    a real context was made
//	      ── made ──▶  real contexts of the items that asked for one
//	      └─ items     one byte each: the contexts that the tasks get
//
// The naive way is a context for each task. It costs more than a trivial task
// takes, and most tasks never look at theirs. So a goroutine that runs tasks one
// after another below one context takes their contexts from a [Block]: each is
// a byte, which holds its own place in the block. Only an item that is asked for
// Done, or is derived from, or ended early, gets a context of the standard
// library, and that answers everything from then on.
//
// One context for all of them would be wrong: a context that was kept must have
// ended when its task has, whatever the next one is doing.
//
//	the context that a task gets                    item.go
//	the contexts of what one goroutine runs         block.go, source.go
//	contexts that end tasks, beside their own       bound.go
//	a goroutine that runs one item after another    loop.go
//	the values of a worker, of WithInit             base.go
//	chains of tasks, by context.WithoutCancel       detach.go, unwrap.go
//	real contexts, for those derived from them      deep.go, heard.go
//	the innermost task that a context ends with     above.go
//	values of one context above those of another    adopted.go
//	pprof labels                                    labels.go
//	pointers from an item to its block              unsafe.go
//
// # Why an item that has ended is never left alive
//
// End stores ended, then loads looked. A goroutine that makes or finds a real context stores or
// has loaded looked, puts the context into made or finds it there, then loads ended. All
// are sequentially consistent, so one of the two sees the other, and cancels.
//
// A loop over items has a word of its own that it moves before each item. That word
// is in the place of ended then: two such stores an item cost a trivial one twice as
// much as one.
package taskctx
