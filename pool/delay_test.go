package pool_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A delayed task holds nothing until its time has come: no place, no slot, no turn.
func TestDelay(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithQueue(0), millrace.WithOverflow(millrace.Reject))
		begin := time.Now()
		var order []string
		say := func(what string) func(context.Context) (int, error) {
			return func(context.Context) (int, error) { order = append(order, what); return 1, nil }
		}
		late := pool.Submit(bg, p, say("late"), millrace.WithDelay(time.Second), millrace.WithKey(1))
		if s := stats(t, p); s.Deferred != 1 || s.Queued != 0 || late.State() != future.Pending {
			t.Errorf("Stats() = %+v, want one deferred; the state is %v", s, late.State())
		}
		wantValue(t, "a task of the key meanwhile", pool.Submit(bg, p, say("soon"), millrace.WithKey(1)), 1)
		wantValue(t, "the delayed one", late, 1)
		if took := time.Since(begin); took != time.Second || !slices.Equal(order, []string{"soon", "late"}) {
			t.Errorf("tasks ran in the order %v and took %v, want [soon late] and 1s", order, took)
		}
		p.Close()
	})
}

// What ends a pending task ends one that is delayed, at once; Close waits for it.
func TestDelayEnds(t *testing.T) {
	for name, end := range map[string]func(p *pool.Pool, f *intFuture, cancel func()){
		"cancel":   func(_ *pool.Pool, _ *intFuture, cancel func()) { cancel() },
		"Cancel":   func(_ *pool.Pool, f *intFuture, _ func()) { f.Cancel() },
		"Abort":    func(_ *pool.Pool, f *intFuture, _ func()) { f.Abort(errBoom) },
		"Stop":     func(p *pool.Pool, _ *intFuture, _ func()) { p.Stop(errBoom) },
		"Drop":     func(p *pool.Pool, _ *intFuture, _ func()) { p.Drop(errBoom) },
		"Shutdown": func(p *pool.Pool, _ *intFuture, _ func()) { p.Shutdown(ended(errBoom)) },
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			ctx, cancel := context.WithCancel(bg)
			defer cancel()
			f := pool.Submit(ctx, p, nop, millrace.WithDelay(time.Hour))
			begin := time.Now()
			end(p, f, cancel)
			f.Await(bg)
			if s := f.State(); s != future.Cancelled || time.Since(begin) > 0 {
				t.Errorf("%s: the task is %v after %v, want cancelled at once", name, s, time.Since(begin))
			}
			p.Close()
		})
	}
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		f := pool.Submit(bg, p, nop, millrace.WithDelay(time.Hour))
		p.Close()
		wantValue(t, "after Close", f, 1)
	})
}

// A task that is pending for too long never runs, wherever it waits.
func TestMaxWait(t *testing.T) {
	for name, opt := range map[string]millrace.PoolOption{
		"queued": millrace.WithName(""), "blocked": millrace.WithQueue(0),
	} {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool(opt)
			begin := time.Now()
			f := pool.Submit(bg, p, nop, millrace.WithMaxWait(time.Second))
			f.Await(bg)
			wantNeverRan(t, name, f, pool.ErrMaxWait)
			if took := time.Since(begin); took != time.Second {
				t.Errorf("%s: after %v, want 1s", name, took)
			}
			release()
			runs := pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Minute); return 2, nil }, millrace.WithMaxWait(time.Second))
			wantValue(t, "one that has started", runs, 2)
			p.Close()
		})
	}
}

// The delay of a Then counts from its submission, however old the pool is, and whether its input
// settles before it is over or later.
func TestDelayOfThen(t *testing.T) {
	const d = 2 * time.Second
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		time.Sleep(time.Hour)
		for _, takes := range []time.Duration{0, d / 2, 2 * d} {
			start := time.Now()
			in := pool.Go(bg, p, func(context.Context) error { time.Sleep(takes); return nil })
			then := pool.Then(bg, p, in, func(context.Context, struct{}) (time.Duration, error) {
				return time.Since(start), nil
			}, millrace.WithDelay(d))
			if after, err := then.Await(bg); after != max(d, takes) || err != nil {
				t.Errorf("a Then of an input of %v starts after %v, %v, want %v", takes, after, err, max(d, takes))
			}
		}
		p.Close()
	})
}

// Delays end in their order, whatever the order in which they begin.
func TestAlarmsRingInTheirOrder(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		start := time.Now()
		var at []time.Duration
		for _, d := range []time.Duration{3, 1, 2} {
			pool.Go(bg, p, func(context.Context) error {
				at = append(at, time.Since(start))
				return nil
			}, millrace.WithDelay(d*time.Second))
		}
		p.Close()
		for i, want := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second} {
			if i >= len(at) || at[i] != want {
				t.Fatalf("tasks start after %v, want 1s, 2s and 3s", at)
			}
		}
	})
}

// A maximum wait settles a pending task, and has no effect on one that runs.
func TestMaxWaitOfPendingOnly(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		long := func(context.Context) (int, error) { time.Sleep(time.Minute); return 1, nil }
		runs := pool.Submit(bg, p, long, millrace.WithMaxWait(time.Second))
		waits := pool.Submit(bg, p, nop, millrace.WithMaxWait(time.Second))
		later := pool.Submit(bg, p, long, millrace.WithMaxWait(90*time.Second))
		start := time.Now()
		_, err := waits.Await(bg)
		wantIs(t, "the task that waits", err, future.ErrCancelled, pool.ErrMaxWait)
		if took := time.Since(start); took != time.Second {
			t.Errorf("it is settled after %v, want 1s", took)
		}
		wantValue(t, "the task that runs", runs, 1)
		wantValue(t, "the task that has waited, and runs when its time is over", later, 1)
		stats(t, p)
		p.Close()
	})
}

// Delays that end at the same time let their tasks go in order of submission, also if others
// have begun before and end sooner or later.
func TestEqualDelaysEndInOrder(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithQueue(1))
		var order journal
		for i, d := range []time.Duration{10, 1, 2, 2, 2, 2, 2} {
			pool.Submit(bg, p, order.task(strconv.Itoa(i)), millrace.WithDelay(d*time.Second))
		}
		p.Close()
		order.want(t, "1 2 3 4 5 6 0")
	})
}
