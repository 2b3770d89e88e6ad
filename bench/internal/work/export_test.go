package work

import "time"

// For tests of the units that workloads are made of.
var (
	Fib       = fib
	FibCalls  = fibCalls
	Partition = partition
	SumTo     = sumTo
	SumEven   = sumEven
	Thousands = thousands
	CountTo   = countTo
)

// Busy runs a task that computes for about d.
func Busy(d time.Duration, i int) (int, error) { return busy(d)(i) }

// HandCutMap maps by a function that may fail.
func HandCutMap(w int, in []int, run func(int) (int, error)) []int { return mapHandCut(w, in, run) }

// Collect runs functions as the user of a peer without results does, and adds up
// their results.
func Collect(runs ...func(int) (int, error)) int {
	c := newCollector(len(runs))
	for i, run := range runs {
		go c.do(run, i, i)
	}
	return c.sum()
}

// Collecting returns a function that does an empty task through a collector, up to n
// times.
func Collecting(n int) func() {
	c := newCollector(n + 1)
	return func() { c.do(noop, 0, 0) }
}

// WeightGuard returns a task that checks the bound of weight while it calls run.
func WeightGuard(run func(int) (int, error)) func(int) (int, error) { return new(load).guard(run) }

// WeightOf is the weight of a task.
var WeightOf = weightOf
