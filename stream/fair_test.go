package stream_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// endless runs a parallel stage over the endless numbers until stop is called,
// which waits for it and returns how many items were delivered.
func endless(s ints) (delivered *atomic.Int64, stop func()) {
	ctx, cancel := context.WithCancel(bg)
	delivered = new(atomic.Int64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, err := range s.All(ctx) {
			if err == nil {
				delivered.Add(1)
			}
		}
	}()
	return delivered, func() {
		cancel()
		<-done
	}
}

// While a pipeline keeps all workers busy, a task submitted to the same pool
// starts within the time of a few items.
func TestTasksStartWhileAPipelineRuns(t *testing.T) {
	for _, workers := range []int{1, 2, 4} {
		for name, over := range parallelStagesWith(tuning{}, func(context.Context, int) error {
			time.Sleep(ms)
			return nil
		}) {
			inRig(t, workers, func(r *rig) {
				_, stop := endless(over(r, stream.FromSeq(numbers)))
				defer stop()
				for range 20 {
					time.Sleep(10*ms + 1)
					ctx, cancel := context.WithTimeout(bg, 4*ms)
					_, err := pool.Go(ctx, r.pool, func(context.Context) error { return nil }).Await(ctx)
					if cancel(); err != nil {
						t.Errorf("%s, %d workers, items of 1ms: a task has not run after 4ms: %v", name, workers, err)
						return
					}
				}
			})
		}
	}
}

// A task starts soon also while the items are cheap. That is counted in items, which are
// too many to be timed, and with a margin, because other goroutines need the processor.
func TestTasksStartAmongCheapItems(t *testing.T) {
	const submit, few, all = 5_000, 20_000, 40_000
	for kind, s := range map[string]ints{"FromSeq": stream.FromSeq(numbers), "FromSlice": stream.FromSlice(upTo(all))} {
		inRig(t, 1, func(r *rig) {
			var begun atomic.Int64
			waited := int64(all)
			s := stream.Map(s, r.pool, func(_ context.Context, v int) (int, error) {
				begun.Add(1)
				if v == submit {
					pool.Go(bg, r.pool, func(context.Context) error {
						waited = begun.Load() - submit
						return nil
					})
				}
				return v, nil
			})
			r.run(func() {
				if n, err := s.Take(all).Count(bg); n != all || err != nil {
					t.Errorf("Count() = %d, %v, want %d, nil", n, err, all)
				}
			})
			if waited > few {
				t.Errorf("a task beside a %s of items that cost nothing waits for %d of them, want at most %d", kind, waited, few)
			}
		})
	}
}

// Two pipelines on one pool share it.
func TestTwoPipelinesProgress(t *testing.T) {
	for _, workers := range []int{1, 2} {
		for name, over := range parallelStagesWith(tuning{}, func(context.Context, int) error {
			time.Sleep(ms)
			return nil
		}) {
			inRig(t, workers, func(r *rig) {
				a, stopA := endless(over(r, stream.FromSeq(numbers)))
				time.Sleep(10 * ms) // the first has all workers
				b, stopB := endless(over(r, stream.FromSeq(numbers)))
				time.Sleep(500 * ms)
				for which, n := range map[string]int64{"first": a.Load(), "second": b.Load()} {
					if least := int64(100 * workers); n < least {
						t.Errorf("%s, %d workers: the %s pipeline delivers %d items in 500ms, want at least %d", name, workers, which, n, least)
					}
				}
				stopA()
				stopB()
			})
		}
	}
}

// The stages of one pipeline share a pool, too: a stage that always has items
// does not starve the one below.
func TestStagesProgress(t *testing.T) {
	for _, workers := range []int{1, 2} {
		inRig(t, workers, func(r *rig) {
			slow := func(_ context.Context, v int) (int, error) { time.Sleep(ms); return v, nil }
			s := stream.Map(stream.Map(stream.Map(stream.FromSeq(numbers), r.pool, slow), r.pool, slow), r.pool, slow)
			n, stop := endless(s)
			time.Sleep(3000 * ms)
			// A window may be full before the first item is out; then each item
			// takes 3ms of a worker.
			if least := int64(300 * workers); n.Load() < least {
				t.Errorf("three stages of 1ms on %d workers deliver %d items in 3s, want at least %d", workers, n.Load(), least)
			}
			stop()
		})
	}
}

// A stage holds a slot only while it has items to run.
func TestIdleStageHoldsNoSlot(t *testing.T) {
	inRig(t, 1, func(r *rig) {
		id := func(_ context.Context, v int) (int, error) { return v, nil }
		_, stop := endless(stream.Map(stream.Map(r.onTime(0, never), r.pool, id), r.pool, id))
		time.Sleep(ms)
		defer stop()
		start := time.Now()
		if _, err := pool.Go(bg, r.pool, func(context.Context) error { return nil }).Await(bg); err != nil || time.Since(start) != 0 {
			t.Errorf("a task beside a pipeline without items = %v after %v, want nil at once", err, time.Since(start))
		}
	})
}

// Any number of sinks on one pool at once.
func TestManyPipelines(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				s := stream.Map(stream.FromSeq(r.first(50)), r.pool, r.same, millrace.WithConcurrency(1+i%3))
				want(t, "Collect()", must(s.Collect(bg)), upTo(50), false)
			})
		}
		all.Wait()
	})
}
