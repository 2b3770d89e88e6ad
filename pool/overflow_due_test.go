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

// A task that becomes due while a worker is idle starts, though the queue has no places
// and its policy is to reject: the queue is not full if nothing has to wait in it.
func TestLateTaskMeetsIdleWorker(t *testing.T) {
	then := func(context.Context, int) (int, error) { return 1, nil }
	late := map[string]func(*pool.Pool) *future.Future[int]{
		"a delayed task": func(p *pool.Pool) *future.Future[int] {
			return pool.Submit(bg, p, nop, millrace.WithDelay(time.Second))
		},
		"a continuation": func(p *pool.Pool) *future.Future[int] {
			input := future.NewPromise[int]()
			time.AfterFunc(time.Second, func() { input.Resolve(1) })
			return pool.Then(bg, p, input.Future(), then)
		},
		"a delayed continuation": func(p *pool.Pool) *future.Future[int] {
			return pool.Then(bg, p, future.Resolved(1), then, millrace.WithDelay(time.Second))
		},
		"the continuation of a task": func(p *pool.Pool) *future.Future[int] {
			return pool.Then(bg, p, pool.Submit(bg, p, nop), then)
		},
		"a second attempt": func(p *pool.Pool) *future.Future[int] {
			return pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				if pool.Attempt(ctx) == 1 {
					return 0, errBoom
				}
				return 1, nil
			}, millrace.WithRetry(func(int, error) (time.Duration, bool) { return time.Second, true }))
		},
	}
	for name, submit := range late {
		for _, policy := range []millrace.Overflow{millrace.Block, millrace.Reject, millrace.CallerRuns, millrace.DropOldest} {
			t.Run(name+"/"+policy.String(), func(t *testing.T) {
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(0), millrace.WithOverflow(policy))
					defer p.Close()
					if v, err := submit(p).Await(bg); v != 1 || err != nil {
						t.Errorf("Await() = %v, %v, want 1", v, err)
					}
				})
			})
		}
	}
}

// A task that becomes due while the queue is full is treated as one that is submitted then, except
// that no caller waits for it or runs it.
func TestLateTaskMeetsFullQueue(t *testing.T) {
	for _, policy := range []millrace.Overflow{millrace.Block, millrace.Reject, millrace.CallerRuns, millrace.DropOldest} {
		t.Run(policy.String(), func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p, release := busyPool(millrace.WithQueue(1), millrace.WithOverflow(policy))
				late := pool.Submit(bg, p, nop, millrace.WithDelay(time.Second))
				queued := pool.Submit(bg, p, nop)
				time.Sleep(time.Minute)
				want := map[*intFuture]future.State{late: future.Pending, queued: future.Pending}
				switch policy {
				case millrace.Reject:
					want[late] = future.Cancelled
				case millrace.DropOldest:
					want[queued] = future.Cancelled
				}
				for f, state := range want {
					if got := f.State(); got != state {
						t.Errorf("the delayed task: %v, its State() = %v, want %v", f == late, got, state)
					}
				}
				release()
				p.Close()
				for f, state := range want {
					if state == future.Cancelled {
						wantNeverRan(t, "the task without a place", f, pool.ErrQueueFull)
					} else {
						wantValue(t, "a task with a place", f, 1)
					}
				}
			})
		})
	}
}

// A task of CallerRuns that is tried again takes a slot: the one that has submitted it
// lends its own.
func TestCallerRunsTriesAgain(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(0), millrace.WithOverflow(millrace.CallerRuns))
		defer p.Close()
		parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			child := pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
				if pool.Attempt(ctx) == 1 {
					return 0, errBoom
				}
				return 7, nil
			}, millrace.WithRetry(func(int, error) (time.Duration, bool) { return time.Second, true }))
			return child.Await(ctx)
		})
		if v, err := parent.Await(bg); v != 7 || err != nil {
			t.Errorf("Await() = %v, %v, want 7", v, err)
		}
	})
}

// The context of a task ends while it waits, beyond a full queue, for a member that it has submitted
// to its group. The member takes its place in the queue from then on, and its turn of its key.
func TestMemberBeyondAFullQueueOutlivesItsSubmitter(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithQueue(1), millrace.WithMaxWeight(2))
		g := pool.NewGroup(bg, p)
		heavy := millrace.WithWeight(2)
		_, release := holdWeight(p, 1)
		gate, goesOn := make(chan struct{}), make(chan struct{})
		var child *intFuture
		parent := pool.Submit(bg, g, func(ctx context.Context) (int, error) {
			<-gate
			child = pool.Submit(ctx, g, nop, millrace.WithKey("k"), heavy)
			<-goesOn
			return 1, nil
		}, millrace.WithTimeout(time.Second))
		synctest.Wait()
		queued := pool.Submit(bg, p, nop, heavy)
		close(gate)
		time.Sleep(time.Minute)
		synctest.Wait()
		if child == nil {
			t.Fatal("the submitter is blocked though its context has ended")
		}
		if s := stats(t, p); s.Submitted != 4 || s.Queued != 1 {
			t.Errorf("Stats() = %+v, want 4 tasks, one of them in the queue", s)
		}
		close(goesOn)
		release()
		wantValue(t, "the parent", parent, 1)
		wantValue(t, "the task in the queue", queued, 1)
		wantValue(t, "the child", child, 1)
		if s := stats(t, p); s.Submitted != 4 || s.Succeeded != 4 {
			t.Errorf("Stats() = %+v, want 4 tasks that succeeded", s)
		}
		p.Close()
	})
}
