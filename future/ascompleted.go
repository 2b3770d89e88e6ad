package future

import (
	"context"
	"iter"
	"math/bits"
	"reflect"
	"slices"

	"github.com/millrace-go/millrace/internal/sched"
	"github.com/millrace-go/millrace/internal/waitset"
)

// AsCompleted returns a sequence of the futures as they settle. The futures that have
// settled when the loop begins come first, in the order of the arguments; then come the
// others, in the order in which they settle. A future that is given twice is yielded
// once.
//
// Nothing happens before the loop begins, and each loop over the sequence is a run of its
// own, which reads fs as it begins. The loop ends after the last future, or when ctx ends:
// look at ctx.Err after the loop to tell the two apart. Neither the end of ctx nor break
// cancels a task or leaves anything behind. Within a loop, each future is released as it
// is yielded.
//
// In a task, the loop lends the task's slot as [Future.Await] does. If all futures that
// are left wait for that task, so that [Future.Await] would return [ErrDeadlock], the
// loop yields those that have settled and ends.
//
// The loop starts no goroutine and allocates one array for all futures. It is
// concurrent.futures.as_completed of Python, but that raises an error at a timeout, and
// this loop ends.
func AsCompleted[T any](ctx context.Context, fs ...*Future[T]) iter.Seq[*Future[T]] {
	needContext("AsCompleted", ctx)
	needFutures("AsCompleted", fs)
	return func(yield func(*Future[T]) bool) {
		completed(ctx, distinct(fs), yield)
	}
}

// completed yields fs as they settle, and lets go of each. It is a function of
// its own so that nothing in its frame refers to the caller's slice.
func completed[T any](ctx context.Context, fs []*Future[T], yield func(*Future[T]) bool) {
	set := sched.NewSet(waitset.One, len(fs), func(i int32) *sched.Task { return fs[i].cell().Task() })
	defer set.Close()
	for {
		taken, err := set.Take(ctx)
		if err != nil || len(taken) == 0 {
			return
		}
		for _, i := range taken {
			f := fs[i]
			fs[i] = nil
			if !yield(f) {
				return
			}
		}
	}
}

// distinct returns a copy of fs without the repetitions. It keeps them apart in a
// table of its own: with a map, to submit 10,000 tasks and take them as they complete
// took 22 % longer.
func distinct[T any](fs []*Future[T]) []*Future[T] {
	if inOrder(fs) {
		return slices.Clone(fs)
	}
	out := make([]*Future[T], 0, len(fs))
	width := bits.Len(uint(2 * len(fs)))
	table := make([]int32, 1<<width) // at most half full; 0, or an index of out, from 1
	for _, f := range fs {
		at := uint32(reflect.ValueOf(f).Pointer()>>4) * 0x9E3779B1 >> (32 - width) // Fibonacci hashing (Knuth)
		for table[at] != 0 && out[table[at]-1] != f {
			at = (at + 1) & (1<<width - 1)
		}
		if table[at] == 0 {
			out = append(out, f)
			table[at] = int32(len(out))
		}
	}
	return out
}

// inOrder reports whether each future was submitted after the one before it, as is usual:
// then none is there twice. (The orders of several pools have nothing to do with each other,
// but a future has one of them.)
func inOrder[T any](fs []*Future[T]) bool {
	last := uint64(0)
	for _, f := range fs {
		order := f.cell().Task().Order()
		if order <= last {
			return false
		}
		last = order
	}
	return true
}

func needFutures[T any](call string, fs []*Future[T]) {
	for _, f := range fs {
		f.task(call)
	}
}
