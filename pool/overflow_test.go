package pool_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/pool"
)

// Reject: the new task never ran, and nothing else has changed.
func TestReject(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		bubble.Run(t, func(t *testing.T) {
			p, queued, release := full(n, millrace.Reject)
			before := stats(t, p)
			for range 3 {
				wantNeverRan(t, "on a full queue", pool.Submit(bg, p, nop), pool.ErrQueueFull)
			}
			before.Refused += 3
			if s := stats(t, p); s != before {
				t.Errorf("queue of %d: Stats() = %+v, want %+v", n, s, before)
			}
			release()
			for _, f := range queued {
				wantValue(t, "a queued task", f, 1)
			}
			synctest.Wait()
			wantValue(t, "a later task", pool.Submit(bg, p, nop), 1)
			p.Close()
		})
	}
}

// A task's own submit is rejected like any other, and a cancelled task makes room.
func TestRejectInTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithQueue(1), millrace.WithOverflow(millrace.Reject))
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			first := pool.Submit(ctx, p, nop)
			wantNeverRan(t, "a child beyond the queue", pool.Submit(ctx, p, nop), pool.ErrQueueFull)
			first.Cancel()
			return pool.Submit(ctx, p, nop).Await(ctx)
		})
		wantValue(t, "the task", f, 1)
		p.Close()
	})
}

// CallerRuns: Submit returns when the task has run, beyond the workers and
// counted as running.
func TestCallerRuns(t *testing.T) {
	for _, n := range []int{0, 2} {
		bubble.Run(t, func(t *testing.T) {
			p, queued, release := full(n, millrace.CallerRuns)
			ctx := context.WithValue(bg, key{}, "v")
			f := pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
				if s := stats(t, p); s.Running != 2 || s.Workers != 1 || s.Queued != n {
					t.Errorf("Stats() in a task that its caller runs = %+v, want 2 running with 1 worker", s)
				}
				if ctx.Value(key{}) != "v" || ctx.Err() != nil {
					t.Errorf("its context has the value %v and Err() = %v, want v and nil", ctx.Value(key{}), ctx.Err())
				}
				return 7, nil
			})
			if f.State() != future.Succeeded {
				t.Errorf("State() after Submit = %v, want succeeded", f.State())
			}
			wantValue(t, "a task that its caller ran", f, 7)
			if s := stats(t, p); s.Running != 1 || s.Queued != n {
				t.Errorf("Stats() = %+v, want the blocker running, %d queued", s, n)
			}
			release()
			for _, f := range queued {
				wantValue(t, "a queued task", f, 1)
			}
			p.Close()
		})
	}
}

// Panics, Goexit and odd errors are outcomes there as elsewhere, and the caller
// is not touched by them.
func TestCallerRunsUnusual(t *testing.T) {
	for name, c := range unusual {
		bubble.Run(t, func(t *testing.T) {
			p, _, release := full(0, millrace.CallerRuns)
			f := pool.Submit(bg, p, c.fn)
			if r, ok := f.Poll(); !ok || !c.check(r.Err) || f.State() != future.Failed {
				t.Errorf("%s: Poll() = %T, %v, and the state is %v, want its error, true, failed", name, r.Err, ok, f.State())
			}
			release()
			p.Close()
		})
	}
}

// Timeout, Abort, the end of ctx and Stop reach such a task's context.
func TestCallerRunsContext(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, _, release := full(0, millrace.CallerRuns)
		_, err := pool.Submit(bg, p, untilEnd, millrace.WithTimeout(time.Second)).Await(bg)
		wantTimeout(t, "with a timeout", err, time.Second)
		ctx, cancel := context.WithTimeoutCause(bg, time.Second, errBoom)
		defer cancel()
		if _, err := pool.Submit(ctx, p, untilEnd).Await(bg); err != errBoom {
			t.Errorf("Await() = %v, want the cause of ctx", err)
		}
		wantNeverRan(t, "with an ended ctx", pool.Submit(ctx, p, nop), errBoom)
		go func() { time.Sleep(time.Minute); p.Stop(errBoom) }()
		_, err = pool.Submit(bg, p, untilEnd).Await(bg)
		wantIs(t, "Await() of a task that Stop has ended", err, pool.ErrStopped, errBoom)
		release()
		p.Close()
	})
}

