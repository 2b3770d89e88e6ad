package work

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A task is the function that every entry has to run: it takes some time, and
// returns i.
type task func(i int) (int, error)

func noop(i int) (int, error) { return i, nil }

// busy returns a task that computes for about d.
func busy(d time.Duration) task {
	rounds := int(float64(d.Nanoseconds()) / nsPerRound())
	return func(i int) (int, error) {
		spin(rounds)
		return i, nil
	}
}

// sleepy returns a task that waits as one for I/O does: one in ten takes ten
// times as long. Shorter sleeps than a millisecond would measure the timer.
func sleepy(i int) (int, error) {
	d := time.Millisecond
	if i%10 == 0 {
		d *= 10
	}
	time.Sleep(d)
	return i, nil
}

// spin computes something that no compiler can leave out and no cache can slow.
//
//go:noinline
func spin(rounds int) {
	x := uint64(88172645463325252)
	for range rounds {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	runtime.KeepAlive(x)
}

// nsPerRound is the time of one round of spin on this machine when nobody
// disturbs it: the fastest of many tries, once a process.
var nsPerRound = sync.OnceValue(func() float64 {
	const rounds = 20_000
	fastest := time.Hour
	for range 30 {
		start := time.Now()
		spin(rounds)
		fastest = min(fastest, time.Since(start))
	}
	return float64(fastest.Nanoseconds()) / rounds
})

// An outcome is a result with its error, to be sent over a channel.
type outcome struct {
	v   int
	err error
}

// A collector holds the results for peers that return none: a place for each result,
// the first error, and a WaitGroup. Their users write the like.
type collector struct {
	sync.WaitGroup
	results []int
	failed  atomic.Pointer[error]
}

func newCollector(n int) *collector { return newCollectorOf(make([]int, n)) }

func newCollectorOf(results []int) *collector {
	c := &collector{results: results}
	c.Add(len(results))
	return c
}

// do runs the task with number i and keeps its result at place at.
func (c *collector) do(run task, at, i int) {
	defer c.Done()
	v, err := run(i)
	if err != nil {
		c.fail(err)
	}
	c.results[at] = v
}

// fail keeps the first error. It is a function of its own because do would allocate
// an error for every task if it took the address of its own one.
//
//go:noinline
func (c *collector) fail(err error) { c.failed.CompareAndSwap(nil, &err) }

// sum waits for all tasks and adds up their results.
func (c *collector) sum() int {
	c.Wait()
	if err := c.failed.Load(); err != nil {
		panic(*err)
	}
	return sum(c.results)
}

func sum(values []int) int {
	total := 0
	for _, v := range values {
		total += v
	}
	return total
}
