package work_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/bench/internal/work"
	"github.com/stretchr/testify/require"
)

func TestSums(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 100} {
		all, even := 0, 0
		for i := range work.CountTo(n) {
			all += i
			if i%2 == 0 {
				even += i
			}
		}
		require.Equal(t, all, work.SumTo(n), "SumTo(%d)", n)
		require.Equal(t, even, work.SumEven(n), "SumEven(%d)", n)
	}
}

func TestFib(t *testing.T) {
	require.Equal(t, 46_368, work.Fib(24))
	for n, want := range map[int]int{8: 1, 9: 3, 10: 5, 11: 9} {
		require.Equal(t, want, work.FibCalls(n), "FibCalls(%d)", n)
	}
}

func TestPartitionSplits(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2_000 {
		values := make([]int, 2+random.IntN(30))
		for i := range values {
			values[i] = random.IntN(10) // with equal ones
		}
		before := slices.Sorted(slices.Values(values))
		at := work.Partition(values)
		require.Positive(t, at)
		require.Less(t, at, len(values))
		require.LessOrEqual(t, slices.Max(values[:at]), slices.Min(values[at:]), "%v at %d", values, at)
		require.Equal(t, before, slices.Sorted(slices.Values(values)))
	}
}

// The least of many tries has nothing but the work itself in it. How fast the processor
// is may have changed since that was measured.
func TestBusyTakesItsTime(t *testing.T) {
	const d = 50 * time.Microsecond
	least := time.Hour
	for i := range 200 {
		start := time.Now()
		v, err := work.Busy(d, i)
		least = min(least, time.Since(start))
		require.NoError(t, err)
		require.Equal(t, i, v)
	}
	require.Greater(t, least, d/4)
	require.Less(t, least, 4*d)
}

func TestErrorsAreHandedOver(t *testing.T) {
	failure := errors.New("failure")
	fine := func(i int) (int, error) { return i + 1, nil }
	fails := func(int) (int, error) { return 0, failure }
	require.Equal(t, 1+2+3, work.Collect(fine, fine, fine))
	require.PanicsWithValue(t, failure, func() { work.Collect(fine, fails, fine) })
	require.Equal(t, []int{1, 2, 3}, work.HandCutMap(2, []int{0, 1, 2}, fine))
	require.PanicsWithValue(t, failure, func() { work.HandCutMap(2, []int{0, 1, 2}, fails) })
}

// An allocation of the harness would slow the peers that allocate nothing themselves.
func TestCollectorAllocatesNothing(t *testing.T) {
	require.Zero(t, testing.AllocsPerRun(100, work.Collecting(100)))
}

// A task of weight 8 that runs two of weight 8 inside itself is one too many.
func TestWeightGuardSeesWhatIsTooHeavy(t *testing.T) {
	const heavy = 7
	require.Equal(t, int64(8), work.WeightOf(heavy))
	depth := 0
	var task func(int) (int, error)
	task = work.WeightGuard(func(i int) (int, error) {
		if depth--; depth > 0 {
			return task(i)
		}
		return i, nil
	})
	depth = 2
	v, err := task(heavy)
	require.NoError(t, err)
	require.Equal(t, heavy, v)
	depth = 3
	require.Panics(t, func() { _, _ = task(heavy) })
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{999: "999", 1_000: "1,000", 100_000: "100,000", 1_000_000: "1M", 20_050: "20,050"} {
		require.Equal(t, want, work.Thousands(n))
	}
}
