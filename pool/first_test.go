package pool_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// after returns a function that returns v and err after d, or when its context ends; count
// counts those at work.
func after(d time.Duration, v int, err error, g *gauge) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		g.add(1)
		defer g.add(-1)
		select {
		case <-time.After(d):
			return v, err
		case <-ctx.Done():
			time.Sleep(time.Second) // it takes its time even then
			return 0, ctx.Err()
		}
	}
}

// The first success is the result; the others are cancelled and joined, also one that succeeds
// all the same.
func TestFirst(t *testing.T) {
	const s = time.Second
	late := func(context.Context) (int, error) { time.Sleep(6 * s); return 5, nil }
	for _, workers := range []int{1, 2, 5} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(workers))
			var g gauge
			v, err := pool.First(bg, p,
				after(3*s, 1, errBoom, &g), after(5*s, 2, nil, &g), after(100*s, 3, nil, &g), after(200*s, 4, nil, &g), late)
			if v != 2 || err != nil {
				t.Errorf("%d workers: First = %d, %v, want 2", workers, v, err)
			}
			if n := g.now.Load(); n != 0 {
				t.Errorf("%d workers: %d functions at work after First, want none", workers, n)
			}
			if s := stats(t, p); s.Running+s.Queued+s.Waiting != 0 {
				t.Errorf("%d workers: Stats() = %+v after First, want none running, queued or waiting", workers, s)
			}
			p.Close()
		})
	}
}

// Without a success the errors are joined; without functions there is ErrEmpty.
func TestFirstFails(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		errTwo := errors.New("two")
		_, err := pool.First(bg, p,
			func(context.Context) (int, error) { return 0, errBoom },
			func(context.Context) (int, error) { return 0, errTwo },
			func(context.Context) (int, error) { panic("three") },
			func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
		var fault *future.PanicError
		if !errors.Is(err, errBoom) || !errors.Is(err, errTwo) || !errors.Is(err, future.ErrGoexit) || !errors.As(err, &fault) {
			t.Errorf("First = %v, want all four errors", err)
		}
		if _, err := pool.First[int](bg, p); !errors.Is(err, future.ErrEmpty) {
			t.Errorf("First of nothing = %v, want ErrEmpty", err)
		}
		p.Close()
		if _, err := pool.First(bg, p, nop); !errors.Is(err, pool.ErrClosed) {
			t.Errorf("First on a closed pool = %v, want ErrClosed", err)
		}
	})
}

// The end of ctx is ErrNotDone, and joins what runs.
func TestFirstEnds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		defer p.Close()
		var g gauge
		ctx, cancel := context.WithTimeout(bg, time.Second)
		defer cancel()
		_, err := pool.First(ctx, p, after(time.Hour, 1, nil, &g), after(time.Hour, 2, nil, &g))
		if !errors.Is(err, future.ErrNotDone) || !errors.Is(err, context.DeadlineExceeded) || g.now.Load() != 0 {
			t.Errorf("First = %v with %d at work, want ErrNotDone and none", err, g.now.Load())
		}
	})
}

// Inside a task of a pool of one worker First lends the slot; a failed alternative is not the
// failure of a group.
func TestFirstInside(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		g := pool.NewGroup(bg, p)
		f := pool.Submit(bg, g, func(ctx context.Context) (int, error) {
			return pool.First(ctx, g, boom, nop, untilEnd)
		})
		if v, err := f.Await(bg); v != 1 || err != nil {
			t.Errorf("First in a task = %d, %v, want 1", v, err)
		}
		if err := g.Wait(); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
	})
}
