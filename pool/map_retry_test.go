package pool_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// upToThree retries an item twice, a minute after each failure.
func upToThree(attempt int, _ error) (time.Duration, bool) { return time.Minute, attempt < 3 }

// Items of a map are tried again as tasks are; meanwhile they hold no slot, and results keep
// their order.
func TestMapRetry(t *testing.T) {
	for name, run := range maps {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			defer p.Close()
			var mu sync.Mutex
			attempts := map[int]int{}
			start := time.Now()
			err := run(p, 8, func(ctx context.Context, v int) (int, error) {
				mu.Lock()
				defer mu.Unlock()
				attempts[v]++
				if got := pool.Attempt(ctx); got != attempts[v] {
					t.Errorf("%s: Attempt is %d, want %d", name, got, attempts[v])
				}
				switch {
				case attempts[v] == 3 || v%2 == 0:
					return v, nil
				case v == 1:
					panic("first")
				case v == 3:
					mu.Unlock()
					defer mu.Lock()
					runtime.Goexit()
				}
				return v, errBoom
			}, millrace.WithRetry(upToThree), millrace.WithWindow(8))
			if err != nil {
				t.Errorf("%s = %v, want nil", name, err)
			}
			for v := range 8 {
				if want := 1 + v%2*2; attempts[v] != want {
					t.Errorf("%s: item %d was tried %d times, want %d", name, v, attempts[v], want)
				}
			}
			if s := p.Stats(); s.Submitted != 8 || s.Succeeded != 8 {
				t.Errorf("%s: Stats() = %+v, want a task for each item, whatever its attempts: 8, which succeeded", name, s)
			}
			if took := time.Since(start); took != 2*time.Minute {
				t.Errorf("%s: takes %v, want 2m: the delays of all items at the same time", name, took)
			}
		})
	}
}

// Between two attempts an item keeps the turn of its key, as a task does.
func TestMapRetryKeepsItsKey(t *testing.T) {
	for name, run := range maps {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			defer p.Close()
			var calls []int
			err := run(p, 3, func(ctx context.Context, v int) (int, error) {
				calls = append(calls, v)
				if v == 0 && pool.Attempt(ctx) < 3 {
					return v, errBoom
				}
				return v, nil
			}, millrace.WithRetry(upToThree), millrace.WithKey("key"))
			if err != nil || !slices.Equal(calls, []int{0, 0, 0, 1, 2}) {
				t.Errorf("%s: the items run in the order %v, and the error is %v, want 0 three times before the others", name, calls, err)
			}
		})
	}
}

// No item starts after the first error, also if items are tasks of their own.
func TestFirstErrorOfOwnTasks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		calls := 0
		err := pool.ForN(bg, p, 5, func(context.Context, int) error { calls++; return errBoom }, millrace.WithMaxWait(time.Hour))
		if calls != 1 || !errors.Is(err, errBoom) {
			t.Errorf("ForN = %v after %d calls, want the error of the first and no other call", err, calls)
		}
	})
}

// Stop ends a map whose items are tasks of their own, even if its input is silent.
func TestStopEndsOwnTasks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		silence := make(chan struct{})
		in := func(yield func(int) bool) {
			if yield(0) {
				<-silence
			}
		}
		time.AfterFunc(time.Minute, func() {
			p.Stop(errBoom)
			time.AfterFunc(time.Minute, func() { close(silence) })
		})
		var errs []error
		for _, err := range pool.Map(bg, p, in, func(ctx context.Context, v int) (int, error) {
			<-ctx.Done()
			return v, context.Cause(ctx)
		}, millrace.WithMaxWait(time.Hour)) {
			errs = append(errs, err)
		}
		if len(errs) != 2 || !errors.Is(errs[0], pool.ErrStopped) || !errors.Is(errs[1], pool.ErrStopped) || !errors.Is(errs[1], future.ErrCancelled) {
			t.Errorf("yields %v, want the error of the item, and that of the map", errs)
		}
	})
}

