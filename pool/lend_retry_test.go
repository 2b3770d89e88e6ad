package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task between two attempts needs a slot again, so a task that waits for it lends: also
// if it began to wait while the first attempt ran, or afterwards.
func TestWaitForTaskThatRests(t *testing.T) {
	retry := millrace.WithRetry(func(int, error) (time.Duration, bool) { return time.Second, true })
	second := func(ctx context.Context) (int, error) {
		time.Sleep(time.Second)
		if pool.Attempt(ctx) == 1 {
			return 0, errBoom
		}
		return 7, nil
	}
	for name, wait := range map[string]func(context.Context, *intFuture) error{
		"Await": func(ctx context.Context, f *intFuture) error { _, err := f.Await(ctx); return err },
		"All":   func(ctx context.Context, f *intFuture) error { _, err := future.All(ctx, f); return err },
		"AsCompleted": func(ctx context.Context, f *intFuture) error {
			for range future.AsCompleted(ctx, f) {
			}
			return nil
		},
	} {
		t.Run(name+", after the first attempt", func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(1))
				defer p.Close()
				parent := pool.Go(bg, p, func(ctx context.Context) error {
					child := pool.Submit(ctx, p, second, retry)
					pool.Outside(ctx, func() { time.Sleep(1500 * time.Millisecond) })
					return wait(ctx, child)
				})
				if _, err := parent.Await(bg); err != nil {
					t.Errorf("Await() = %v, want nil", err)
				}
			})
		})
		t.Run(name+", during the first attempt", func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(2))
				defer p.Close()
				child := pool.Submit(bg, p, second, retry)
				var fs []*future.Future[struct{}]
				for range 2 { // the second one takes the slot of the first attempt
					fs = append(fs, pool.Go(bg, p, func(ctx context.Context) error { return wait(ctx, child) }))
				}
				if _, err := future.All(bg, fs...); err != nil {
					t.Errorf("All() = %v, want nil", err)
				}
			})
		})
	}
}

// A goroutine that an attempt has left behind goes on when its wait is over: it needs no slot, though
// the next attempt lends one.
func TestWaitOfAnEarlierAttemptNeedsNoSlot(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		gate, goesOn, end := make(chan struct{}), make(chan struct{}), make(chan struct{})
		other := pool.Submit(bg, p, nop, millrace.WithDelay(time.Minute))
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			if pool.Attempt(ctx) == 1 {
				go func() {
					defer close(goesOn)
					other.Await(context.WithoutCancel(ctx))
				}()
				time.Sleep(time.Second) // until that waits
				return 0, errBoom
			}
			pool.Outside(ctx, func() { <-end })
			return 1, nil
		}, millrace.WithRetry(func(int, error) (time.Duration, bool) { return time.Second, true }))
		time.Sleep(3 * time.Second / 2)
		pool.Submit(bg, p, waitsFor(gate)) // takes the worker of the first attempt
		time.Sleep(time.Hour)
		select {
		case <-goesOn:
		default:
			t.Error("the goroutine waits on, though the task that it waits for has settled")
		}
		close(end)
		close(gate)
		wantValue(t, "the task", f, 1)
		p.Close()
	})
}
