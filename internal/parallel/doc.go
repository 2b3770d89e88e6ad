// Package parallel runs a function over many items on the slots of a pool:
// pool.Map, MapSlice, ForEach and ForN, and the parallel stages of package stream.
// Those packages are its fronts.
//
//	           feeder          runners              the caller
//	input ---> source ---> claim, fn(item) ---> sink ---> loop body
//	              |                               |
//	              +-- pulled <= delivered + window+
//
// A run is a function with a source, a sink, and runners between them:
//
//	loop     what all runs have in common: how far one is,     loop.go
//	         how it ends, and where its parties park           park.go
//	feeder   ranges over the input, in its own goroutine       feed.go
//	runner   claims items and runs them                        runner.go, run.go
//	item     an item that is a task of its own                 item.go
//
//	source   buffer: a sequence, as far as it was pulled       feed.go
//	         keyed: the same, where items wait for a turn      keyed.go
//	         tasks: the same, where items are tasks            item.go
//	         whole, naturals: all that there is                bulk.go
//	sink     results: a ring, in order or as completed         results.go
//	         flat: mailboxes of sequences of results           flat.go
//	         tally: a count, and perhaps a slice               tally.go
//	         winner: the first success                         first.go
//
// The calls that set up runs are in map.go; those over slices, which decide how fast a trivial
// item is, in bulk.go. What a run is told is in config.go, and what observers see of it in
// observe.go. inlining.go is for the compiler alone.
//
// A runner is a task of the pool that claims items one by one, see package claim, and
// runs them for as long as there are any. Each party publishes every item at once and
// wakes those that wait for it, but takes as many as there are: nothing waits for a
// batch to fill, and nobody is woken for each item while there is more to do.
package parallel
