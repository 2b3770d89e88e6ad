package future_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
)

// A wait that its context ends says so, and why; it does not look like a
// cancelled future, and its future goes on.
func TestWaitEndsWithContext(t *testing.T) {
	for _, w := range waits {
		t.Run(w.name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := future.NewPromise[int]()
				ctx, cancel := context.WithTimeoutCause(bg, time.Second, errBoom)
				defer cancel()
				start := time.Now()
				err := w.wait(ctx, p.Future())
				if !errors.Is(err, future.ErrNotDone) || !errors.Is(err, errBoom) || errors.Is(err, future.ErrCancelled) {
					t.Errorf("the error is %v, want ErrNotDone and the cause, and not ErrCancelled", err)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("it took %v, want 1s", took)
				}
				if !p.Resolve(1) {
					t.Error("the wait settled its future")
				}
			})
		})
	}
}

// Without a cause of its own the context's error is the cause.
func TestErrNotDoneWrapsContextError(t *testing.T) {
	past, cancel := context.WithDeadline(bg, time.Now().Add(-time.Hour))
	defer cancel()
	for _, w := range waits {
		pending := future.NewPromise[int]().Future()
		for want, ctx := range map[error]context.Context{context.Canceled: ended(nil), context.DeadlineExceeded: past} {
			if err := w.wait(ctx, pending); !errors.Is(err, future.ErrNotDone) || !errors.Is(err, want) {
				t.Errorf("%s: %v, want ErrNotDone and %v", w.name, err, want)
			}
		}
	}
}

// A cause does not hide which way the context ended.
func TestErrNotDoneWrapsContextErrorAndCause(t *testing.T) {
	past, cancel := context.WithDeadlineCause(bg, time.Now().Add(-time.Hour), errBoom)
	defer cancel()
	for _, w := range waits {
		pending := future.NewPromise[int]().Future()
		for want, ctx := range map[error]context.Context{context.Canceled: ended(errBoom), context.DeadlineExceeded: past} {
			err := w.wait(ctx, pending)
			for _, want := range []error{future.ErrNotDone, want, errBoom} {
				if !errors.Is(err, want) {
					t.Errorf("%s: %v is not %v", w.name, err, want)
				}
			}
		}
	}
}

// If the future settles and then the context ends, before the waiter gets to
// run, the outcome is there and is returned.
func TestSettledJustBeforeContextEnds(t *testing.T) {
	for _, w := range waits {
		t.Run(w.name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				for range 200 {
					ps, fs := promises(2)
					ctx, cancel := context.WithCancel(bg)
					result := make(chan error, 1)
					go func() { result <- w.wait(ctx, fs...) }()
					synctest.Wait()
					ps[1].Resolve(1)
					ps[0].Resolve(0)
					cancel()
					if err := <-result; err != nil {
						t.Fatalf("%v, want the outcome", err)
					}
				}
			})
		})
	}
}

// When both happen at once either may win, and nothing is made up.
func TestAwaitRacesContext(t *testing.T) {
	for range 500 {
		p := future.NewPromise[int]()
		ctx, cancel := context.WithCancelCause(bg)
		var wg sync.WaitGroup
		wg.Go(func() { p.Resolve(7) })
		wg.Go(func() { cancel(errBoom) })
		v, err := p.Future().Await(ctx)
		if (v != 7 || err != nil) && (v != 0 || !errors.Is(err, future.ErrNotDone) || !errors.Is(err, errBoom)) {
			t.Fatalf("Await(ctx) = %v, %v, want 7 or ErrNotDone", v, err)
		}
		wg.Wait()
	}
}

// lone is a context that is none of the standard library's: only its own Done
// can tell when it ends.
type lone struct {
	context.Context
	done chan struct{}
}

func (c lone) Done() <-chan struct{} { return c.done }
func (c lone) Err() error {
	select {
	case <-c.done:
		return errBoom
	default:
		return nil
	}
}

func TestWaitWithForeignContext(t *testing.T) {
	for _, w := range waits {
		bubble.Run(t, func(t *testing.T) {
			ctx := lone{bg, make(chan struct{})}
			time.AfterFunc(time.Second, func() { close(ctx.done) })
			if err := w.wait(ctx, future.NewPromise[int]().Future()); !errors.Is(err, future.ErrNotDone) || !errors.Is(err, errBoom) {
				t.Errorf("%s: %v, want ErrNotDone and the context's error", w.name, err)
			}
		})
	}
}

// Any number of goroutines may wait for one future, and some may give up.
func TestManyWaiters(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := future.NewPromise[int]()
		ctx, cancel := context.WithCancel(bg)
		var got, gone int
		var mu sync.Mutex
		for i := range 300 {
			ctx := []context.Context{bg, ctx}[i%2]
			go func() {
				v, err := p.Future().Await(ctx)
				mu.Lock()
				defer mu.Unlock()
				if v == 7 && err == nil {
					got++
				} else if errors.Is(err, future.ErrNotDone) {
					gone++
				}
			}()
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		p.Resolve(7)
		synctest.Wait()
		if got != 150 || gone != 150 {
			t.Errorf("%d waiters got the value and %d gave up, want 150 and 150", got, gone)
		}
	})
}

// Await gives the value that came with an error, as the function returned it.
func TestAwaitValueAndError(t *testing.T) {
	f := future.Go(bg, func(context.Context) (int, error) { return 3, errBoom })
	if v, err := f.Await(bg); v != 3 || err != errBoom {
		t.Errorf("Await() = %v, %v, want 3, boom", v, err)
	}
}
