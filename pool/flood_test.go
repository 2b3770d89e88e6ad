package pool_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Floods of quick tasks, which end faster than a goroutine wakes. Each test runs outside of
// bubbles, so that time passes and goroutines really race; none of them waits for time.

// flooded runs test some times with pools of some sizes.
func flooded(t *testing.T, workers []int, test func(t *testing.T, p *pool.Pool, workers int)) {
	rounds := 20
	if racing || audited || testing.Short() {
		rounds = 4
	}
	for _, w := range workers {
		t.Run(fmt.Sprintf("%d workers", w), func(t *testing.T) {
			for range rounds {
				p := pool.New(millrace.WithWorkers(w))
				test(t, p, w)
				if err := p.Close(); err != nil && !errors.Is(err, pool.ErrStopped) {
					t.Fatalf("Close() = %v, want nil or ErrStopped", err)
				}
			}
		})
	}
}

// One worker starts quick tasks in order, and a task of a higher priority next, however
// many are pending.
func TestFloodKeepsOrder(t *testing.T) {
	flooded(t, []int{1}, func(t *testing.T, p *pool.Pool, _ int) {
		const n = floodTasks
		var started []int
		task := func(i int) func(context.Context) (int, error) {
			return func(context.Context) (int, error) { started = append(started, i); return i, nil }
		}
		release := blocker(p, 1)
		var want []int
		for i := range n {
			want = append(want, i)
			if i%100 == 37 {
				pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					pool.Submit(bg, p, task(-i), millrace.WithPriority(1))
					return task(i)(ctx)
				})
				want = append(want, -i)
				continue
			}
			pool.Submit(bg, p, task(i))
		}
		last := pool.Submit(bg, p, nop)
		release()
		last.Await(bg)
		for i, w := range want {
			if i >= len(started) || started[i] != w {
				t.Fatalf("start %d of %d is not of task %d, as it should be", i, len(started), w)
			}
		}
	})
}

// A running task can cancel and abort the tasks right behind it, and then they never run.
func TestFloodIsCancelled(t *testing.T) {
	flooded(t, []int{1, 2}, func(t *testing.T, p *pool.Pool, workers int) {
		const n = floodTasks
		fs := make([]*intFuture, n)
		var calls, cancelled [n]atomic.Bool
		release := blocker(p, workers)
		for i := range n {
			fs[i] = pool.Submit(bg, p, func(context.Context) (int, error) {
				calls[i].Store(true)
				if i%50 != 20 {
					return i, nil
				}
				for j := i + 1; j < i+20; j += 3 {
					cancelled[j].Store(fs[j].Cancel())
					cancelled[j+1].Store(fs[j+1].Abort(errBoom) && fs[j+1].State() == future.Cancelled)
				}
				return i, nil
			})
		}
		release()
		p.Close()
		for i, f := range fs {
			if never := f.State() == future.Cancelled; never != cancelled[i].Load() || never == calls[i].Load() {
				t.Fatalf("task %d: cancelled %v, called %v, its future is %v, want called or cancelled", i, cancelled[i].Load(), calls[i].Load(), f)
			}
			if workers == 1 && i%50 > 20 && i%50 < 40 && i%50%3 != 2 && f.State() != future.Cancelled {
				t.Fatalf("task %d is %v, want it cancelled", i, f)
			}
		}
	})
}