// The value of an item is that of its last attempt, too.
func TestMapRetryValue(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		fn := func(ctx context.Context, v int) (int, error) {
			if pool.Attempt(ctx) < 3 {
				return v, errBoom
			}
			panic("last")
		}
		n := 0
		for v, err := range pool.Map(bg, p, slices.Values([]int{7}), fn, millrace.WithRetry(upToThree)) {
			var panicked *future.PanicError
			if n++; v != 0 || !errors.As(err, &panicked) {
				t.Errorf("yields %d, %v, want 0 and the panic of the last attempt", v, err)
			}
		}
		if n != 1 {
			t.Errorf("yields %d results, want 1", n)
		}
	})
}

// The outcome of an item is that of its last attempt, or of the function that was asked.
func TestMapRetryFails(t *testing.T) {
	for name, c := range map[string]struct {
		retry func(int, error) (time.Duration, bool)
		tries int64
		is    error
	}{
		"no":     {func(int, error) (time.Duration, bool) { return 0, false }, 1, errBoom},
		"twice":  {func(n int, err error) (time.Duration, bool) { return 0, n < 2 && errors.Is(err, errBoom) }, 2, errBoom},
		"panic":  {func(int, error) (time.Duration, bool) { panic(context.Canceled) }, 1, context.Canceled},
		"goexit": {func(int, error) (time.Duration, bool) { runtime.Goexit(); return 0, true }, 1, future.ErrGoexit},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			defer p.Close()
			var tries atomic.Int64
			err := pool.ForN(bg, p, 1, func(context.Context, int) error {
				tries.Add(1)
				return errBoom
			}, millrace.WithRetry(c.retry))
			var item *pool.ItemError
			if !errors.As(err, &item) || !errors.Is(err, c.is) || tries.Load() != c.tries {
				t.Errorf("%s: %v after %d attempts, want %v after %d", name, err, tries.Load(), c.is, c.tries)
			}
		})
	}
}

// The end of the loop ends delays at once.
func TestMapRetryEnds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		defer p.Close()
		ctx, cancel := context.WithTimeout(bg, time.Second)
		defer cancel()
		start := time.Now()
		err := pool.ForN(ctx, p, 3, func(context.Context, int) error { return errBoom },
			millrace.WithRetry(func(int, error) (time.Duration, bool) { return time.Hour, true }))
		if took := time.Since(start); took != time.Second || !errors.Is(err, future.ErrNotDone) {
			t.Errorf("ForN = %v after %v, want ErrNotDone after 1s", err, took)
		}
	})
}

// A delay and a longest wait are each item's.
func TestMapDelayAndMaxWait(t *testing.T) {
	for name, run := range maps {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			defer p.Close()
			start := time.Now()
			if err := run(p, 2, func(_ context.Context, v int) (int, error) { return v, nil }, millrace.WithDelay(time.Minute)); err != nil {
				t.Errorf("%s = %v, want nil", name, err)
			}
			if took := time.Since(start); took != time.Minute {
				t.Errorf("%s: two items after a delay of 1m take %v, want 1m", name, took)
			}
			err := run(p, 3, func(_ context.Context, v int) (int, error) {
				time.Sleep(time.Hour)
				return v, nil
			}, millrace.WithMaxWait(90*time.Minute), millrace.WithWindow(3))
			var item *pool.ItemError
			if !errors.Is(err, pool.ErrMaxWait) || !errors.As(err, &item) || item.Index != 2 {
				t.Errorf("%s: %v, want ErrMaxWait of item 2", name, err)
			}
		})
	}
}

// The end of the pool's own context, or of a group's, acts at once on items, as that of the
// caller does.
func TestMapEndsWithItsExecutor(t *testing.T) {
	for name, run := range maps {
		for range 200 {
			ctx, cancel := context.WithCancelCause(bg)
			p := pool.New(one, millrace.WithContext(ctx))
			var late atomic.Int64
			over := false
			err := run(p, 300, func(_ context.Context, v int) (int, error) {
				if over {
					late.Add(1)
				}
				if v == 20 {
					cancel(errBoom)
					over = true
				}
				return v, nil
			}, millrace.WithConcurrency(1))
			if n := late.Load(); n != 0 || !errors.Is(err, errBoom) {
				t.Fatalf("%s: %d items run after the end of the pool's context, want none, and the error is %v, want boom", name, n, err)
			}
			p.Close()
		}
	}
}
