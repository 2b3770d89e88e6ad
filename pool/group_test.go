package pool_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The first error cancels what is pending and ends what runs, with itself as
// the reason; Wait returns it when all have settled.
func TestGroupFirstError(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p)
		slow := pool.Submit(bg, g, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			time.Sleep(time.Second)
			return 0, context.Cause(ctx)
		})
		synctest.Wait()
		pool.Submit(bg, g, boom)
		pending := pool.Submit(bg, g, nop)
		outsider := pool.Submit(bg, p, nop)
		synctest.Wait()
		late := pool.Submit(bg, g, nop)
		begin := time.Now()
		if err := g.Wait(); err != errBoom || time.Since(begin) != time.Second {
			t.Errorf("Wait() = %v after %v, want the first error after 1s", err, time.Since(begin))
		}
		if _, err := slow.Await(bg); err != errBoom {
			t.Errorf("the cause of a running member's context = %v, want the first error", err)
		}
		if pending.State() == future.Cancelled {
			wantNeverRan(t, "a pending member", pending, errBoom)
		}
		wantNeverRan(t, "submitted after the failure", late, errBoom)
		wantValue(t, "no member", outsider, 1)
		p.Close()
	})
}

// Pending members are cancelled in one step.
func TestGroupCancelsAtOnce(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p)
		release := blocker(p, 1)
		fail := make(chan struct{})
		pool.Submit(bg, g, func(context.Context) (int, error) { <-fail; return 0, errBoom })
		synctest.Wait()
		fs := submitMany(bg, g, 5)
		stays := pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Hour); return 1, nil })
		close(fail)
		synctest.Wait()
		for _, f := range fs {
			wantNeverRan(t, "a pending member", f, errBoom)
		}
		if s := stats(t, p); s.Queued != 0 || s.Cancelled != 5 {
			t.Errorf("Stats() = %+v, want 5 cancelled", s)
		}
		release()
		g.Wait()
		wantValue(t, "no member", stays, 1)
		p.Close()
	})
}

// A member that never ran is no failure that cancels the others; Wait tells of
// it if there was no other.
func TestGroupOfCancelledMember(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		g := pool.NewGroup(bg, p)
		release := blocker(p, 1)
		cancelled, other := pool.Submit(bg, g, nop), pool.Submit(bg, g, nop)
		cancelled.Abort(errBoom)
		release()
		wantValue(t, "the other member", other, 1)
		wantIs(t, "Wait()", g.Wait(), future.ErrCancelled, errBoom)
		p.Close()
	})
}

// CollectErrors: all run, and the errors come in order of submission, also of
// those that never ran.
func TestGroupCollectErrors(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(8))
		g := pool.NewGroup(bg, p, millrace.CollectErrors())
		for i := range 5 {
			pool.Go(bg, g, func(ctx context.Context) error {
				time.Sleep(time.Duration(10-i) * time.Second)
				if ctx.Err() != nil {
					t.Errorf("the context of member %d has ended: %v", i, context.Cause(ctx))
				}
				if i == 2 {
					return nil
				}
				return fmt.Errorf("error %d", i)
			})
		}
		pool.Submit(ended(errBoom), g, nop)
		err := g.Wait()
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok || len(joined.Unwrap()) != 5 {
			t.Fatalf("Wait() = %v, want 5 errors joined", err)
		}
		errs := joined.Unwrap()
		if got := fmt.Sprint(errs[:4]); got != "[error 0 error 1 error 3 error 4]" {
			t.Errorf("Wait() = %s, want the errors in order of submission", got)
		}
		wantIs(t, "the last error", errs[4], future.ErrCancelled, errBoom)
		p.Close()
	})
}

// Wait can be called again and at once, and says the same; then the group takes
// no more. Members submitted by members are waited for.
func TestGroupWait(t *testing.T) {
	for _, want := range []error{nil, errBoom} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			g := pool.NewGroup(bg, p)
			var grandchild *intFuture
			pool.Go(bg, g, func(ctx context.Context) error {
				time.Sleep(time.Second)
				pool.Go(ctx, g, func(ctx context.Context) error {
					grandchild = pool.Submit(context.WithoutCancel(ctx), g, func(context.Context) (int, error) { time.Sleep(time.Second); return 7, want })
					return nil
				}).Await(ctx)
				return nil
			})
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					if err := g.Wait(); err != want {
						t.Errorf("Wait() = %v, want %v", err, want)
					}
				})
			}
			wg.Wait()
			if s := grandchild.State(); !s.Settled() {
				t.Errorf("a member's member is %v after Wait, want settled", s)
			}
			if err := g.Wait(); err != want {
				t.Errorf("Wait() again = %v, want %v", err, want)
			}
			f := pool.Submit(bg, g, nop)
			wantNeverRan(t, "submitted after Wait", f)
			if want == nil {
				wantNeverRan(t, "submitted after Wait", f, pool.ErrClosed)
			}
			if err := g.Wait(); err != want {
				t.Errorf("Wait() after a late submit = %v, want %v", err, want)
			}
			p.Close()
		})
	}
}

