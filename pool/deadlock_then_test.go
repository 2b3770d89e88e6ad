package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task that waits for a Then of its own key closes no cycle as long as the Then's input
// has not settled, because that may fail. It does when the input has succeeded.
func TestDeadlockThroughLaterThen(t *testing.T) {
	for _, fails := range []bool{false, true} {
		bubble.Run(t, func(t *testing.T) {
			const key = "account"
			p := pool.New(millrace.WithWorkers(2))
			boom := errors.New("boom")
			input := pool.Submit(bg, p, func(context.Context) (int, error) {
				time.Sleep(2 * time.Second)
				if fails {
					return 0, boom
				}
				return 1, nil
			})
			after := make(chan *intFuture, 1)
			began := time.Now()
			first := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				v, err := (<-after).Await(ctx)
				if d := time.Since(began); d != 2*time.Second {
					t.Errorf("the wait took %v, want that of the input", d)
				}
				if s := p.Stats(); s.Running != 1 || s.Waiting != 0 {
					t.Errorf("after the wait: %+v, want the slot back", s)
				}
				return v, err
			}, millrace.WithKey(key))
			then := pool.Then(bg, p, input, func(_ context.Context, v int) (int, error) { return v + 1, nil }, millrace.WithKey(key))
			after <- then

			_, err := first.Await(bg)
			if want := future.ErrDeadlock; !fails && !errors.Is(err, want) || fails && !errors.Is(err, boom) {
				t.Errorf("input fails: %v; the wait = %v, want the input's error, or else ErrDeadlock", fails, err)
			}
			if v, err := then.Await(bg); !fails && (v != 2 || err != nil) || fails && !errors.Is(err, boom) {
				t.Errorf("input fails: %v; the Then = %v, %v, want the input's error, or else 2", fails, v, err)
			}
			p.Close()
		})
	}
}

// It is none if the wait is for any of several, and another of them goes on.
func TestNoDeadlockThroughLaterThenBesideAnother(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		key := millrace.WithKey("account")
		p := pool.New(millrace.WithWorkers(3))
		takes := func(d time.Duration, v int) *intFuture {
			return pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(d); return v, nil })
		}
		input, other := takes(2*time.Second, 1), takes(5*time.Second, 7)
		after := make(chan *intFuture, 1)
		first := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			return future.Any(ctx, <-after, other)
		}, key)
		then := pool.Then(bg, p, input, func(_ context.Context, v int) (int, error) { return v + 1, nil }, key)
		after <- then
		wantValue(t, "any of a Then behind the key and another task", first, 7)
		wantValue(t, "the Then", then, 2)
		p.Close()
	})
}

// A wait for a Then of one's own key is a deadlock also while the Then has no place in the
// queue, which is full of tasks that wait for the same key.
func TestDeadlockThroughThenWithoutPlace(t *testing.T) {
	for _, late := range []bool{false, true} {
		bubble.Run(t, func(t *testing.T) {
			keyed := millrace.WithKey("account")
			p := pool.New(millrace.WithWorkers(2), millrace.WithQueue(1))
			start := make(chan struct{})
			input := pool.Submit(bg, p, waitsFor(start))
			after := make(chan *intFuture, 1)
			first := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				if late {
					time.Sleep(time.Second) // the Then waits for a place by now
				}
				return (<-after).Await(ctx)
			}, keyed)
			behind := pool.Submit(bg, p, nop, keyed)
			go pool.Submit(bg, p, nop, keyed) // for a place, and before the Then
			synctest.Wait()
			then := pool.Then(bg, p, input, identity, keyed)
			after <- then
			synctest.Wait()
			close(start)
			if _, err := first.Await(bg); !errors.Is(err, future.ErrDeadlock) {
				t.Errorf("late %v: the wait = %v, want ErrDeadlock", late, err)
			}
			wantValue(t, "the one behind", behind, 1)
			wantValue(t, "the Then", then, 1)
			p.Close()
		})
	}
}

// A wait for a Then that comes to wait for the waiting task's key is a deadlock, told
// when it comes about.
func TestDeadlockOfKeyOfThen(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		input := future.NewPromise[int]()
		var then *intFuture
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			then = pool.Then(context.WithoutCancel(ctx), p, input.Future(), func(context.Context, int) (int, error) { return 1, nil }, millrace.WithKey("k"))
			return then.Await(ctx)
		}, millrace.WithKey("k"))
		synctest.Wait()
		input.Resolve(1)
		_, err := f.Await(bg)
		wantIs(t, "a wait for a Then of one's own key", err, future.ErrDeadlock)
		wantValue(t, "the Then", then, 1)
		p.Close()
	})
}
