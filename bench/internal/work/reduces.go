package work

import (
	"context"
	"fmt"
	"sync"

	"github.com/destel/rill"
	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/pool"
)

// A reducer adds up numbers by add, on w goroutines.
type reducer struct {
	name, note string
	open       func(w int, add func(a, b int) (int, error)) (reduce func(in []int) int, close func())
}

var reducers = []reducer{
	{Millrace, "Reduce", reduceMillrace},
	{HandCut, "one goroutine a processor", reduceHandCut},
	{Sequential, "", reduceSequential},
	{"rill", "Reduce, in any order", reduceRill},
}

// reduces fold a slice by a function of two items.
func reduces(s Scale) []measure.Workload {
	var all []measure.Workload
	for _, size := range itemSizes(s) {
		if size.name != "trivial" && size.name != "1us" {
			continue
		}
		w := measure.Workload{
			Name:  "reduce/" + size.name,
			Title: fmt.Sprintf("Reduce a slice of %s, %s", thousands(size.n), size.title),
			Unit:  "item",
		}
		add := func(a, b int) (int, error) {
			_, err := size.run(a)
			return a + b, err
		}
		for _, r := range reducers {
			w.Entries = append(w.Entries, measure.Entry{Name: r.name, Note: r.note, Open: func() measure.Bench {
				reduce, close := r.open(cores(), add)
				in := numbers(size.n)
				return measure.Bench{Units: size.n, Long: isLong(r.name, size.n), Close: close, Work: func() {
					want(reduce(in), sumTo(size.n))
				}}
			}})
		}
		all = append(all, w)
	}
	return all
}

func reduceMillrace(w int, add func(a, b int) (int, error)) (func([]int) int, func()) {
	p := pool.New(millrace.WithWorkers(w))
	return func(in []int) int {
		total, err := pool.Reduce(background, p, in, func(_ context.Context, a, b int) (int, error) { return add(a, b) })
		must(err)
		return total
	}, func() { must(p.Close()) }
}

func reduceHandCut(w int, add func(a, b int) (int, error)) (func([]int) int, func()) {
	return func(in []int) int {
		parts := make([]int, w)
		errs := make([]error, w)
		var wg sync.WaitGroup
		for part := range w {
			wg.Go(func() { parts[part], errs[part] = fold(in[part*len(in)/w:(part+1)*len(in)/w], add) })
		}
		wg.Wait()
		for _, err := range errs {
			must(err)
		}
		return sum(parts)
	}, nil
}

func reduceSequential(_ int, add func(a, b int) (int, error)) (func([]int) int, func()) {
	return func(in []int) int {
		total, err := fold(in, add)
		must(err)
		return total
	}, nil
}

func fold(in []int, add func(a, b int) (int, error)) (total int, err error) {
	for _, v := range in {
		if total, err = add(total, v); err != nil {
			return 0, err
		}
	}
	return total, nil
}

func reduceRill(w int, add func(a, b int) (int, error)) (func([]int) int, func()) {
	return func(in []int) int {
		total, _, err := rill.Reduce(rill.FromSlice(in, nil), w, add)
		must(err)
		return total
	}, nil
}
