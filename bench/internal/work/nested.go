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
// bounded size. In is the input of a task, H the handle that fork returns.
type forker[In, H any] interface {
	fork(ctx context.Context, in In) H
	join(ctx context.Context, h H) int
	close()
}

// A body is the function that a forker's tasks call with their inputs.
type body[In any] func(ctx context.Context, in In) int

// nested runs tasks that wait for tasks of the same pool, with as many workers as
// processors. Most pools deadlock; the watchdog finds out which.
//
// Each task forks one half, does the other half itself, and joins the first, as fork
// and join is usually written. The first call is a task, too.
func nested(s Scale) []measure.Workload {
	return []measure.Workload{
		nestedFibs(),
		nestedSorts("nested/quicksort", s.Sorted, 4_096),
		nestedSorts("nested/quicksort/fine", s.Sorted/10, 12), // as small as slices.Sort has parts
	}
}

func nestedFibs() measure.Workload {
	w := measure.Workload{
		Name: "nested/fib", Title: fmt.Sprintf("fib(%d) by fork and join on one shared pool, sequential from fib(%d) down", fibN, fibCut),
		Unit: "call",
	}
	w.Entries = []measure.Entry{
		forkFibs(Millrace, "Submit, Await", newMillraceForker[int]),
		joinFibs(),
		forkFibs("go + channel", noLimit, newGoForker[int]),
		forkFibs("pond ResultPool", "", newPondForker[int]),
	}
	for _, st := range chanStarters {
		w.Entries = append(w.Entries, forkFibs(st.name, st.note, newChanForker[int](st.open)))
	}
	return w
}

// nestedSorts sorts n random ints; parts of cut ints or less are not forked.
func nestedSorts(name string, n, cut int) measure.Workload {
	w := measure.Workload{
		Name: name,
		Title: fmt.Sprintf("Quicksort of %s ints by fork and join on one shared pool, sequential from %s ints down",
			thousands(n), thousands(cut)),
		Unit: "int",
	}
	data := sync.OnceValue(func() []int { return rand.New(rand.NewPCG(1, 2)).Perm(n) })
	w.Entries = []measure.Entry{
		forkSorts(Millrace, "Submit, Await", data, cut, newMillraceForker[[]int]),
		joinSorts(data, cut),
		forkSorts("go + channel", noLimit, data, cut, newGoForker[[]int]),
		forkSorts("pond ResultPool", "", data, cut, newPondForker[[]int]),
	}
	for _, st := range chanStarters {
		w.Entries = append(w.Entries, forkSorts(st.name, st.note, data, cut, newChanForker[[]int](st.open)))
	}
	return w
}

func forkFibs[H any, F forker[int, H]](name, note string, open func(w int, do body[int]) F) measure.Entry {
	return measure.Entry{Name: name, Note: note, Open: func() measure.Bench {
		var f F
		f = open(cores(), func(ctx context.Context, n int) int { return forkFib[H](ctx, f, n) })
		return measure.Bench{
			Units: fibCalls(fibN),
			Work:  func() { want(f.join(background, f.fork(background, fibN)), fib(fibN)) },
			Close: f.close,
		}
	}}
}

func forkSorts[H any, F forker[[]int, H]](name, note string, data func() []int, cut int, open func(w int, do body[[]int]) F) measure.Entry {
	return measure.Entry{Name: name, Note: note, Open: func() measure.Bench {
		var f F
		f = open(cores(), func(ctx context.Context, values []int) int { return forkSort[H](ctx, f, values, cut) })
		return sorting(data(), func(values []int) { f.join(background, f.fork(background, values)) }, f.close)
	}}
}

// sorting copies the data and sorts the copy.
func sorting(data []int, sort func([]int), close func()) measure.Bench {
	buffer := make([]int, len(data))
	return measure.Bench{Units: len(data), Close: close, Work: func() {
		copy(buffer, data)
		sort(buffer)
		want(slices.IsSorted(buffer), true)
	}}
}

const (
	fibN   = 24
	fibCut = 8
)

func forkFib[H any, F forker[int, H]](ctx context.Context, f F, n int) int {
	if n <= fibCut {
		return fib(n)
	}
	left := f.fork(ctx, n-1)
	right := forkFib[H](ctx, f, n-2)
	return f.join(ctx, left) + right
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

func forkSort[H any, F forker[[]int, H]](ctx context.Context, f F, values []int, cut int) int {
	if len(values) <= cut {
		slices.Sort(values)
		return 0
	}
	at := partition(values)
	left := f.fork(ctx, values[:at])
	forkSort[H](ctx, f, values[at:], cut)
	return f.join(ctx, left)
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