// The end of the group's context ends its members, before and after.
func TestGroupContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		ctx, cancel := context.WithCancelCause(bg)
		g := pool.NewGroup(ctx, p)
		running := pool.Submit(bg, g, untilEnd)
		synctest.Wait()
		pending := pool.Submit(bg, g, nop)
		cancel(errBoom)
		synctest.Wait()
		if _, err := running.Await(bg); err != errBoom {
			t.Errorf("the cause of a running member's context = %v, want the group's", err)
		}
		wantNeverRan(t, "a pending member", pending, errBoom)
		wantNeverRan(t, "a later member", pool.Submit(bg, g, nop), errBoom)
		if err := g.Wait(); !errors.Is(err, errBoom) {
			t.Errorf("Wait() = %v, want the cause", err)
		}
		dead := pool.NewGroup(ended(errBoom), p)
		wantNeverRan(t, "a member of a group made with an ended context", pool.Submit(bg, dead, nop), errBoom)
		dead.Wait()
		p.Close()
	})
}

// A group over a group: members are members of both.
func TestGroupOverGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		outer := pool.NewGroup(bg, p)
		inner := pool.NewGroup(bg, outer)
		other := pool.NewGroup(bg, outer)
		inOuter, inInner, inOther := pool.Submit(bg, outer, untilEnd), pool.Submit(bg, inner, untilEnd), pool.Submit(bg, other, untilEnd)
		synctest.Wait()
		pool.Submit(bg, inner, boom)
		for name, f := range map[string]*intFuture{"the outer group": inOuter, "the inner group": inInner, "its sister": inOther} {
			if _, err := f.Await(bg); err != errBoom {
				t.Errorf("a member of %s ends with %v, want the first error of the inner group", name, err)
			}
		}
		for name, g := range map[string]*pool.Group{"outer": outer, "inner": inner} {
			if err := g.Wait(); err != errBoom {
				t.Errorf("Wait() of the %s group = %v, want %v", name, err, errBoom)
			}
		}
		other.Wait()
		p.Close()
	})
}

// An inner group that is waited for does not end the outer one, and a failure of
// the outer one's own members ends the inner's.
func TestGroupOverGroupDown(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		outer := pool.NewGroup(bg, p)
		first := pool.NewGroup(bg, outer)
		pool.Submit(bg, first, nop)
		if err := first.Wait(); err != nil {
			t.Errorf("Wait() of an inner group = %v, want nil", err)
		}
		wantValue(t, "a member of the outer group", pool.Submit(bg, outer, nop), 1)
		second := pool.NewGroup(bg, outer)
		member := pool.Submit(bg, second, untilEnd)
		synctest.Wait()
		pool.Submit(bg, outer, boom)
		if _, err := member.Await(bg); err != errBoom {
			t.Errorf("a member of the inner group ends with %v, want the outer's first error", err)
		}
		wantIs(t, "Wait() of the inner group", second.Wait(), errBoom)
		wantIs(t, "Wait() of the outer group", outer.Wait(), errBoom)
		p.Close()
	})
}

// The outer group waits for the inner one's members.
func TestGroupWaitsForInnerMembers(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		outer := pool.NewGroup(bg, p)
		inner := pool.NewGroup(bg, outer)
		f := pool.Submit(bg, inner, func(context.Context) (int, error) { time.Sleep(time.Hour); return 1, nil })
		begin := time.Now()
		if err := outer.Wait(); err != nil || time.Since(begin) != time.Hour || f.State() != future.Succeeded {
			t.Errorf("Wait() = %v after %v, member %v, want nil after 1h", err, time.Since(begin), f)
		}
		inner.Wait()
		p.Close()
	})
}
