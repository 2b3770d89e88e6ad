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

// Which task has the slot while another waits.

// Members get it in order of submission, whatever the order of the arguments
// and however long others have queued; the queue gets it when no member is
// left that could use it.
func TestMembersThenQueue(t *testing.T) {
	for way, wait := range map[string]func(ctx context.Context, fs []*intFuture) error{
		"All": func(ctx context.Context, fs []*intFuture) error {
			_, err := future.All(ctx, fs[2], fs[0], fs[1])
			return err
		},
		"Wait": func(ctx context.Context, fs []*intFuture) error {
			_, _, err := future.Wait(ctx, future.AllCompleted, fs[1], fs[2], fs[0])
			return err
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			var order journal
			proceed := make(chan struct{})
			parent := pool.Go(bg, p, func(ctx context.Context) error {
				<-proceed
				var fs []*intFuture
				for _, name := range []string{"a", "b", "c"} {
					fs = append(fs, pool.Submit(ctx, p, order.task(name)))
				}
				return wait(ctx, fs)
			})
			pool.Submit(bg, p, order.task("queued"))
			close(proceed)
			if _, err := parent.Await(bg); err != nil {
				t.Errorf("%s = %v, want nil", way, err)
			}
			p.Close()
			order.want(t, "a b c queued")
		})
	}
}

// A member that blocks leaves the slot to no other task: it is running.
func TestMemberKeepsLentSlot(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate := make(chan struct{})
		parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			return pool.Submit(ctx, p, func(context.Context) (int, error) { <-gate; return 7, nil }).Await(ctx)
		})
		queued := pool.Submit(bg, p, nop)
		synctest.Wait()
		if s := stats(t, p); s.Running != 1 || s.Waiting != 1 || s.Queued != 1 || queued.State() != future.Pending {
			t.Errorf("Stats() = %+v, want the child running, the parent waiting, the other queued", s)
		}
		close(gate)
		wantValue(t, "the parent", parent, 7)
		p.Close()
	})
}

// A slot that no member can use goes to the queue: here the members wait for a
// third task, for longer.
func TestQueueGetsSlotOfWaitingMembers(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		in := future.NewPromise[int]()
		parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			return pool.Then(ctx, p, in.Future(), identity).Await(ctx)
		})
		queued := pool.Submit(bg, p, nop)
		wantValue(t, "a queued task", queued, 1)
		synctest.Wait()
		if s := stats(t, p); s.Waiting != 1 || s.Deferred != 1 || s.Running != 0 {
			t.Errorf("Stats() = %+v, want the parent waiting, its child deferred", s)
		}
		in.Resolve(7)
		wantValue(t, "the parent", parent, 7)
		p.Close()
	})
}

// A wait for tasks that all run keeps the slot until one of them lends in its
// turn; then it lends too.
func TestWaitOnRunningKeepsSlot(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		gate, nest := make(chan struct{}), make(chan struct{})
		child := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-nest
			f := pool.Submit(ctx, p, waitsFor(gate))
			return f.Await(ctx)
		})
		parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return child.Await(ctx) })
		synctest.Wait()
		queued := pool.Submit(bg, p, nop)
		synctest.Wait()
		if s := stats(t, p); s.Running != 2 || s.Waiting != 0 || queued.State() != future.Pending {
			t.Errorf("waiting for a running task: %+v, want its slot kept", s)
		}
		close(nest)
		synctest.Wait()
		if s := stats(t, p); s.Waiting != 2 || queued.State() != future.Succeeded {
			t.Errorf("once the child lends: %+v, queued %v, want both to lend", s, queued.State())
		}
		close(gate)
		wantValue(t, "the parent", parent, 1)
		p.Close()
	})
}

// A wait on futures that are none of the pool's keeps the slot: another pool's,
// a promise's, those of future.Go.
func TestWaitOnOthersKeepsSlot(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		q := pool.New(one)
		gate := make(chan struct{})
		release := blocker(q, 1)
		promise := future.NewPromise[int]()
		for name, f := range map[string]*intFuture{
			"another pool's": pool.Submit(bg, q, nop),
			"a promise's":    promise.Future(),
			"future.Go's":    future.Go(bg, waitsFor(gate)),
		} {
			p := pool.New(one)
			parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return f.Await(ctx) })
			queued := pool.Submit(bg, p, nop)
			synctest.Wait()
			if s := stats(t, p); s.Running != 1 || s.Waiting != 0 || queued.State() != future.Pending {
				t.Errorf("%s: Stats() = %+v, want the slot kept", name, s)
			}
			defer p.Close()
			defer parent.Await(bg)
		}
		close(gate)
		promise.Resolve(1)
		release()
		q.Close()
	})
}

// The innermost task of the context is the one that waits: a task of q inside
// one of p lends q's slot.
func TestInnermostTaskLends(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(one), pool.New(one)
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			return pool.Submit(ctx, q, func(ctx context.Context) (int, error) {
				return pool.Submit(ctx, q, func(context.Context) (int, error) {
					if s, r := p.Stats(), q.Stats(); s.Waiting != 0 || r.Waiting != 1 {
						t.Errorf("waiting: %d of the outer pool, %d of the inner, want 0 and 1", s.Waiting, r.Waiting)
					}
					return 7, nil
				}).Await(ctx)
			}).Await(ctx)
		})
		wantValue(t, "the outer task", f, 7)
		p.Close()
		q.Close()
	})
}

// Without its task's context a wait keeps the slot: the pool cannot know.
func TestWaitWithoutTaskContextKeepsSlot(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		f := pool.Go(bg, p, func(ctx context.Context) error {
			short, cancel := context.WithTimeout(bg, time.Second)
			defer cancel()
			_, err := pool.Submit(ctx, p, nop).Await(short)
			return err
		})
		if _, err := f.Await(bg); !errors.Is(err, future.ErrNotDone) {
			t.Errorf("Await() = %v, want ErrNotDone", err)
		}
		p.Close()
	})
}

// Waits that are over before they begin lend nothing.
func TestNoWaitNoLending(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		g := pool.NewGroup(bg, p)
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			queued := pool.Submit(bg, p, nop)
			for _, err := range []error{
				func() error { _, err := future.Resolved(1).Await(ctx); return err }(),
				func() error { _, err := future.Race(ctx, queued, future.Resolved(1)); return err }(),
				func() error { _, err := future.All[int](ctx); return err }(),
				g.Wait(),
				pool.Scope(ctx, p, func(context.Context, *pool.Group) error { return nil }),
			} {
				if err != nil {
					t.Errorf("a wait for nothing = %v, want nil", err)
				}
			}
			if s := queued.State(); s != future.Pending {
				t.Errorf("State() of a queued task = %v, want pending: nobody waited", s)
			}
			return 1, nil
		})
		wantValue(t, "the task", f, 1)
		p.Close()
	})
}

// Weight and slots: Resize to fewer while a task waits does not strand it.
func TestResizeWhileWaiting(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(3))
		gate := make(chan struct{})
		var fs []*intFuture
		for range 3 {
			fs = append(fs, pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				<-gate
				return future.Race(ctx, submitAll(ctx, p, 3, nop)...)
			}))
		}
		synctest.Wait()
		p.Resize(1)
		close(gate)
		for _, f := range fs {
			wantValue(t, "a parent", f, 1)
		}
		p.Close()
	})
}
