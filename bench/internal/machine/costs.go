package machine

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Cost is the time that the machine itself takes for a basic operation. Costs
// explain why figures of two machines differ.
type Cost struct {
	Name  string
	Unit  string // "ns", or "times"
	Value float64
}

// Measure returns the costs that are known to differ between machines. Each one is
// the median of as many samples as fit into the given time.
func Measure(each time.Duration) []Cost {
	var costs []Cost
	add := func(name, unit string, once func() float64) {
		costs = append(costs, Cost{name, unit, median(each, once)})
	}
	if runtime.GOMAXPROCS(0) > 1 {
		add("two goroutines of 1 ms, over one", "times", func() float64 { return twoOverOne(time.Millisecond) })
		add("two goroutines of 20 ms, over one", "times", func() float64 { return twoOverOne(20 * time.Millisecond) })
		add("a go statement, until an idle processor runs it", "ns", goElsewhere)
		if futexWake != nil {
			add("a futex wake, for the caller", "ns", futexWake)
		}
	}
	add("mutex, lock and unlock", "ns", lockPair)
	add("atomic add", "ns", atomicAdd)
	add("clock read", "ns", clockRead)
	add("hop over an unbuffered channel", "ns", hop)
	add("go statement and channel", "ns", goAndChannel)
	return costs
}

// median calls once for the given time, and at least five times.
func median(d time.Duration, once func() float64) float64 {
	var values []float64
	for start := time.Now(); len(values) < 5 || time.Since(start) < d; {
		values = append(values, once())
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// twoOverOne is how much longer two goroutines take than one that does the work of
// each: 1 if two cores are at work at once, 2 if the system keeps both on one core.
// It begins after a pause, as a burst of tasks does in a program that waits for I/O.
func twoOverOne(d time.Duration) float64 {
	rounds := int(float64(d) / perRound())
	time.Sleep(2 * time.Millisecond)
	start := time.Now()
	turn(rounds)
	one := time.Since(start)
	time.Sleep(2 * time.Millisecond)
	start = time.Now()
	var other sync.WaitGroup
	other.Go(func() { turn(rounds) })
	turn(rounds)
	other.Wait()
	return float64(time.Since(start)) / float64(one)
}

//go:noinline
func turn(rounds int) {
	x := uint64(1)
	for range rounds {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	runtime.KeepAlive(x)
}

// perRound is the time of one round of turn in nanoseconds, when nobody disturbs it.
var perRound = sync.OnceValue(func() float64 {
	const rounds = 20_000
	fastest := time.Hour
	for range 30 {
		start := time.Now()
		turn(rounds)
		fastest = min(fastest, time.Since(start))
	}
	return float64(fastest) / rounds
})

// goElsewhere keeps its own processor busy, so that another one has to wake up.
func goElsewhere() float64 {
	time.Sleep(300 * time.Microsecond)
	var took atomic.Int64
	start := time.Now()
	go func() { took.Store(int64(time.Since(start))) }()
	for took.Load() == 0 {
	}
	return float64(took.Load())
}

// perCall returns the time of one of n calls in nanoseconds.
func perCall(n int, calls func()) float64 {
	start := time.Now()
	calls()
	return float64(time.Since(start).Nanoseconds()) / float64(n)
}

func lockPair() float64 {
	const n = 20_000
	var mu sync.Mutex
	count := 0
	return perCall(n, func() {
		for range n {
			mu.Lock()
			count++
			mu.Unlock()
		}
	})
}

func atomicAdd() float64 {
	const n = 20_000
	var sum atomic.Int64
	return perCall(n, func() {
		for range n {
			sum.Add(1)
		}
	})
}

func clockRead() float64 {
	const n = 5_000
	start := time.Now()
	return perCall(n, func() {
		for range n {
			runtime.KeepAlive(time.Since(start))
		}
	})
}

func hop() float64 {
	const n = 500
	there, back := make(chan int), make(chan int)
	go func() {
		for range n {
			back <- <-there
		}
	}()
	return perCall(2*n, func() {
		for i := range n {
			there <- i
			<-back
		}
	})
}

func goAndChannel() float64 {
	const n = 500
	return perCall(n, func() {
		for i := range n {
			result := make(chan int, 1)
			go func() { result <- i }()
			<-result
		}
	})
}
