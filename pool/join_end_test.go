package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A function of a Join that has not started never runs after the other one's error, and Join
// returns at once, also if the caller has lent its slot to others and so may not run it.
func TestJoinEndsPending(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		late := pool.Submit(bg, p, nop, millrace.WithDelay(time.Hour))
		caller := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			go late.Await(context.WithoutCancel(ctx))
			synctest.Wait()
			release := blocker(p, 1)
			defer release()
			defer time.AfterFunc(time.Minute, func() { late.Cancel() }).Stop()
			start := time.Now()
			_, _, err := pool.Join(ctx, p, func(context.Context) (int, error) {
				t.Error("a function of a Join runs after the other one's error")
				return 1, nil
			}, boom)
			wantIs(t, "Join()", err, errBoom)
			if d := time.Since(start); d != 0 {
				t.Errorf("Join() has returned after %v, want at once", d)
			}
			return 1, nil
		})
		wantValue(t, "the caller of Join", caller, 1)
		late.Cancel()
		p.Close()
	})
}

// A function of a Join that waits for the caller's task learns that it does when the other one
// has returned, also if its wait does not end with the context of Join. Join returns after both all
// the same.
func TestJoinDeadlock(t *testing.T) {
	t.Run("ended by the context", func(t *testing.T) {
		testJoinDeadlock(t, func(ctx context.Context) context.Context { return ctx })
	})
	t.Run("ended by nothing else", func(t *testing.T) { testJoinDeadlock(t, context.WithoutCancel) })
}

func testJoinDeadlock(t *testing.T, with func(context.Context) context.Context) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		var self *future.Future[struct{}]
		ready := make(chan struct{})
		self = pool.Go(bg, p, func(ctx context.Context) error {
			<-ready
			ended := false
			_, _, err := pool.Join(ctx, p, func(ctx context.Context) (int, error) {
				_, err := self.Await(with(ctx))
				time.Sleep(time.Second)
				ended = true
				return 0, err
			}, func(context.Context) (int, error) {
				synctest.Wait()
				return 0, nil
			})
			if !ended {
				t.Error("Join() returns before one of its functions")
			}
			return err
		})
		close(ready)
		_, err := self.Await(bg)
		wantIs(t, "Join()", err, future.ErrDeadlock)
		p.Close()
	})
}

// The context of the function of a Join that a worker runs ends with the other function's
// error, and with the caller's context. So does a wait with it, and what it has submitted is
// cancelled at once.
func TestJoinEndsWaits(t *testing.T) {
	for name, end := range map[string]func(cancel func()) error{
		"an error of the other function":  func(func()) error { return errBoom },
		"the end of the caller's context": func(cancel func()) error { cancel(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				outer, cancel := context.WithCancel(bg)
				defer cancel()
				var late *intFuture
				start := time.Now()
				pool.Go(outer, p, func(ctx context.Context) error {
					pool.Join(ctx, p, func(ctx context.Context) (int, error) {
						late = pool.Submit(ctx, p, nop, millrace.WithDelay(time.Hour))
						return late.Await(ctx)
					}, func(context.Context) (int, error) {
						synctest.Wait()
						return 0, end(cancel)
					})
					return nil
				}).Await(bg)
				wantNeverRan(t, "what a function of a Join has submitted whose context has ended", late)
				if d := time.Since(start); d != 0 {
					t.Errorf("a wait with that context has ended after %v, want at once", d)
				}
				p.Close()
			})
		})
	}
}