// The tasks behind a blocked one do not wait for it: another worker runs them, whether it
// blocks on a channel or waits for one of those behind it.
func TestFloodBehindABlockedTask(t *testing.T) {
	flooded(t, []int{2, 3}, func(t *testing.T, p *pool.Pool, workers int) {
		const n = floodTasks
		fs := make([]*intFuture, n)
		all := make(chan struct{})
		var left atomic.Int32
		left.Store(n - int32(workers-1))
		blocked := make(map[int]bool) // one of them among the last, when the others have nothing to do any more
		for len(blocked) < workers-1 {
			blocked[n-2-rand.IntN([]int{14, n - 2}[len(blocked)])] = true
		}
		release := blocker(p, workers)
		for i := range n {
			if blocked[i] {
				fs[i] = pool.Submit(bg, p, func(context.Context) (int, error) { <-all; return i, nil })
				continue
			}
			fs[i] = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				defer func() {
					if left.Add(-1) == 0 {
						close(all)
					}
				}()
				if i%100 == 50 && !blocked[i+7] {
					return fs[i+7].Await(ctx)
				}
				return i, nil
			})
		}
		release()
		for i, f := range fs {
			want := i
			if i%100 == 50 && !blocked[i] && !blocked[i+7] {
				want += 7
			}
			wantValue(t, fmt.Sprint("task ", i), f, want)
		}
	})
}

// A blocked task holds back no other even if the other workers have enough to do.
func TestFloodOfBusyWorkers(t *testing.T) {
	flooded(t, []int{2, 3}, func(t *testing.T, p *pool.Pool, workers int) {
		var flood func(context.Context) (int, error)
		var done atomic.Bool
		flood = func(context.Context) (int, error) {
			if !done.Load() {
				pool.Submit(bg, p, flood)
			}
			return 1, nil
		}
		for range 100 {
			pool.Submit(bg, p, flood)
		}
		for range 5 {
			behind := make(chan struct{})
			first := pool.Submit(bg, p, waitsFor(behind))
			pool.Submit(bg, p, func(context.Context) (int, error) { close(behind); return 1, nil })
			wantValue(t, "the blocked task", first, 1)
		}
		done.Store(true)
	})
}

// A wait for a Then leads to its input, wherever in the queue that is.
func TestFloodOfInputs(t *testing.T) {
	flooded(t, []int{1, 3}, func(t *testing.T, p *pool.Pool, workers int) {
		const n = floodTasks
		fs := make([]*intFuture, n)
		release := blocker(p, workers)
		for i := range n {
			fs[i] = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				if i%100 != 50 {
					return i, nil
				}
				then := pool.Then(bg, p, fs[i+3], identity)
				if i%200 == 50 {
					return then.Await(ctx)
				}
				vs, err := future.All(ctx, then, pool.Then(bg, p, fs[i+5], identity))
				return vs[0], err
			})
		}
		release()
		for i, f := range fs {
			want := i
			if i%100 == 50 {
				want += 3
			}
			wantValue(t, fmt.Sprint("task ", i), f, want)
		}
	})
}

// With more workers than processors, a worker that yields its processor to the goroutines
// that it has woken may not get it back for long. It must not hold a task meanwhile: tasks
// keep their order about as well as without yields.
func TestYieldingWorkersHoldNothing(t *testing.T) {
	const tasks, rounds = 1000, 15
	workers := 4 * runtime.GOMAXPROCS(0)
	p := pool.New(millrace.WithWorkers(workers))
	defer p.Close()
	fs := make([]*future.Future[int], tasks)
	var late []int // how many tasks that were submitted later had started, at worst
	for range rounds {
		var started atomic.Int32
		for i := range fs {
			fs[i] = pool.Submit(bg, p, func(context.Context) (int, error) {
				n := int(started.Add(1))
				busy()
				return n - i, nil
			})
		}
		worst := 0
		for _, f := range fs {
			n, err := f.Await(bg)
			if err != nil {
				t.Fatal(err)
			}
			worst = max(worst, n)
		}
		late = append(late, worst)
	}
	slices.Sort(late)
	if most := 32*workers + 64; late[rounds/2] > most {
		t.Errorf("a task has started after %d that were submitted later, in half of the rounds; want at most %d", late[rounds/2], most)
	}
}

var spun atomic.Uint64

// busy takes some microseconds of a processor.
func busy() {
	x := uint64(88172645463325252)
	for range 4000 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	spun.Store(x)
}
