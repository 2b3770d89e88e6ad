// Package stream builds pipelines: sources, stages and sinks over items of one
// type, with parallel stages that run on the slots of a pool.
//
//	total, err := stream.FromSlice(paths).
//		Map(p, load).
//		FilterMap(p, decode).
//		Reduce(ctx, 0, count)
//
// Stages and sinks that change the type of the items are methods with Go 1.27, the first
// version with generic methods. In Go 1.26 they are functions, which take the stream as
// their first argument, or after the context:
//
//	files := stream.Map(stream.FromSlice(paths), p, load)
//	entries := stream.FilterMap(files, p, decode)
//	total, err := stream.Reduce(ctx, entries, 0, count)
//
// [Batch], [Enumerate], [Zip] and [Flatten] are functions in both, because the language
// does not allow them as methods; and so are [Concat] and [Merge], whose streams are equals.
//
// A [Stream] is a description. Nothing runs until a sink ([Stream.All],
// [Stream.Collect], [Stream.ForEach], [Reduce], …) runs it, and each run is
// independent of the others. Package [github.com/millrace-go/millrace] defines
// the words used here: slot, window, executor, lend.
//
//	FromSeq --|--> Map --> Filter --|--> Batch --> ForEach
//	producer  |    producer         |    the caller of the sink
//	               (fn: slots)
//
//	items and errors go down -->
//	<-- contexts go up: the end of a stage ends the stages above it
//
// A boundary, drawn as a bar, lies between two goroutines. The stages above it, up to
// the next boundary, run in a goroutine of their own, the producer. The stages below the
// last boundary run in the caller of the sink.
//
// # Stages
//
// There are three kinds of stages:
//
//   - Parallel: [Map], [FilterMap], [FlatMap], [MapKeyed] and [ReduceByKey] run
//     their function on the slots of an executor, as pool.Map does. A producer,
//     which takes no slot, pulls their items.
//   - With a producer, but without slots: [Stream.Buffer], [Merge], [Zip], and [Batch]
//     with a wait of 0 or more.
//   - Inline: all others run in the goroutine that pulls, and cost a few
//     nanoseconds for each item.
//
// # Errors
//
// An error is an item. It keeps its place in the order and passes through every
// stage untouched, until [Stream.Catch] turns it into something else or a sink
// stops at it. Stages do not call their functions for errors. [Stream.All] and
// [ToChan] go on after an error; every other sink returns the first one.
//
// # The end of a run
//
// The context is given to the sink, and reaches every function and source above
// it. Each boundary derives a context of its own, so that a stage can end those above. A run
// ends with its last item, with [Stream.Take], with break or return in a loop
// body, with a panic or [runtime.Goexit] there, with an error in a sink, or with
// its context. In each case the sink returns when all stages have ended: then no
// function of the pipeline runs, and no goroutine of it is left.
//
// So a source that blocks should watch its context. [FromFunc] and [From] are
// given one that ends with the run, and [FromChan] watches it. The end of a run
// waits until a sequence of [FromSeq] has produced its current item.
//
// When the context ends before the run is complete, one last error is delivered,
// and nothing else. It is [future.ErrNotDone] and wraps the context's cause.
//
// # Panics
//
// A panic of a function that a parallel stage runs on its executor is that
// item's error, a [*future.PanicError]; a Goexit is [future.ErrGoexit]. All other
// functions and sources run on behalf of the sink: their panics go on to the
// caller of the sink after everything has ended. A panic that happened in another
// goroutine arrives as a [*future.PanicError] with its value and stack; one in
// the caller's goroutine arrives as it is. A Goexit ends the caller's goroutine.
//
// # Waiting inside a task
//
// A task may call a sink, with the task's context, also if the stages run on the
// task's own pool. The sink lends the task's slot while it waits for parallel stages,
// so one worker is enough.
//
// # When not to use it
//
// For one function over one sequence pool.Map is enough, and for a slice that is
// complete pool.MapSlice. Without a parallel stage a for loop is easier to read
// and faster.
package stream

// What is in which file:
//
//	what a stream is: a function to pass on items  stream.go
//	sources                                        source.go, source_context.go
//	inline stages                                  inline.go, take.go, enumerate.go
//	stages with a producer                         buffer.go, batch.go, merge.go, zip.go
//	parallel stages                                map.go; by package parallel: stage.go
//	sinks                                          sink.go, reduce.go, tochan.go, tochan_go126.go
//	methods of Go 1.27                             methods_go127.go
//	a boundary between two goroutines              boundary.go
//	  an item at a time; room for n; a batch       handoff.go; queue.go; accumulator.go
//	wrong arguments; what is inlined               check.go; inlining.go
