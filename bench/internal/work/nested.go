package work

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/millrace-go/millrace/bench/internal/measure"
)

// A forker runs tasks that fork and join tasks of their own, all on one pool of
// bounded size. H is what fork leaves in the hand of who joins.
type forker[H any] interface {
	fork(ctx context.Context, run func(context.Context) int) H
	join(ctx context.Context, h H) int
	close()
}

// nested is: tasks that wait for tasks of the same pool, as many workers as
// processors. Most pools deadlock; the watchdog says which.
func nested(s Scale) []measure.Workload {
	fib := measure.Workload{
		Name: "nested/fib", Title: fmt.Sprintf("fib(%d) by fork and join on one shared pool, sequential from fib(%d) down", fibN, fibCut),
		Unit: "call",
	}
	sort := measure.Workload{
		Name: "nested/quicksort", Title: "Quicksort of " + thousands(s.Sorted) + " ints by fork and join on one shared pool, sequential from 4,096 ints down",
		Unit: "int",
	}
	data := sync.OnceValue(func() []int { return rand.New(rand.NewPCG(1, 2)).Perm(s.Sorted) })
	add(&fib, &sort, data, Millrace, "", newMillraceForker)
	add(&fib, &sort, data, "go + channel", noLimit, newGoForker)
	add(&fib, &sort, data, "errgroup", "", newErrgroupForker)
	add(&fib, &sort, data, "errgroup TryGo", "inline when the limit is reached", newTryGoForker)
	add(&fib, &sort, data, "semaphore + go", "", newSemaphoreForker)
	add(&fib, &sort, data, "conc pool", "", newConcForker)
	add(&fib, &sort, data, "pond ResultPool", "", newPondForker)
	add(&fib, &sort, data, "ants", "", newAntsForker)
	add(&fib, &sort, data, "workerpool", "", newWorkerpoolForker)
	add(&fib, &sort, data, "gopool", "", newGopoolForker)
	return []measure.Workload{fib, sort}
}

func add[H any, F forker[H]](fibs, sorts *measure.Workload, data func() []int, name, note string, open func(w int) F) {
	fibs.Entries = append(fibs.Entries, measure.Entry{Name: name, Note: note, Open: func() measure.Bench {
		f := open(cores())
		return measure.Bench{
			Units: fibCalls(fibN),
			Work:  func() { want(forkFib[H](background, f, fibN), fib(fibN)) },
			Close: f.close,
		}
	}})
	sorts.Entries = append(sorts.Entries, measure.Entry{Name: name, Note: note, Open: func() measure.Bench {
		f := open(cores())
		buffer := make([]int, len(data()))
		return measure.Bench{
			Units: len(buffer),
			Work: func() {
				copy(buffer, data())
				forkSort[H](background, f, buffer)
				want(slices.IsSorted(buffer), true)
			},
			Close: f.close,
		}
	}})
}

const (
	fibN   = 24
	fibCut = 8
)

func forkFib[H any, F forker[H]](ctx context.Context, f F, n int) int {
	if n <= fibCut {
		return fib(n)
	}
	left := f.fork(ctx, func(ctx context.Context) int { return forkFib[H](ctx, f, n-1) })
	right := f.fork(ctx, func(ctx context.Context) int { return forkFib[H](ctx, f, n-2) })
	return f.join(ctx, left) + f.join(ctx, right)
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

// fibCalls is how many calls of forkFib there are: two for each that forks.
func fibCalls(n int) int {
	if n <= fibCut {
		return 1
	}
	return 1 + fibCalls(n-1) + fibCalls(n-2)
}

const sortCut = 4_096

func forkSort[H any, F forker[H]](ctx context.Context, f F, values []int) {
	if len(values) <= sortCut {
		slices.Sort(values)
		return
	}
	at := partition(values)
	left := f.fork(ctx, func(ctx context.Context) int { forkSort[H](ctx, f, values[:at]); return 0 })
	right := f.fork(ctx, func(ctx context.Context) int { forkSort[H](ctx, f, values[at:]); return 0 })
	f.join(ctx, left)
	f.join(ctx, right)
}

// partition splits around the middle value: after it, no value of values[:at] is
// greater than any of values[at:], and neither part is empty.
func partition(values []int) (at int) {
	pivot := values[(len(values)-1)/2]
	i, j := -1, len(values)
	for {
		for i++; values[i] < pivot; i++ {
		}
		for j--; values[j] > pivot; j-- {
		}
		if i >= j {
			return j + 1
		}
		values[i], values[j] = values[j], values[i]
	}
}
