package pool_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Every place a task can be in is counted in one figure.
func TestStatsOfEachPlace(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithName("mill"))
		if s := p.Stats(); s != (pool.Stats{Name: "mill", Workers: 2, QueueLimit: -1}) {
			t.Errorf("Stats() of a new pool = %+v, want all 0", s)
		}
		in, gate := future.NewPromise[int](), make(chan struct{})
		pool.Submit(bg, p, waitsFor(gate))
		waiting := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			return pool.Submit(ctx, p, waitsFor(gate)).Await(ctx)
		})
		synctest.Wait() // it waits, its child runs
		submitMany(bg, p, 3)
		pool.Then(bg, p, in.Future(), identity)
		synctest.Wait()
		s := stats(t, p)
		if s.Running != 2 || s.Waiting != 1 || s.Queued != 3 || s.Deferred != 1 || s.Submitted != 7 {
			t.Errorf("Stats() = %+v, want 2 running, 1 waiting, 3 queued, 1 deferred of 7", s)
		}
		if text := p.String(); !strings.Contains(text, "mill") || !strings.Contains(text, "2") || fmt.Sprint(p) != text {
			t.Errorf("String() = %q, want the name and figures", text)
		}
		close(gate)
		in.Reject(errBoom)
		waiting.Await(bg)
		pool.Submit(bg, p, func(context.Context) (int, error) { panic(1) })
		pool.Submit(bg, p, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
		pool.Submit(bg, p, boom)
		pool.Submit(ended(errBoom), p, nop)
		p.Close()
		pool.Submit(bg, p, nop)
		want := pool.Stats{Name: "mill", Workers: 2, QueueLimit: -1, Submitted: 11, Succeeded: 6, Failed: 4, Panicked: 1, Cancelled: 1, Refused: 1}
		if s := stats(t, p); s != want {
			t.Errorf("Stats() after Close = %+v, want %+v", s, want)
		}
	})
}

// Every snapshot adds up while tasks come and go. Nothing holds the queue back here, so no
// snapshot may show a queued task beside an idle slot.
func TestStatsUnderLoad(t *testing.T) {
	for _, workers := range []int{1, 3} {
		p := pool.New(millrace.WithWorkers(workers))
		var stop atomic.Bool
		poll := func() {
			for !stop.Load() {
				s := stats(t, p)
				if s.Running > workers || s.Queued > 0 && s.Running < workers {
					t.Errorf("Stats() = %+v, want no slot idle, and none too many", s)
					return
				}
				runtime.Gosched()
			}
		}
		polled := make(chan struct{})
		go func() { defer close(polled); races(poll, poll) }()
		races(load(p, 1), load(p, 2), load(p, 3))
		p.Close()
		stop.Store(true)
		<-polled
	}
}

// load submits tasks of all kinds, and cancels, aborts and waits at random.
func load(p *pool.Pool, seed uint64) func() {
	r := rand.New(rand.NewPCG(seed, 3))
	return func() {
		for range 60 {
			ctx, cancel := context.WithCancel(bg)
			fs := submitMany(ctx, p, 5)
			fs = append(fs, pool.Submit(ctx, p, boom), pool.Submit(ctx, p, func(context.Context) (int, error) { panic(1) }))
			fs = append(fs, pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
				return future.Race(ctx, submitMany(ctx, p, 3)...)
			}))
			fs = append(fs, pool.Then(ctx, p, fs[r.IntN(len(fs))], identity))
			switch f := fs[r.IntN(len(fs))]; r.IntN(4) {
			case 0:
				f.Cancel()
			case 1:
				f.Abort(errBoom)
			case 2:
				cancel()
			}
			if r.IntN(2) == 0 {
				future.AllSettled(bg, fs...)
			}
			cancel()
		}
	}
}

// Figures are exact as soon as a future is known to have settled, by whatever
// way that is known.
func TestStatsAreExactAfterWait(t *testing.T) {
	p := pool.New(two)
	defer p.Close()
	waits := []func(*intFuture){
		func(f *intFuture) { f.Await(bg) },
		func(f *intFuture) { <-f.Done() },
		func(f *intFuture) { future.Wait(bg, future.AllCompleted, f) },
		func(f *intFuture) {
			for !f.State().Settled() {
				runtime.Gosched()
			}
		},
		func(f *intFuture) {
			for _, ok := f.Poll(); !ok; _, ok = f.Poll() {
				runtime.Gosched()
			}
		},
		func(f *intFuture) {
			for range future.AsCompleted(bg, f) {
			}
		},
	}
	for i := range 600 {
		fn, failed := nop, 0
		if i%3 == 0 {
			fn, failed = boom, 1
		}
		before := p.Stats()
		waits[i%len(waits)](pool.Submit(bg, p, fn))
		after := stats(t, p)
		if after.Failed != before.Failed+uint64(failed) || after.Succeeded != before.Succeeded+1-uint64(failed) || after.Running+after.Queued != 0 {
			t.Fatalf("way %d: Stats() = %+v, then %+v, want 1 more settled, nothing running", i%len(waits), before, after)
		}
	}
}

