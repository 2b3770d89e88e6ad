package pool_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// ForN calls the function with each number once, also for many and for none.
func TestForN(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		p := pool.New(millrace.WithWorkers(workers))
		for _, n := range []int{math.MinInt, -1, 0, 1, 2, 255, 256, 257, 100_000} {
			calls := make([]int32, max(n, 0))
			err := pool.ForN(bg, p, n, func(_ context.Context, i int) error {
				calls[i]++
				return nil
			})
			if err != nil {
				t.Errorf("ForN(%d) = %v, want nil", n, err)
			}
			for i, got := range calls {
				if got != 1 {
					t.Fatalf("ForN(%d) calls the function %d times with %d, want once", n, got, i)
				}
			}
		}
		if s := stats(t, p); s.Failed != 0 || s.Succeeded != 1+2+255+256+257+100_000 {
			t.Errorf("Stats() = %+v, want each call as a task", s)
		}
		p.Close()
	}
}

// The earliest error ends the loop with its number, whether it is returned, a panic or Goexit.
func TestForNFails(t *testing.T) {
	for name, die := range map[string]func() error{
		"error":  func() error { return errBoom },
		"panic":  func() error { panic(errBoom) },
		"goexit": func() error { runtime.Goexit(); return nil },
	} {
		for _, at := range []int{0, 7, 300} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				var late atomic.Int64
				err := pool.ForN(bg, p, math.MaxInt, func(ctx context.Context, i int) error {
					switch {
					case i == at:
						return die()
					case i > at+10_000:
						late.Add(1)
						<-ctx.Done()
					}
					return nil
				})
				var item *pool.ItemError
				if !errors.As(err, &item) || item.Index != at {
					t.Errorf("%s at %d: ForN = %v", name, at, err)
				}
				if want := errBoom; name != "goexit" && !errors.Is(err, want) || name == "goexit" && !errors.Is(err, future.ErrGoexit) {
					t.Errorf("%s at %d: ForN = %v", name, at, err)
				}
				if late.Load() > 2 {
					t.Errorf("%s at %d: %d calls far behind it, want at most 2", name, at, late.Load())
				}
				p.Close()
			})
		}
	}
}

// ForN keeps to WithConcurrency, and its end by ctx is ErrNotDone.
func TestForNBounds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(5))
		start := time.Now()
		err := pool.ForN(bg, p, 12, func(context.Context, int) error {
			time.Sleep(time.Second)
			return nil
		}, millrace.WithConcurrency(3))
		if took := time.Since(start); took != 4*time.Second || err != nil {
			t.Errorf("12 calls of 1s, 3 at once, take %v (%v), want 4s", took, err)
		}
		ctx, cancel := context.WithTimeout(bg, time.Second)
		defer cancel()
		err = pool.ForN(ctx, p, 100, func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if !errors.Is(err, future.ErrNotDone) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ForN = %v, want ErrNotDone and the cause", err)
		}
		p.Close()
		if err := pool.ForN(bg, p, 1, func(context.Context, int) error { return nil }); !errors.Is(err, pool.ErrClosed) {
			t.Errorf("ForN = %v, want ErrClosed", err)
		}
	})
}
