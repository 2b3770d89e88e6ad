package pool_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Shutdown in time is Close.
func TestShutdownInTime(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var fs []*intFuture
		for range 3 {
			fs = append(fs, pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Second); return 1, nil }))
		}
		ctx, cancel := context.WithTimeout(bg, time.Hour)
		defer cancel()
		begin := time.Now()
		if err := p.Shutdown(ctx); err != nil || time.Since(begin) != 3*time.Second {
			t.Errorf("Shutdown() = %v after %v, want nil after 3s", err, time.Since(begin))
		}
		for _, f := range fs {
			wantValue(t, "a task", f, 1)
		}
		if err := p.Err(); !errors.Is(err, pool.ErrClosed) || errors.Is(err, pool.ErrStopped) {
			t.Errorf("Err() = %v, want ErrClosed", err)
		}
	})
}

// Nor does it stop a pool of which nothing is left but idle goroutines, though its context
// has ended.
func TestShutdownOfIdlePool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		submitMany(bg, p, 2)
		synctest.Wait()
		if err := p.Shutdown(ended(errBoom)); err != nil {
			t.Errorf("Shutdown() = %v, want nil: nothing was left", err)
		}
		if err := p.Err(); !errors.Is(err, pool.ErrClosed) || p.Stats().Goroutines != 0 {
			t.Errorf("Err() = %v, want ErrClosed; %+v", err, p.Stats())
		}
	})
}

// Shutdown that its context ends is Stop, does not wait, and counts what was left.
func TestShutdownGivesUp(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		gate := make(chan struct{})
		stubborn := pool.Submit(bg, p, waitsFor(gate))
		running := pool.Submit(bg, p, untilEnd)
		synctest.Wait()
		pending := submitMany(bg, p, 3)
		ctx, cancel := context.WithTimeoutCause(bg, time.Second, errBoom)
		defer cancel()
		begin := time.Now()
		err := p.Shutdown(ctx)
		var left *pool.ShutdownError
		if !errors.As(err, &left) || left.Cancelled != 3 || left.Running != 2 || left.Cause != errBoom || !errors.Is(err, errBoom) {
			t.Errorf("Shutdown() = %#v, want 3 cancelled, 2 running, the cause", err)
		}
		if took := time.Since(begin); took != time.Second {
			t.Errorf("Shutdown() took %v, want 1s", took)
		}
		for _, f := range pending {
			wantNeverRan(t, "pending", f, pool.ErrStopped, errBoom)
		}
		_, err = running.Await(bg)
		wantIs(t, "the cause of the running task", err, pool.ErrStopped, errBoom)
		close(gate)
		wantValue(t, "a task that goes on", stubborn, 1)
		if err := p.Close(); !errors.Is(err, pool.ErrStopped) {
			t.Errorf("Close() after it = %v, want ErrStopped", err)
		}
	})
}

// A task that waits is running too: it has not ended.
func TestShutdownCountsWaiting(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			return pool.Submit(ctx, p, untilEnd).Await(ctx)
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(bg, time.Second)
		defer cancel()
		var left *pool.ShutdownError
		if err := p.Shutdown(ctx); !errors.As(err, &left) || left.Running != 2 || left.Cancelled != 0 {
			t.Errorf("Shutdown() = %#v, want 2 running, one of which waits", err)
		}
		parent.Await(bg)
		p.Close()
	})
}

// Inside a task of the pool Shutdown would wait for itself: it says so and does
// nothing, also with a derived context and in a nested task; another pool's is fine.
func TestShutdownInTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(one), pool.New(one)
		pool.Go(bg, p, func(ctx context.Context) error {
			if err := p.Shutdown(ctx); !errors.Is(err, future.ErrDeadlock) {
				t.Errorf("Shutdown() in a task = %v, want ErrDeadlock", err)
			}
			derived, cancel := context.WithTimeout(context.WithValue(ctx, key{}, 1), time.Hour)
			defer cancel()
			if err := p.Shutdown(derived); !errors.Is(err, future.ErrDeadlock) {
				t.Errorf("Shutdown() with a derived context = %v, want ErrDeadlock", err)
			}
			_, err := pool.Go(ctx, p, func(ctx context.Context) error { return p.Shutdown(ctx) }).Await(ctx)
			wantIs(t, "Shutdown() in a nested task", err, future.ErrDeadlock)
			if err := q.Shutdown(ctx); err != nil {
				t.Errorf("Shutdown() of another pool = %v, want nil", err)
			}
			return nil
		}).Await(bg)
		if err := p.Err(); err != nil {
			t.Errorf("Err() = %v, want nil: the refused Shutdown did nothing", err)
		}
		p.Close()
	})
}

// Several at once: each ends with its own context, the first to give up stops.
func TestShutdownConcurrently(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate := make(chan struct{})
		pool.Submit(bg, p, waitsFor(gate))
		pending := submitMany(bg, p, 2)
		synctest.Wait()
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(bg, time.Duration(i+1)*time.Second)
				defer cancel()
				var left *pool.ShutdownError
				begin := time.Now()
				if err := p.Shutdown(ctx); !errors.As(err, &left) || left.Running != 1 {
					t.Errorf("Shutdown() %d = %#v, want 1 running", i, err)
				}
				if took := time.Since(begin); took != time.Duration(i+1)*time.Second {
					t.Errorf("Shutdown() %d took %v, want a second more than its number", i, took)
				}
			})
		}
		wg.Wait()
		for _, f := range pending {
			wantNeverRan(t, "pending", f, pool.ErrStopped, context.DeadlineExceeded)
		}
		close(gate)
		p.Close()
	})
}

func TestShutdownErrorText(t *testing.T) {
	err := &pool.ShutdownError{Cancelled: 1, Running: 2, Callbacks: 0, Cause: errBoom}
	want := "pool: shutdown gave up (boom); tasks that never ran: 1, still running: 2; callbacks still running: 0"
	if got := err.Error(); got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	wantIs(t, "ShutdownError", err, errBoom)
}
