package measure_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/stretchr/testify/require"
)

// logged makes an entry of work that takes d, in units of two, and logs its name.
func logged(log *[]string, name string, d time.Duration) measure.Entry {
	return measure.Entry{Name: name, Open: func() measure.Bench {
		return measure.Bench{Units: 2, Work: func() {
			*log = append(*log, name)
			time.Sleep(d)
		}}
	}}
}

// runTwo runs entries of 10 and 30 ms, and returns the order of their work: each
// sample has one to warm up, and one that is measured.
func runTwo(t *testing.T, c measure.Config, failures map[string]string) (order []string, r measure.Result) {
	synctest.Test(t, func(*testing.T) {
		w := measure.Workload{Name: "w", Unit: "task", Entries: []measure.Entry{
			logged(&order, "a", 10*time.Millisecond), logged(&order, "b", 30*time.Millisecond),
		}}
		r = measure.Run(w, failures, c)
	})
	return order, r
}

func TestRunTakesTurns(t *testing.T) {
	order, r := runTwo(t, measure.Config{Rounds: 2, Limit: time.Minute}, nil)
	require.Equal(t, []string{"a", "a", "b", "b", "b", "b", "a", "a"}, order, "each round begins with another one")
	require.Equal(t, "ns/task", r.Metrics[0].Unit)
	for i, want := range []float64{5e6, 15e6} { // half of the work's time: it has two units
		require.Len(t, r.Entries[i].Samples, 2)
		require.InDelta(t, want, r.Entries[i].Value(measure.Time).Median, 1e3)
	}
}

func TestRunSetsProcessors(t *testing.T) {
	before, during := runtime.GOMAXPROCS(0), 0
	w := measure.Workload{Name: "w", Unit: "task", Procs: before + 1, Entries: []measure.Entry{{Name: "a", Open: func() measure.Bench {
		return measure.Bench{Units: 1, Work: func() { during = runtime.GOMAXPROCS(0) }}
	}}}}
	measure.Run(w, nil, measure.Config{Rounds: 1, Limit: time.Minute})
	require.Equal(t, before+1, during)
	require.Equal(t, before, runtime.GOMAXPROCS(0), "afterwards")

	during = 0
	require.True(t, measure.Once([]measure.Workload{w}, "w", "a"))
	require.Equal(t, before+1, during, "in a probe")
	require.Equal(t, before, runtime.GOMAXPROCS(0), "after a probe")
}

func TestRunLeavesFailuresOut(t *testing.T) {
	order, r := runTwo(t, measure.Config{Rounds: 1, Limit: time.Minute}, map[string]string{"a": measure.Deadlocks})
	require.Equal(t, []string{"b", "b"}, order)
	require.Equal(t, measure.Deadlocks, r.Entry("a").Failure)
	require.False(t, r.Entry("a").OK())
}

// A round takes 80 ms, so that the third begins after the budget; two are due.
func TestRunStopsWhenItsBudgetIsSpent(t *testing.T) {
	steps := 0
	c := measure.Config{Rounds: 9, Fewest: 2, Budget: 100 * time.Millisecond, Limit: time.Minute,
		Progress: func(measure.Step) { steps++ }}
	_, r := runTwo(t, c, nil)
	require.Len(t, r.Entry("a").Samples, 2)
	require.Len(t, r.Entry("b").Samples, 2)
	require.Equal(t, 18, steps, "steps of progress, with those there was no time for")
}

func TestRunRepeatsShortWork(t *testing.T) {
	order, _ := runTwo(t, measure.Config{Rounds: 1, Sample: 100 * time.Millisecond, Limit: time.Minute}, nil)
	count := map[string]int{}
	for _, name := range order {
		count[name]++
	}
	require.Equal(t, map[string]int{"a": 2 + 10, "b": 2 + 3}, count, "warm-up, a look at how long it takes, and what fits")
}

func TestRunWarmsLongWorkUpOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := 0
		w := measure.Workload{Unit: "task", Entries: []measure.Entry{{Name: "a", Open: func() measure.Bench {
			return measure.Bench{Units: 1, Long: true, Work: func() { count++; time.Sleep(time.Second) }}
		}}}}
		measure.Run(w, nil, measure.Config{Rounds: 3, Sample: time.Millisecond, Limit: time.Minute})
		require.Equal(t, 1+3, count)
	})
}

func TestRunGivesUpOnWorkThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		w := measure.Workload{Name: "w", Unit: "task", Hangs: "-", Entries: []measure.Entry{
			{Name: "stuck", Open: func() measure.Bench { return measure.Bench{Units: 1, Work: func() { <-release }} }},
			{Name: "fine", Open: func() measure.Bench { return measure.Bench{Units: 1, Work: func() {}} }},
		}}
		r := measure.Run(w, nil, measure.Config{Rounds: 2, Limit: time.Second})
		require.Equal(t, "-", r.Entry("stuck").Failure)
		require.Empty(t, r.Entry("stuck").Samples)
		require.Len(t, r.Entry("fine").Samples, 2)
		close(release)
	})
}

func TestRunCountsAllocations(t *testing.T) {
	var sink []byte
	w := measure.Workload{Unit: "task", Entries: []measure.Entry{{Name: "a", Open: func() measure.Bench {
		return measure.Bench{Units: 1, Work: func() {
			for range 1_000 {
				sink = make([]byte, 1<<10)
			}
		}}
	}}}}
	r := measure.Run(w, nil, measure.Config{Rounds: 1, Limit: time.Minute})
	require.Len(t, sink, 1<<10)
	require.InDelta(t, 1_000, r.Entries[0].Value(measure.Allocs).Median, 20)
	require.InDelta(t, 1_000<<10, r.Entries[0].Value(measure.Bytes).Median, 20<<10)
}