// Inside a function of OnDone the task is counted as ended.
func TestStatsInOnDone(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		f := pool.Submit(bg, p, nop)
		var s pool.Stats
		f.OnDone(func(*intFuture) { s = stats(t, p) })
		release()
		p.Close()
		if s.Succeeded != 2 || s.Running != 0 {
			t.Errorf("Stats() inside OnDone = %+v, want 2 succeeded, none running", s)
		}
	})
}

// A task is deferred while it waits for its delay, and not any more when it has.
func TestStatsOfDelay(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		f := pool.Submit(bg, p, nop, millrace.WithDelay(time.Second))
		if s := stats(t, p); s.Deferred != 1 || s.Queued != 0 {
			t.Errorf("Stats() before the delay = %+v, want 1 deferred", s)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if s := stats(t, p); s.Deferred != 0 || s.Queued != 1 {
			t.Errorf("Stats() after the delay = %+v, want 1 queued", s)
		}
		release()
		wantValue(t, "the task", f, 1)
		p.Close()
	})
}

// Delayed items of a map are nothing that the pool counts before they start: or else they
// would make room in the queue.
func TestStatsOfDelayedItems(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool(millrace.WithQueue(1), millrace.WithOverflow(millrace.Reject))
		mapped := make(chan error, 1)
		go func() {
			mapped <- pool.ForN(bg, p, 3, func(context.Context, int) error { return nil }, millrace.WithDelay(time.Second))
		}()
		synctest.Wait()
		fs := submitMany(bg, p, 3)
		if s := stats(t, p); s.Queued != 1 || s.Deferred != 0 || s.Refused != 2 {
			t.Errorf("Stats() beside delayed items = %+v, want 1 queued and 2 refused", s)
		}
		release()
		wantValue(t, "the task", fs[0], 1)
		if err := <-mapped; err != nil {
			t.Errorf("ForN() = %v, want nil", err)
		}
		p.Close()
	})
}

// Also in the Stats of a group an item counts from when it starts, and one that never
// starts does not count.
func TestGroupStatsOfDelayedItems(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p)
		want := func(when string, submitted, running, succeeded, failed int) {
			t.Helper()
			s := g.Stats()
			got := []int{int(s.Submitted), s.Running, int(s.Succeeded), int(s.Failed), s.Queued + s.Deferred + int(s.Cancelled)}
			if !slices.Equal(got, []int{submitted, running, succeeded, failed, 0}) {
				t.Errorf("%s: Stats() = %+v, want %d submitted, %d running, %d succeeded, %d failed and no others", when, s, submitted, running, succeeded, failed)
			}
		}
		mapped := make(chan error, 1)
		go func() {
			mapped <- pool.ForN(bg, g, 5, func(_ context.Context, i int) error {
				time.Sleep(time.Second + time.Duration(i)*time.Millisecond)
				if i == 1 {
					return errBoom
				}
				return nil
			}, millrace.WithDelay(time.Second))
		}()
		synctest.Wait()
		want("before the delay is over", 0, 0, 0, 0)
		time.Sleep(1500 * time.Millisecond)
		want("while two run", 2, 2, 0, 0)
		<-mapped
		want("after the second has failed", 3, 0, 2, 1)
		p.Close()
	})
}

// Blocked counts submitters that wait for a place, and not Thens that do.
func TestBlockedCountsSubmitters(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool(millrace.WithQueue(1))
		input := future.NewPromise[int]()
		pool.Then(bg, p, input.Future(), func(context.Context, int) (int, error) { return 1, nil })
		submitMany(bg, p, 1)
		input.Resolve(1)
		go pool.Submit(bg, p, nop)
		synctest.Wait()
		if s := stats(t, p); s.Blocked != 1 || s.Deferred != 1 || s.Queued != 1 {
			t.Errorf("Stats() = %+v, want one blocked, one deferred and one queued", s)
		}
		release()
		p.Close()
	})
}

