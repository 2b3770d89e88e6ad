package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A map keeps the concurrency that it began with when the pool grows, and has fewer
// workers when the pool shrinks.
func TestMapKeepsItsConcurrency(t *testing.T) {
	for _, test := range []struct {
		before, after int
		opts          []millrace.MapOption
		want          time.Duration // for 12 items of a second, when the pool is resized after half of one
	}{
		{2, 6, nil, 6 * time.Second},
		{2, 6, []millrace.MapOption{millrace.WithConcurrency(6)}, 2500 * time.Millisecond},
		{6, 2, nil, 4 * time.Second},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(test.before))
			defer p.Close()
			var running gauge
			begin := time.Now()
			time.AfterFunc(500*time.Millisecond, func() { p.Resize(test.after) })
			_, err := pool.MapSlice(bg, p, make([]int, 12), func(_ context.Context, _ int) (int, error) {
				running.add(1)
				defer running.add(-1)
				time.Sleep(time.Second)
				return 0, nil
			}, test.opts...)
			if took := time.Since(begin); err != nil || took != test.want {
				t.Errorf("from %d workers to %d: %v, takes %v with %d at once, want %v", test.before, test.after, err, took, running.peak.Load(), test.want)
			}
		})
	}
}

// However cheap the items are, no item starts beyond the lowered number.
func TestMapShrinksAtOnce(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(6))
		defer p.Close()
		gate := make(chan struct{})
		mapped := make(chan error)
		go func() {
			mapped <- pool.ForN(bg, p, 12, func(context.Context, int) error { <-gate; return nil })
		}()
		synctest.Wait()
		p.Resize(2)
		for i, want := range []int{6, 5, 4, 3, 2, 2, 2, 2, 2, 2, 2, 1} {
			if s := stats(t, p); s.Running != want {
				t.Errorf("after %d items %d run, want %d", i, s.Running, want)
			}
			gate <- struct{}{}
			synctest.Wait()
		}
		if err := <-mapped; err != nil {
			t.Errorf("ForN() = %v, want nil", err)
		}
	})
}

// The items of a map are tasks: when the pool shrinks, fewer run as those end that do.
func TestMapShrinksWithItsPool(t *testing.T) {
	slice := func(p *pool.Pool, fn func(context.Context, int) (int, error)) {
		pool.MapSlice(bg, p, make([]int, 30), fn)
	}
	sequence := func(p *pool.Pool, fn func(context.Context, int) (int, error)) {
		for range pool.Map(bg, p, count(30), fn) {
		}
	}
	for name, run := range map[string]func(*pool.Pool, func(context.Context, int) (int, error)){"MapSlice": slice, "Map": sequence} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(6))
			defer p.Close()
			begin := time.Now()
			time.AfterFunc(1500*time.Millisecond, func() { p.Resize(2) })
			var late gauge
			run(p, func(context.Context, int) (int, error) {
				if time.Since(begin) > 1500*time.Millisecond {
					late.add(1)
					defer late.add(-1)
				}
				time.Sleep(time.Second)
				return 0, nil
			})
			late.want(t, name+" in a pool with 2 workers", 2)
			if took := time.Since(begin); took != 11*time.Second {
				t.Errorf("%s of 12 items by 6 workers and 18 by 2 took %v, want 11s", name, took)
			}
		})
	}
}
