//go:build unix

package pool_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// BenchmarkScale is what the package documentation says of scale. As many producers as
// processors submit batches to one pool and await them. cpu-ns/task is processor time
// without the work of the task itself, which a busy machine does not falsify;
// waits/task is how often a goroutine found the pool's lock held and had to wait.
//
//	go test -run '^$' -bench Scale -benchtime 2000x ./pool
func BenchmarkScale(b *testing.B) {
	const each = 500 // tasks of a batch
	for _, procs := range []int{1, 2, 4, 8} {
		for _, micros := range []int{0, 1, 5} {
			b.Run(fmt.Sprintf("procs=%d/work=%dus", procs, micros), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				defer runtime.SetMutexProfileFraction(runtime.SetMutexProfileFraction(1))
				p := pool.New(millrace.WithWorkers(procs))
				defer p.Close()
				turns := micros * turnsPerMicrosecond()
				task := func(context.Context) (int, error) { return spin(turns), nil }

				cpu, waits := processorTime(), lockWaits()
				b.ResetTimer()
				var producers sync.WaitGroup
				for n := range procs {
					producers.Go(func() { produce(b, p, task, each, (b.N+n)/procs) })
				}
				producers.Wait()
				b.StopTimer()
				tasks := float64(b.N * each)
				own := time.Duration(tasks) * time.Duration(micros) * time.Microsecond
				b.ReportMetric(float64(b.Elapsed())/tasks, "ns/task")
				b.ReportMetric(float64(processorTime()-cpu-own)/tasks, "cpu-ns/task")
				b.ReportMetric(float64(lockWaits()-waits)/tasks, "waits/task")
			})
		}
	}
}

// produce submits batches of tasks and awaits each of them.
func produce(b *testing.B, p *pool.Pool, task func(context.Context) (int, error), each, batches int) {
	fs := make([]*future.Future[int], each)
	for range batches {
		for i := range fs {
			fs[i] = pool.Submit(bg, p, task)
		}
		for _, f := range fs {
			if _, err := f.Await(bg); err != nil {
				b.Error(err)
			}
		}
	}
}

// spin is work that takes as long as its turns, whoever shares the processor.
//
//go:noinline
func spin(turns int) (sum int) {
	for i := range turns {
		sum = sum*31 + i
	}
	return sum
}

// turnsPerMicrosecond measures how much work a microsecond is: the best of several
// times, because nothing makes a processor faster than it is.
var turnsPerMicrosecond = sync.OnceValue(func() int {
	const turns = 100_000
	best, sum := time.Hour, 0
	for range 50 {
		start := time.Now()
		sum += spin(turns)
		best = min(best, time.Since(start))
	}
	runtime.KeepAlive(sum)
	return int(turns * time.Microsecond / best)
})

func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// lockWaits returns how often a goroutine has waited for a mutex since the program began.
func lockWaits() (n int64) {
	records := make([]runtime.BlockProfileRecord, 10_000)
	count, _ := runtime.MutexProfile(records)
	for _, r := range records[:min(count, len(records))] {
		n += r.Count
	}
	return n
}
