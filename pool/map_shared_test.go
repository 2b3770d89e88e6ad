package pool_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// A map of trivial items shares its pool with tasks that come all the time, and some
// of its items look at their contexts: each item runs once, and each context ends
// with its item, not sooner and not later, whichever loop the runner is in.
func TestMapSliceBesideTasks(t *testing.T) {
	const n = 20_000
	for _, workers := range []int{1, 2, 5} {
		p := pool.New(millrace.WithWorkers(workers))
		stop := submitAllTheTime(t, p)
		ran := make([]atomic.Int32, n)
		kept := make([]context.Context, n)
		looked := false // with one worker: the item before has looked at its context
		in := make([]int, n)
		for i := range in {
			in[i] = i
		}
		out, err := pool.MapSlice(bg, p, in, func(ctx context.Context, i int) (int, error) {
			ran[i].Add(1)
			if workers == 1 && looked && kept[i-1].Err() == nil {
				t.Errorf("item %d runs, and the context of the one before has not ended", i)
			}
			kept[i] = ctx
			kind := rand.IntN(1000)
			if workers == 1 {
				looked = kind == 0
			}
			switch kind {
			case 0:
				select {
				case <-ctx.Done():
					t.Errorf("item %d: its context has ended while it runs: %v", i, context.Cause(ctx))
				default:
				}
			case 1:
				child, cancel := context.WithCancel(ctx)
				defer cancel()
				kept[i] = child
			}
			if err := ctx.Err(); err != nil {
				t.Errorf("item %d: Err() = %v while it runs", i, err)
			}
			return 2 * i, nil
		})
		stop()
		if err != nil {
			t.Fatalf("%d workers: MapSlice() = %v, want nil", workers, err)
		}
		for i := range in {
			if runs := ran[i].Load(); runs != 1 || out[i] != 2*i {
				t.Fatalf("%d workers: item %d ran %d times, and its result is %d, want once and %d", workers, i, runs, out[i], 2*i)
			}
			if err := kept[i].Err(); !errors.Is(err, context.Canceled) {
				t.Fatalf("%d workers: the context of item %d: Err() = %v after its end, want context.Canceled", workers, i, err)
			}
		}
		p.Close()
		if s := p.Stats(); s.Succeeded != s.Submitted || s.Succeeded < n || s.Failed+s.Cancelled != 0 {
			t.Errorf("%d workers: Stats() = %+v, want all succeeded", workers, s)
		}
	}
}

// submitAllTheTime submits tasks, one after the other, until stop is called.
func submitAllTheTime(t *testing.T, p *pool.Pool) (stop func()) {
	done := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			if v, err := pool.Submit(bg, p, func(context.Context) (int, error) { return i, nil }).Await(bg); v != i || err != nil {
				t.Errorf("a task beside the map: %d, %v, want %d", v, err, i)
			}
			// Two goroutines that wake each other may keep the only processor for seconds.
			runtime.Gosched()
		}
	})
	return func() {
		close(done)
		others.Wait()
	}
}
