// Package work has the workloads. Each entry does its work in the way that the
// documentation of its library shows.
//
// All entries of a workload get the same tasks, have the same limit and hand over
// every result and every error, unless their notes say otherwise. The sum of the
// results is checked. The tasks of a peer without results write them into a slice, as
// its users do.
package work

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/millrace-go/millrace/bench/internal/measure"
)

// Millrace is the name of its first entry in every workload, and the beginning of
// the names of its others.
const Millrace = "millrace"

// Cancelable is the name of millrace's entry under a context that can end.
const Cancelable = Millrace + ", cancelable"

// Joining is the name of millrace's entry that forks and joins by Join.
const Joining = Millrace + ", Join"

// A Scale says how much of everything there is to do.
type Scale struct {
	Many    int           // trivial items of a map
	Pending int           // tasks that are pending at once
	Cancel  int           // of them, how many are cancelled
	Grown   int           // tasks through a pool before it is closed
	Sorted  int           // ints to sort
	Slow    int           // items of the slow source
	Idle    time.Duration // how long a pool is left alone
	Tail    time.Duration // how long the load of the tail latency lasts
}

// Full is the scale of results.
var Full = Scale{
	Many:    1_000_000,
	Pending: 1_000_000,
	Cancel:  100_000,
	Grown:   100_000,
	Sorted:  1_000_000,
	Slow:    200,
	Idle:    3 * time.Second,
	Tail:    300 * time.Millisecond,
}

// Quick shows that everything runs. Its figures mean nothing.
var Quick = Scale{
	Many:    20_000,
	Pending: 10_000,
	Cancel:  5_000,
	Grown:   5_000,
	Sorted:  50_000,
	Slow:    10,
	Idle:    20 * time.Millisecond,
	Tail:    20 * time.Millisecond,
}

// All returns every workload, in the order of the report. HandCut and Sequential
// are in it to compare with; they are no peers.
func All(s Scale) []measure.Workload {
	var all []measure.Workload
	for _, family := range [][]measure.Workload{
		submits(), producers(), completed(), options(), nested(s),
		sliceMaps(s), sequenceMaps(s), uneven(), pipelines(s), inline(s), slow(s),
		ranges(s), reduces(s), reducesByKey(s), first(), requests(),
		weighted(), observes(), tail(s), cancels(s), pendings(s), idle(s), kept(s),
	} {
		all = append(all, family...)
	}
	for _, w := range all {
		for i := range w.Entries {
			e := &w.Entries[i]
			e.Reference = e.Name == HandCut || e.Name == Sequential
		}
	}
	return append(all, onOneProcessor(all)...)
}

// onOneProcessor returns the workloads that have bounds at GOMAXPROCS=1, set so.
func onOneProcessor(all []measure.Workload) []measure.Workload {
	var ones []measure.Workload
	for _, w := range all {
		if slices.ContainsFunc(Bounds, func(b measure.Bound) bool { return b.Workload == w.Name+atOne }) {
			w.Name, w.Title, w.Procs = w.Name+atOne, w.Title+", at GOMAXPROCS=1", 1
			ones = append(ones, w)
		}
	}
	return ones
}

// atOne is how the names of workloads at GOMAXPROCS=1 end.
const atOne = "@1"

// cores is the number of workers of a pool for computation.
func cores() int { return runtime.GOMAXPROCS(0) }

var background = context.Background()

// must panics with an error that no workload has: a wrong result is no result.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func want[T comparable](got, want T) {
	if got != want {
		panic(fmt.Sprintf("bench: got %v, want %v", got, want))
	}
}

// sumTo is the sum of 0 … n-1.
func sumTo(n int) int { return n * (n - 1) / 2 }
