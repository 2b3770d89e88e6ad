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

// acquire takes a slot, which must not fail.
func acquire(t *testing.T, ex pool.Executor, opts ...millrace.TaskOption) (release func()) {
	t.Helper()
	release, err := pool.Acquire(bg, ex, opts...)
	if err != nil || release == nil {
		t.Fatalf("Acquire() = %v, want a release", err)
	}
	return release
}

// What Acquire has taken keeps out the task that wants the same, and no other, until
// it is released.
func TestAcquireHolds(t *testing.T) {
	for name, c := range map[string]struct {
		workers    int
		opts, same []millrace.TaskOption
		member     bool
	}{
		"slot":   {workers: 1},
		"weight": {workers: 3, opts: []millrace.TaskOption{millrace.WithWeight(3)}, same: []millrace.TaskOption{millrace.WithWeight(2)}},
		"key":    {workers: 3, opts: []millrace.TaskOption{millrace.WithKey("k")}, same: []millrace.TaskOption{millrace.WithKey("k")}},
		"limit":  {workers: 3, member: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(c.workers), millrace.WithMaxWeight(4))
				defer p.Close()
				ex := pool.Executor(p)
				if c.member {
					ex = pool.NewGroup(bg, p, millrace.WithLimit(1))
				}
				release := acquire(t, ex, c.opts...)
				held := pool.Submit(bg, ex, nop, c.same...)
				synctest.Wait()
				if s := held.State(); s != future.Pending {
					t.Errorf("a task that wants the same = %v, want pending", s)
				}
				if c.workers > 1 {
					wantValue(t, "another task", pool.Submit(bg, p, nop, millrace.WithWeight(0), millrace.WithPriority(1)), 1)
				}
				if s := stats(t, p); s.Running != 1 || s.Queued != 1 {
					t.Errorf("Stats() = %+v, want the permit running", s)
				}
				release()
				release()
				wantValue(t, "the task after the release", held, 1)
				if s := stats(t, p); s.Running != 0 || s.Weight != 0 {
					t.Errorf("Stats() after two releases = %+v, want nothing held", s)
				}
			})
		})
	}
}

// A second release gives nothing back that another one holds.
func TestReleaseTwice(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		first := acquire(t, p)
		first()
		second := acquire(t, p)
		first()
		f := pool.Submit(bg, p, nop)
		synctest.Wait()
		if s := f.State(); s != future.Pending {
			t.Errorf("a task beside the second permit = %v, want pending", s)
		}
		second()
		wantValue(t, "the task", f, 1)
	})
}

// Acquire waits in the queue of the tasks.
func TestAcquireInOrder(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var j journal
		release := acquire(t, p)
		take := func(name string, priority int) {
			go func() {
				release, err := pool.Acquire(bg, p, millrace.WithPriority(priority))
				if err == nil {
					j.add(name)
					release()
				}
			}()
			synctest.Wait()
		}
		take("low", -1)
		pool.Submit(bg, p, j.task("task"))
		take("after", 0)
		take("high", 1)
		release()
		p.Close()
		synctest.Wait()
		j.want(t, "high task after low")
	})
}

// What ends a wait for a permit is its error, and the wait leaves nothing behind.
func TestAcquireEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(p *pool.Pool, cancel context.CancelCauseFunc)
		want error
	}{
		"the end of ctx": {func(_ *pool.Pool, cancel context.CancelCauseFunc) { cancel(errBoom) }, errBoom},
		"Stop":           {func(p *pool.Pool, _ context.CancelCauseFunc) { p.Stop(errBoom) }, pool.ErrStopped},
		"Drop":           {func(p *pool.Pool, _ context.CancelCauseFunc) { p.Drop(errBoom) }, errBoom},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			release := acquire(t, p)
			ctx, cancel := context.WithCancelCause(bg)
			result := make(chan error, 1)
			go func() {
				release, err := pool.Acquire(ctx, p)
				if release != nil {
					t.Errorf("%s: a release function along with the error %v, want nil", name, err)
				}
				result <- err
			}()
			synctest.Wait()
			c.end(p, cancel)
			wantIs(t, name, <-result, future.ErrCancelled, c.want)
			if s := stats(t, p); s.Queued != 0 || s.Running != 1 {
				t.Errorf("%s: Stats() = %+v, want the first permit alone", name, s)
			}
			release()
			p.Close()
			cancel(nil)
		})
	}
	p := pool.New(one)
	p.Close()
	_, err := pool.Acquire(bg, p)
	wantIs(t, "Acquire() after Close", err, future.ErrCancelled, pool.ErrClosed)
	_, err = pool.Acquire(ended(errBoom), pool.New(one))
	wantIs(t, "Acquire() with an ended context", err, future.ErrCancelled, errBoom)
	_, err = pool.Acquire(bg, pool.New(one, millrace.WithMaxWeight(1)), millrace.WithWeight(2))
	wantIs(t, "Acquire() of too much", err, future.ErrCancelled, pool.ErrTooHeavy)
}