// The age of a task counts from its submission, whatever it has waited for before it got its
// place in the queue, and whatever comes there after it.
func TestOldestQueuedCountsFromSubmission(t *testing.T) {
	for name, submit := range map[string]func(p *pool.Pool){
		"delayed": func(p *pool.Pool) { pool.Submit(bg, p, nop, millrace.WithDelay(10*time.Second)) },
		"then": func(p *pool.Pool) {
			input := future.NewPromise[int]()
			pool.Then(bg, p, input.Future(), func(context.Context, int) (int, error) { return 1, nil })
			time.AfterFunc(10*time.Second, func() { input.Resolve(1) })
		},
		"blocked": func(p *pool.Pool) {
			ctx, cancel := context.WithCancel(bg)
			pool.Submit(ctx, p, nop)
			go pool.Submit(bg, p, nop)
			time.AfterFunc(10*time.Second, cancel)
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool(millrace.WithQueue(1))
			time.Sleep(time.Hour)
			submit(p)
			synctest.Wait()
			time.Sleep(time.Second)
			pool.Submit(bg, p, nop, millrace.WithOverflow(millrace.Reject), millrace.WithPriority(1)).Cancel()
			time.Sleep(10 * time.Second)
			if s := stats(t, p); s.Queued != 1 || s.OldestQueued != 11*time.Second {
				t.Errorf("%s: Stats() = %+v, want one queued for 11s", name, s)
			}
			release()
			p.Close()
		})
	}
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		late := pool.Submit(bg, p, nop, millrace.WithDelay(10*time.Second))
		pool.Submit(bg, p, nop)
		time.Sleep(11 * time.Second)
		late.Cancel()
		if s := stats(t, p); s.OldestQueued != 11*time.Second {
			t.Errorf("Stats() = %+v, want one queued for 11s, whoever has come after it", s)
		}
		release()
		p.Close()
	})
}

// A task that its submitter waits for takes no place in the queue, and its age is none of it.
func TestOldestQueuedIsQueued(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithQueue(1))
		key := millrace.WithKey("k")
		hourLater := func(int, error) (time.Duration, bool) { return time.Hour, true }
		resting := pool.Go(bg, p, func(context.Context) error { return errBoom }, key, millrace.WithRetry(hourLater))
		synctest.Wait()
		gate := make(chan struct{})
		filled := make(chan struct{})
		parent := pool.Go(bg, p, func(ctx context.Context) error {
			<-filled
			_, err := pool.Submit(ctx, p, nop, key).Await(ctx)
			return err
		})
		pool.Go(bg, p, func(context.Context) error { <-gate; return nil })
		close(filled)
		time.Sleep(time.Minute) // parent lends its slot to the other one
		pool.Submit(bg, p, nop)
		time.Sleep(time.Second)
		if s := stats(t, p); s.Waiting != 2 || s.Queued != 1 || s.OldestQueued != time.Second {
			t.Errorf("Stats() = %+v, want one queued for 1s", s)
		}
		resting.Abort(nil)
		close(gate)
		if _, err := parent.Await(bg); err != nil {
			t.Error(err)
		}
		p.Close()
	})
}

// The age of a task is its own, however many there are that wait for their times.
func TestOldestQueuedBesideDelayed(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		for range 100 {
			pool.Submit(bg, p, nop, millrace.WithDelay(24*time.Hour))
		}
		time.Sleep(time.Hour)
		release := blocker(p, 1)
		pool.Submit(bg, p, nop)
		time.Sleep(time.Second)
		if s := stats(t, p); s.Queued != 1 || s.OldestQueued != time.Second {
			t.Errorf("Stats() = %+v, want one queued for 1s", s)
		}
		release()
		p.Close()
	})
}

// The age of a function of Join that waits for a worker is its own, and not that of a task before it.
func TestOldestQueuedOfJoin(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		release := blocker(p, 1)
		pool.Submit(bg, p, nop)
		release()
		time.Sleep(time.Hour)
		_, err := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			_, _, err := pool.Join(ctx, p, nop, func(context.Context) (int, error) {
				time.Sleep(time.Second)
				if s := stats(t, p); s.Queued != 1 || s.OldestQueued != time.Second {
					t.Errorf("Stats() = %+v, want one queued for 1s", s)
				}
				return 0, nil
			})
			return 0, err
		}).Await(bg)
		if err != nil {
			t.Error(err)
		}
		p.Close()
	})
}
