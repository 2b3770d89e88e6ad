package work

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/alitto/pond/v2"
	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/bench/internal/measure"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"golang.org/x/sync/semaphore"
)

// cancels cancels many tasks that wait behind one that runs, and waits until every
// waiter knows, before the running one ends. With a peer that does not tell its
// waiters it never ends, and the table has no figure.
func cancels(s Scale) []measure.Workload {
	w := measure.Workload{
		Name:    "cancel",
		Title:   "Cancel " + thousands(s.Cancel) + " pending tasks while the only worker is busy, until every waiter knows",
		Unit:    "task",
		Metrics: []measure.Metric{{Name: "ns", Unit: "ns/task"}},
		Rounds:  5,
		Hangs:   "-",
		Entries: []measure.Entry{
			canceller(Millrace, "Future.Cancel on each", s.Cancel, cancelEach),
			canceller("millrace, context", "the context of all ends", s.Cancel, cancelContext),
			canceller("millrace, Stop", "the pool stops", s.Cancel, cancelStop),
			canceller("semaphore + go", aGoroutineEach+"; the context ends", s.Cancel, cancelSemaphore),
			canceller("pond Submit", "the context of the pool ends", s.Cancel, cancelPond),
		},
	}
	for _, r := range revokers {
		w.Entries = append(w.Entries, canceller(r.name, r.note, s.Cancel, r.prepare))
	}
	return []measure.Workload{w}
}

const aGoroutineEach = "a goroutine a task"

// canceller measures from the call of cancel to the end of settled. The release
// that prepare returns lets go of the task that holds the only worker.
func canceller(name, note string, n int, prepare func(n int) (cancel, settled, release func())) measure.Entry {
	return measure.Entry{Name: name, Note: note, Open: func() measure.Bench {
		return measure.Bench{Self: func() []float64 {
			cancel, settled, release := prepare(n)
			defer release()
			start := time.Now()
			cancel()
			settled()
			return []float64{float64(time.Since(start).Nanoseconds()) / float64(n)}
		}}
	}}
}

// behind returns a pool whose one worker is busy until free is called, and the
// futures of n tasks that wait for it.
func behind(ctx context.Context, n int) (p *pool.Pool, futures []*future.Future[int], free func()) {
	p = pool.New(millrace.WithWorkers(1))
	busy, hold := make(chan struct{}), make(chan struct{})
	pool.Go(background, p, func(context.Context) error { close(busy); <-hold; return nil })
	<-busy
	futures = make([]*future.Future[int], n)
	for i := range futures {
		futures[i] = pool.Submit(ctx, p, func(context.Context) (int, error) { panic("bench: a cancelled task ran") })
	}
	return p, futures, func() { close(hold) }
}

func awaitCancelled(futures []*future.Future[int]) {
	for _, f := range futures {
		_, err := f.Await(background)
		want(errors.Is(err, future.ErrCancelled), true)
	}
}

func cancelEach(n int) (cancel, settled, release func()) {
	p, futures, free := behind(background, n)
	cancel = func() {
		for _, f := range futures {
			want(f.Cancel(), true)
		}
	}
	return cancel, func() { awaitCancelled(futures) }, func() { free(); must(p.Close()) }
}

func cancelContext(n int) (cancel, settled, release func()) {
	ctx, end := context.WithCancel(background)
	p, futures, free := behind(ctx, n)
	return end, func() { awaitCancelled(futures) }, func() { free(); must(p.Close()) }
}

func cancelStop(n int) (cancel, settled, release func()) {
	p, futures, free := behind(background, n)
	release = func() { free(); want(errors.Is(p.Close(), pool.ErrStopped), true) }
	return func() { p.Stop(nil) }, func() { awaitCancelled(futures) }, release
}

func cancelSemaphore(n int) (cancel, settled, release func()) {
	ctx, end := context.WithCancel(background)
	slots := semaphore.NewWeighted(1)
	must(slots.Acquire(ctx, 1))
	var wg, started sync.WaitGroup
	started.Add(n)
	for range n {
		wg.Go(func() {
			started.Done()
			want(slots.Acquire(ctx, 1) != nil, true)
		})
	}
	started.Wait()
	return end, wg.Wait, func() { slots.Release(1) }
}

func cancelPond(n int) (cancel, settled, release func()) {
	ctx, end := context.WithCancel(background)
	p := pond.NewPool(1, pond.WithContext(ctx))
	busy, free := make(chan struct{}), make(chan struct{})
	p.Submit(func() { close(busy); <-free })
	<-busy
	tasks := make([]pond.Task, n)
	for i := range tasks {
		tasks[i] = p.Submit(func() { panic("bench: a cancelled task ran") })
	}
	settled = func() {
		for _, t := range tasks {
			want(t.Wait() != nil, true)
		}
	}
	return end, settled, func() { close(free); p.StopAndWait() }
}