// Close waits for the release.
func TestCloseWaitsForRelease(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		time.AfterFunc(time.Hour, acquire(t, p))
		begin := time.Now()
		if p.Close(); time.Since(begin) != time.Hour {
			t.Errorf("Close() took %v, want 1h", time.Since(begin))
		}
	})
}

// In a task, a second slot of a pool with one worker does not come: the wait ends with
// its context, and the pool goes on.
func TestAcquireInTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			release, err := pool.Acquire(ctx, p)
			if release != nil {
				release()
			}
			return 0, err
		})
		_, err := f.Await(bg)
		wantIs(t, "Acquire() in a task", err, future.ErrCancelled)
		wantValue(t, "a task after it", pool.Submit(bg, p, nop), 1)
		p.Close()
	})
}

// Acquire on a full pool whose tasks then run beside the workers returns when it holds
// what it asked for: it does not wait for the end of what the caller is to end.
func TestAcquireBesideWorkers(t *testing.T) {
	for name, opts := range map[string][]millrace.TaskOption{
		"at once":          nil,
		"after its turn":   {millrace.WithKey("k")},
		"after its weight": {millrace.WithWeight(2)},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one, millrace.WithQueue(0), millrace.WithMaxWeight(2), millrace.WithOverflow(millrace.CallerRuns))
				defer p.Close()
				first, err := pool.Acquire(bg, p, millrace.WithKey("k"))
				if err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(time.Second, first)
				release, err := pool.Acquire(bg, p, opts...)
				if err != nil {
					t.Fatal(err)
				}
				release()
			})
		})
	}
}

// A member that acquires from its group with its own context waits until that ends: the group
// owns the tasks that a member submits to it, but the member itself waits for a permit.
func TestMemberAcquiresUntilItsContextEnds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p)
		f := pool.Submit(bg, g, func(ctx context.Context) (int, error) {
			p.Pause()
			begun := time.Now()
			release, err := pool.Acquire(ctx, g)
			if err == nil {
				release()
			}
			var timeout *future.TimeoutError
			if d := time.Since(begun); d != time.Second || !errors.As(err, &timeout) || !errors.Is(err, future.ErrCancelled) {
				t.Errorf("Acquire() = %v after %v, want a timeout after a second", err, d)
			}
			return 1, nil
		}, millrace.WithTimeout(time.Second))
		time.Sleep(time.Hour)
		p.Resume()
		wantValue(t, "the member", f, 1)
		g.Wait()
		p.Close()
	})
}

// What Acquire has taken has neither a timeout nor attempts, and the end of its group does not make
// it a failure.
func TestAcquireHasNoTimeoutAndNoRetry(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		g := pool.NewGroup(bg, p)
		release := acquire(t, g, millrace.WithTimeout(time.Second), millrace.WithRetry(func(int, error) (time.Duration, bool) {
			t.Error("another attempt of a permit is asked for")
			return 0, true
		}))
		time.Sleep(time.Minute)
		g.Cancel(errBoom)
		if s := stats(t, p); s.Running != 1 {
			t.Errorf("Stats() = %+v, want the permit running", s)
		}
		release()
		wantSucceeded(t, p, 1)
		p.Close()
	})
}