// A task of CallerRuns can wait for others of the pool, and Close waits for it.
func TestCallerRunsWaits(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, queued, release := full(1, millrace.CallerRuns)
		go func() { time.Sleep(time.Second); release() }()
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			return pool.Submit(ctx, p, func(ctx context.Context) (int, error) { return queued[0].Await(ctx) }).Await(ctx)
		})
		wantValue(t, "a task that its caller ran", f, 1)
		p.Close()
	})
	bubble.Run(t, func(t *testing.T) {
		p, _, release := full(0, millrace.CallerRuns)
		go pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Hour); return 1, nil })
		synctest.Wait()
		release()
		begin := time.Now()
		p.Close()
		if took := time.Since(begin); took != time.Hour {
			t.Errorf("Close() took %v, want 1h: a caller runs a task", took)
		}
	})
}

// Weights and keys hold for such tasks too.
func TestCallerRunsWithinBounds(t *testing.T) {
	p := pool.New(one, millrace.WithQueue(1), millrace.WithOverflow(millrace.CallerRuns), millrace.WithMaxWeight(3))
	var weight gauge
	var keys [2]gauge
	submits := make([]func(), 8)
	for i := range submits {
		submits[i] = func() {
			for j := range 100 {
				w, k := int64(j%3), (i+j)%2
				pool.Submit(bg, p, func(context.Context) (int, error) {
					weight.add(w)
					keys[k].add(1)
					time.Sleep(time.Microsecond)
					keys[k].add(-1)
					weight.add(-w)
					return 1, nil
				}, millrace.WithWeight(w), millrace.WithKey(k))
			}
		}
	}
	races(submits...)
	p.Close()
	weight.want(t, "weight", 3)
	keys[0].want(t, "tasks of one key", 1)
	keys[1].want(t, "tasks of one key", 1)
	if s := stats(t, p); s.Succeeded != 800 {
		t.Errorf("Stats() = %+v, want 800 succeeded", s)
	}
}

// DropOldest: the oldest of the lowest priority makes room, and never ran.
func TestDropOldest(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool(millrace.WithQueue(4), millrace.WithOverflow(millrace.DropOldest))
		var order journal
		submit := func(name string, priority int) *intFuture {
			return pool.Submit(bg, p, order.task(name), millrace.WithPriority(priority))
		}
		a, b, c, d := submit("a", 0), submit("b", -1), submit("c", -1), submit("d", 5)
		told := false
		b.OnDone(func(*intFuture) { told = true })
		e := submit("e", 0)
		wantNeverRan(t, "the oldest of the lowest", b, pool.ErrQueueFull)
		if !told {
			t.Error("its OnDone has not run when Submit has returned")
		}
		f := submit("f", 7)
		wantNeverRan(t, "the next of the lowest", c, pool.ErrQueueFull)
		g := submit("g", 0)
		wantNeverRan(t, "the oldest of equals", a, pool.ErrQueueFull)
		h := submit("h", -3)
		wantNeverRan(t, "a new one below all others", h, pool.ErrQueueFull)
		if s := stats(t, p); s.Queued != 4 || s.Cancelled != 3 || s.Refused != 1 {
			t.Errorf("Stats() = %+v, want 4 queued, 3 dropped, 1 refused", s)
		}
		release()
		for _, f := range []*intFuture{d, e, f, g} {
			wantValue(t, "one that stayed", f, 1)
		}
		p.Close()
		order.want(t, "f d e g")
	})
}

