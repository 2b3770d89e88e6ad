package work

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/alitto/pond/v2"
	"github.com/destel/rill"
	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/pool"
	"github.com/samber/lo/parallel"
	"github.com/sourcegraph/conc/iter"
	"golang.org/x/sync/errgroup"
)

// HandCut is a limit that no library can pass on a slice: the caller cuts it into one
// part for each processor.
const HandCut = "hand-cut slice"

// Sequential is the time without concurrency.
const Sequential = "sequential loop"

// A mapper maps in to out by run, on w goroutines.
type mapper struct {
	name, note string
	do         func(w int, in []int, run task) []int
}

// sliceMaps map a slice by a function that may fail, with results in order.
func sliceMaps(s Scale) []measure.Workload {
	var all []measure.Workload
	for _, size := range itemSizes(s) {
		w := measure.Workload{
			Name:  "slice/" + size.name,
			Title: fmt.Sprintf("Map over a slice of %s, %s", thousands(size.n), size.title),
			Unit:  "item",
		}
		w.Entries = append(w.Entries, mapSliceMillrace(size))
		for _, m := range sliceMappers {
			w.Entries = append(w.Entries, measure.Entry{Name: m.name, Note: m.note, Open: func() measure.Bench {
				in := numbers(size.n)
				return measure.Bench{Units: size.n, Long: isLong(m.name, size.n), Work: func() { want(sum(m.do(cores(), in, size.run)), sumTo(size.n)) }}
			}})
		}
		all = append(all, w)
	}
	return all
}

// An itemSize has the number of items of a map, and the work for each.
type itemSize struct {
	name, title string
	n           int
	run         task
	with        func(context.Context, int) (int, error) // the same, where the API gives a context
}

func itemSizes(s Scale) []itemSize {
	return []itemSize{
		// A call in between would cost as much as the work.
		{"trivial", "trivial work", s.Many, noop, func(_ context.Context, i int) (int, error) { return i, nil }},
		item("500ns", "0.5 µs of work an item", s.Many/5, 500*time.Nanosecond),
		item("1us", "1 µs of work an item", s.Many/10, time.Microsecond),
		item("50us", "50 µs of work an item", max(s.Many/500, 100), 50*time.Microsecond),
	}
}

func item(name, title string, n int, d time.Duration) itemSize {
	run := busy(d)
	return itemSize{name, title, n, run, func(_ context.Context, i int) (int, error) { return run(i) }}
}

func mapSliceMillrace(size itemSize) measure.Entry {
	return measure.Entry{Name: Millrace, Open: func() measure.Bench {
		in := numbers(size.n)
		p := pool.New(millrace.WithWorkers(cores()))
		return measure.Bench{Units: size.n, Long: isLong(Millrace, size.n), Close: func() { must(p.Close()) }, Work: func() {
			out, err := pool.MapSlice(background, p, in, size.with)
			must(err)
			want(sum(out), sumTo(size.n))
		}}
	}}
}

var sliceMappers = []mapper{
	{HandCut, "one goroutine a processor", mapHandCut},
	{Sequential, "", mapSequential},
	{"errgroup", "a task an item", mapErrgroup},
	{"conc iter", "", mapConcIter},
	{"rill", "OrderedMap", mapRill},
	{"pond ResultPool", "a group; a task an item", mapPond},
	{"lo/parallel", "a goroutine an item; no limit", mapLo},
}

func mapHandCut(w int, in []int, run task) []int {
	out := make([]int, len(in))
	errs := make([]error, w)
	var wg sync.WaitGroup
	for part := range w {
		wg.Go(func() {
			for at := part * len(in) / w; at < (part+1)*len(in)/w; at++ {
				v, err := run(in[at])
				if err != nil {
					errs[part] = err
					return
				}
				out[at] = v
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		must(err)
	}
	return out
}

func mapSequential(_ int, in []int, run task) []int {
	out := make([]int, len(in))
	for at, i := range in {
		v, err := run(i)
		must(err)
		out[at] = v
	}
	return out
}

func mapErrgroup(w int, in []int, run task) []int {
	out := make([]int, len(in))
	var g errgroup.Group
	g.SetLimit(w)
	for at, i := range in {
		g.Go(func() (err error) {
			out[at], err = run(i)
			return err
		})
	}
	must(g.Wait())
	return out
}

func mapConcIter(w int, in []int, run task) []int {
	out, err := iter.Mapper[int, int]{MaxGoroutines: w}.MapErr(in, func(i *int) (int, error) { return run(*i) })
	must(err)
	return out
}

func mapRill(w int, in []int, run task) []int {
	out, err := rill.ToSlice(rill.OrderedMap(rill.FromSlice(in, nil), w, run))
	must(err)
	return out
}

func mapPond(w int, in []int, run task) []int {
	p := pond.NewResultPool[int](w)
	defer p.StopAndWait()
	group := p.NewGroup()
	for _, i := range in {
		group.SubmitErr(func() (int, error) { return run(i) })
	}
	out, err := group.Wait()
	must(err)
	return out
}

func mapLo(_ int, in []int, run task) []int {
	outcomes := parallel.Map(in, func(i, _ int) outcome {
		v, err := run(i)
		return outcome{v, err}
	})
	out := make([]int, len(in))
	for at, o := range outcomes {
		must(o.err)
		out[at] = o.v
	}
	return out
}

func numbers(n int) []int {
	in := make([]int, n)
	for i := range in {
		in[i] = i
	}
	return in
}

func thousands(n int) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return fmt.Sprintf("%dM", n/1_000_000)
	case n >= 1_000:
		return fmt.Sprintf("%d,%03d", n/1_000, n%1_000)
	}
	return fmt.Sprint(n)
}
