package work

import (
	"context"
	"fmt"
	"sync"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/pool"
	"github.com/samber/lo/parallel"
	"github.com/sourcegraph/conc/iter"
	"golang.org/x/sync/errgroup"
)

// A ranger calls run for 0 … n-1 on w goroutines, and keeps the results.
type ranger struct {
	name, note string
	do         func(w int, out []int, run task)
}

var rangers = []ranger{
	{HandCut, "one goroutine a processor", rangeHandCut},
	{Sequential, "", rangeSequential},
	{"errgroup", "a task an item", rangeErrgroup},
	{"conc iter", "ForEachIdx", rangeConc},
	{"lo/parallel", "Times: a goroutine an item; no limit", rangeLo},
}

// ranges call a function for each index up to n.
func ranges(s Scale) []measure.Workload {
	var all []measure.Workload
	for _, size := range itemSizes(s) {
		if size.name != "trivial" && size.name != "1us" {
			continue
		}
		w := measure.Workload{
			Name:  "range/" + size.name,
			Title: fmt.Sprintf("Call a function for 0 to %s, %s", thousands(size.n), size.title),
			Unit:  "item",
		}
		w.Entries = append(w.Entries, rangeMillrace(size))
		for _, r := range rangers {
			w.Entries = append(w.Entries, measure.Entry{Name: r.name, Note: r.note, Open: func() measure.Bench {
				out := make([]int, size.n)
				return measure.Bench{Units: size.n, Long: isLong(r.name, size.n), Work: func() {
					clear(out)
					r.do(cores(), out, size.run)
					want(sum(out), sumTo(size.n))
				}}
			}})
		}
		all = append(all, w)
	}
	return all
}

func rangeMillrace(size itemSize) measure.Entry {
	return measure.Entry{Name: Millrace, Note: "ForN", Open: func() measure.Bench {
		p := pool.New(millrace.WithWorkers(cores()))
		out := make([]int, size.n)
		return measure.Bench{Units: size.n, Long: isLong(Millrace, size.n), Close: func() { must(p.Close()) }, Work: func() {
			clear(out)
			must(pool.ForN(background, p, size.n, func(ctx context.Context, i int) (err error) {
				out[i], err = size.run(i)
				return err
			}))
			want(sum(out), sumTo(size.n))
		}}
	}}
}

func rangeHandCut(w int, out []int, run task) {
	errs := make([]error, w)
	var wg sync.WaitGroup
	for part := range w {
		wg.Go(func() {
			for i := part * len(out) / w; i < (part+1)*len(out)/w; i++ {
				v, err := run(i)
				if err != nil {
					errs[part] = err
					return
				}
				out[i] = v
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		must(err)
	}
}

func rangeSequential(_ int, out []int, run task) {
	for i := range out {
		v, err := run(i)
		must(err)
		out[i] = v
	}
}

func rangeErrgroup(w int, out []int, run task) {
	var g errgroup.Group
	g.SetLimit(w)
	for i := range out {
		g.Go(func() (err error) {
			out[i], err = run(i)
			return err
		})
	}
	must(g.Wait())
}

// rangeConc iterates over the results, since conc has nothing for a bare range.
func rangeConc(w int, out []int, run task) {
	c := newCollectorOf(out)
	iter.Iterator[int]{MaxGoroutines: w}.ForEachIdx(out, func(i int, _ *int) { c.do(run, i, i) })
	c.sum()
}

func rangeLo(_ int, out []int, run task) {
	for i, o := range parallel.Times(len(out), func(i int) outcome {
		v, err := run(i)
		return outcome{v, err}
	}) {
		must(o.err)
		out[i] = o.v
	}
}