// With a queue of 0 there is nothing to drop: it is Reject.
func TestDropOldestOfNone(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, _, release := full(0, millrace.DropOldest)
		wantNeverRan(t, "with a queue of 0", pool.Submit(bg, p, nop, millrace.WithPriority(9)), pool.ErrQueueFull)
		if s := stats(t, p); s.Refused != 1 || s.Cancelled != 0 {
			t.Errorf("Stats() = %+v, want 1 refused", s)
		}
		release()
		p.Close()
	})
}

// In a task it is as from outside, and a child that was dropped says so.
func TestDropOldestInTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithQueue(1), millrace.WithOverflow(millrace.DropOldest))
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			first, second := pool.Submit(ctx, p, nop), pool.Submit(ctx, p, nop)
			wantNeverRan(t, "the first child", first, pool.ErrQueueFull)
			return second.Await(ctx)
		})
		wantValue(t, "the task", f, 1)
		p.Close()
	})
}

// A million submits to a small queue cost no memory.
func TestDropOldestKeepsNothing(t *testing.T) {
	p, _, release := full(4, millrace.DropOldest)
	submitMany(bg, p, 1000)
	before := memory.InUse()
	for range many {
		pool.Submit(bg, p, nop)
	}
	memory.WantNoMore(t, fmt.Sprint(many, " dropped tasks"), before, many)
	release()
	p.Close()
	if s := stats(t, p); s.Submitted != uint64(1000+many+5) || s.Succeeded != 5 {
		t.Errorf("Stats() = %+v, want 5 of %d succeeded", s, 1000+many+5)
	}
}

func TestOverflowString(t *testing.T) {
	got := fmt.Sprint(millrace.Block, millrace.Reject, millrace.CallerRuns, millrace.DropOldest)
	if want := "Block Reject CallerRuns DropOldest"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

// A task that CallerRuns would run beside the workers does not pass one that waits for
// weight with a slot free.
func TestCallerRunsBehindHeavy(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithMaxWeight(10), millrace.WithQueue(1), millrace.WithOverflow(millrace.CallerRuns))
		gate := make(chan struct{})
		var j journal
		pool.Submit(bg, p, waitsFor(gate), millrace.WithWeight(6))
		synctest.Wait()
		pool.Submit(bg, p, j.task("heavy"), millrace.WithWeight(10)) // all of it: nothing starts beside it
		done := make(chan struct{})
		go func() {
			pool.Submit(bg, p, j.task("light"))
			close(done)
		}()
		synctest.Wait()
		j.want(t, "")
		close(gate)
		<-done
		p.Close()
		j.want(t, "heavy light")
	})
}

// A task that runs beside the workers needs no slot to go on from a wait.
func TestCallerRunsGoesOnWithoutASlot(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool(millrace.WithQueue(0), millrace.WithMaxWeight(2), millrace.WithOverflow(millrace.CallerRuns))
		f := pool.Go(bg, p, func(ctx context.Context) error {
			pool.Outside(ctx, func() { time.Sleep(time.Second) })
			return nil
		})
		if s := f.State(); s != future.Succeeded {
			t.Errorf("the task is %v, want succeeded", s)
		}
		release()
		p.Close()
	})
}

// The caller of a task that waits, for its key or for weight, and then runs beside the slots, goes on
// when the task has ended.
func TestCallerRunsAfterAWait(t *testing.T) {
	for name, opt := range map[string]millrace.TaskOption{"key": millrace.WithKey("k"), "weight": millrace.WithWeight(2)} {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool(millrace.WithQueue(0), millrace.WithMaxWeight(3), millrace.WithOverflow(millrace.CallerRuns))
			var wg sync.WaitGroup
			start := time.Now()
			for range 2 {
				wg.Go(func() {
					f := pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Second); return 1, nil }, opt)
					if s := f.State(); s != future.Succeeded {
						t.Errorf("%s: the task is %v when Submit returns, want succeeded", name, s)
					}
				})
			}
			wg.Wait()
			if took := time.Since(start); took != 2*time.Second {
				t.Errorf("%s: two tasks took %v, want one after the other", name, took)
			}
			release()
			p.Close()
		})
	}
}
