// Package stream builds pipelines: sources, stages and sinks over items of one
// type, with parallel stages on the slots of a pool.
//
// A [Stream] is a description. Nothing runs until a sink ([Stream.All],
// [Stream.Collect], [Stream.ForEach], [Reduce], …) runs it, and each run is
// independent of the others. The words used here (slot, window, executor, lend)
// are defined in [github.com/millrace-go/millrace].
//
// # Stages
//
// [Map], [FilterMap], [FlatMap] and [MapKeyed] run their function in parallel on
// an executor, as pool.Map does. [Stream.Buffer], [Merge], [Zip] and [Batch] with
// a wait run stages above them in goroutines of their own, which take no slots.
// All other stages run inline, in the goroutine that pulls, and cost a few
// nanoseconds an item.
//
// # Errors
//
// An error is an item: it keeps its place in the order and passes through every
// stage untouched, until [Stream.Catch] turns it into something else or a sink
// stops at it. Only All goes on after an error. The functions of stages are not
// called for errors.
//
// # The end of a run
//
// The context comes at the sink and flows up to the source; between goroutines
// it is derived, so that every stage can end the ones above it. Whatever ends a
// run (the last item, [Stream.Take], break or return in a loop body, a panic or
// [runtime.Goexit] there, an error in a sink, the end of the context), the sink
// returns when all stages have ended: then no function of the pipeline runs and
// no goroutine of it is left. So a source that blocks should watch its context:
// [FromFunc] is given it and [FromChan] watches it, while the end of a run waits
// for a sequence of [FromSeq] to come back with its current item.
//
// When the context ends before the run is complete, nothing more is delivered
// but one last error, which is [future.ErrNotDone] and wraps the context's cause.
//
// # Panics
//
// A panic of a function that a parallel stage runs on its executor is that
// item's error, a [*future.PanicError], and a Goexit [future.ErrGoexit]. All
// other functions and sources are run on behalf of the sink: their panics go on
// to the caller of the sink, after everything has ended. One that happened in
// another goroutine arrives as a [*future.PanicError] with the value and the
// stack of the panic; one in the caller's goroutine is left as it is. A Goexit
// ends the caller's goroutine.
//
// # Waiting inside a task
//
// A sink may be called inside a task of the pool its stages run on, with the
// task's context: parallel stages lend the task's slot while they wait, so that
// one worker is enough.
//
// # When not to use it
//
// For one function over one sequence pool.Map is enough, and for a slice that is
// all there pool.MapSlice. Without a parallel stage a for loop is faster to read
// and to run.
package stream
