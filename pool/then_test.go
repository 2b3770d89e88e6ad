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

func double(_ context.Context, v int) (int, error) { return 2 * v, nil }

// A Then runs when its input has succeeded, and not before; until then it holds
// no slot, no place in the queue and no weight.
func TestThen(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithQueue(0), millrace.WithOverflow(millrace.Reject), millrace.WithMaxWeight(1))
		in := future.NewPromise[int]()
		f := pool.Then(bg, p, in.Future(), double)
		if s := stats(t, p); s.Deferred != 1 || s.Queued+s.Running != 0 || s.Weight != 0 || f.State() != future.Pending {
			t.Errorf("Stats() = %+v, %v, want 1 deferred and nothing else", s, f)
		}
		wantValue(t, "another task", pool.Submit(bg, p, nop), 1)
		in.Resolve(21)
		wantValue(t, "Then", f, 42)
		wantValue(t, "Then of a settled input", pool.Then(bg, p, in.Future(), double), 42)
		p.Close()
	})
}

// A long chain, and one input of many.
func TestThenChain(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		in := future.NewPromise[int]()
		chain := in.Future()
		var fan []*intFuture
		for range 1000 {
			chain = pool.Then(bg, p, chain, func(_ context.Context, v int) (int, error) { return v + 1, nil })
			fan = append(fan, pool.Then(bg, p, in.Future(), double))
		}
		if s := stats(t, p); s.Deferred != 2000 {
			t.Errorf("Stats() = %+v, want 2000 deferred", s)
		}
		in.Resolve(1)
		wantValue(t, "the end of the chain", chain, 1001)
		for _, f := range fan {
			wantValue(t, "one of many", f, 2)
		}
		p.Close()
	})
}

// If the input does not succeed fn never runs, and the result has the input's
// state and error.
func TestThenOfNoSuccess(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		cancelled := pool.Submit(bg, p, nop)
		pending := future.NewPromise[int]()
		never := func(context.Context, int) (int, error) { t.Error("ran"); return 0, nil }
		of := map[string]*intFuture{
			"a failed input":    future.Rejected[int](errBoom),
			"a later failure":   pending.Future(),
			"a cancelled input": cancelled,
			"a failed task":     pool.Submit(bg, p, boom),
		}
		then, second := map[string]*intFuture{}, map[string]*intFuture{}
		for name, in := range of {
			then[name] = pool.Then(bg, p, in, never)
			second[name] = pool.Then(bg, p, then[name], never)
		}
		cancelled.Abort(errBoom)
		pending.Reject(errBoom)
		release()
		p.Close()
		for name, in := range of {
			want, _ := in.Poll()
			for _, f := range []*intFuture{then[name], second[name]} {
				if r, ok := f.Poll(); !ok || r.Err != want.Err || f.State() != in.State() {
					t.Errorf("Then of %s: %v, %v, want %v, %v", name, f.State(), r.Err, in.State(), want.Err)
				}
			}
		}
		if s := stats(t, p); s.Cancelled != 3 || s.Failed != 7 || s.Deferred != 0 {
			t.Errorf("Stats() = %+v, want 3 cancelled, 7 failed", s)
		}
	})
}

// Cancel, the end of ctx and Stop settle it while its input is pending, and its
// input knows nothing of it.
func TestThenEndsBeforeInput(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		in := future.NewPromise[int]()
		ctx, cancel := context.WithCancelCause(bg)
		cancelled, underEnded := pool.Then(bg, p, in.Future(), double), pool.Then(ctx, p, in.Future(), double)
		aborted, stopped := pool.Then(bg, p, in.Future(), double), pool.Then(bg, p, in.Future(), double)
		if !cancelled.Cancel() || !aborted.Abort(errBoom) {
			t.Error("Cancel() and Abort() of a deferred task = false, want true")
		}
		wantNeverRan(t, "cancelled", cancelled)
		wantNeverRan(t, "aborted", aborted, errBoom)
		cancel(errBoom)
		underEnded.Await(bg)
		wantNeverRan(t, "under an ended context", underEnded, errBoom)
		if s := stats(t, p); s.Deferred != 1 || s.Cancelled != 3 {
			t.Errorf("Stats() = %+v, want 1 deferred, 3 cancelled", s)
		}
		p.Stop(errBoom)
		wantNeverRan(t, "stopped", stopped, pool.ErrStopped, errBoom)
		p.Close()
		if !in.Resolve(1) {
			t.Error("the input has been settled by its Thens")
		}
	})
}

// Close waits for it.
func TestCloseWaitsForThen(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		in := future.NewPromise[int]()
		f := pool.Then(bg, p, in.Future(), double)
		go func() {
			time.Sleep(time.Hour)
			in.Resolve(21)
		}()
		begin := time.Now()
		if err := p.Close(); err != nil || time.Since(begin) != time.Hour {
			t.Errorf("Close() = %v after %v, want nil after 1h", err, time.Since(begin))
		}
		wantValue(t, "Then", f, 42)
	})
}

// The input may be of another pool, whichever closes first.
func TestThenAcrossPools(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(one), pool.New(one)
		f := pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(time.Second); return 21, nil })
		g := pool.Then(bg, q, f, double)
		q.Seal()
		p.Close()
		q.Close()
		wantValue(t, "Then", g, 42)
	})
}

// Its types may differ from its input's.
func TestThenOfOtherType(t *testing.T) {
	p := pool.New()
	defer p.Close()
	f := pool.Then(bg, p, future.Resolved("four"), func(_ context.Context, s string) ([]int, error) { return []int{len(s)}, nil })
	if v, err := f.Await(bg); err != nil || len(v) != 1 || v[0] != 4 {
		t.Errorf("Await() = %v, %v, want [4]", v, err)
	}
}

// As a member of a group it ends with the group, and the group waits for it.
func TestThenInGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		in := future.NewPromise[int]()
		g := pool.NewGroup(bg, p)
		f := pool.Then(bg, g, in.Future(), double)
		pool.Submit(bg, g, boom)
		if err := g.Wait(); err != errBoom {
			t.Errorf("Wait() = %v, want the first error", err)
		}
		wantNeverRan(t, "the Then", f, errBoom)
		h := pool.NewGroup(bg, p)
		f = pool.Then(bg, h, in.Future(), double)
		go func() { synctest.Wait(); in.Resolve(21) }()
		if err := h.Wait(); err != nil || f.State() != future.Succeeded {
			t.Errorf("Wait() = %v, the Then %v, want it to have run", err, f)
		}
		p.Close()
	})
}

// A Then of the member that ends its group has failed as that has, though the group ends
// all that is pending: the input settled before.
func TestThenOfFirstFailure(t *testing.T) {
	for _, opts := range [][]millrace.GroupOption{nil, {millrace.CollectErrors()}, {millrace.IgnoreErrors()}} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			outer := pool.NewGroup(bg, p, opts...)
			g := pool.NewGroup(bg, outer)
			gate := make(chan struct{})
			f := pool.Submit(bg, g, func(ctx context.Context) (int, error) { <-gate; return boom(ctx) })
			then := pool.Then(bg, g, f, double)
			second := pool.Then(bg, g, then, double)
			late := pool.Then(bg, outer, f, double)
			close(gate)
			if err := g.Wait(); err != errBoom {
				t.Errorf("Wait() = %v, want the first error", err)
			}
			outer.Wait()
			for i, f := range []*intFuture{then, second, late} {
				if r, ok := f.Poll(); !ok || f.State() != future.Failed || r.Err != errBoom {
					t.Errorf("Then %d: %v, %v, want the outcome of the input", i, f, r.Err)
				}
			}
			p.Close()
			if s := stats(t, p); s.Failed != 4 || s.Cancelled != 0 {
				t.Errorf("Stats() = %+v, want 4 failed", s)
			}
		})
	}
}

// It holds for a Then of a Then as well, whichever of nested groups they are members of.
func TestThenOfThenOfFirstFailure(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		outer := pool.NewGroup(bg, p)
		inner := pool.NewGroup(bg, outer)
		gate := make(chan struct{})
		f := pool.Submit(bg, outer, func(ctx context.Context) (int, error) { <-gate; return boom(ctx) })
		var chain []*intFuture
		for i, last := 0, f; i < 20; i++ {
			ex := pool.Executor(outer)
			if i%3 > 0 {
				ex = inner
			}
			last = pool.Then(bg, ex, last, double)
			chain = append(chain, last)
		}
		close(gate)
		if err := outer.Wait(); err != errBoom {
			t.Errorf("Wait() = %v, want the first error", err)
		}
		for i, f := range chain {
			if r, ok := f.Poll(); !ok || f.State() != future.Failed || r.Err != errBoom {
				t.Errorf("Then %d: %v, %v, want the outcome of the input", i, f, r.Err)
			}
		}
	})
}

// A Then does not wait for functions of OnDone that were registered on its input
// before, whether it runs or settles with that.
func TestThenPassesFunctions(t *testing.T) {
	boom := errors.New("boom")
	for _, want := range []error{nil, boom} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			gate, called := make(chan struct{}), make(chan struct{})
			start := make(chan struct{})
			f := pool.Submit(bg, p, func(context.Context) (int, error) { <-start; return 1, want })
			f.OnDone(func(*intFuture) { <-gate })
			then := pool.Then(bg, p, f, identity)
			after := pool.Then(bg, p, then, identity)
			after.OnDone(func(*intFuture) { close(called) })
			close(start)
			if _, err := after.Await(bg); err != want {
				t.Errorf("Await() of the second Then = %v, want %v", err, want)
			}
			close(gate)
			<-called
			p.Close()
		})
	}
}

// A Then has no submitter that could run it: on a full queue it waits for a place, also with CallerRuns.
func TestThenOfCallerRuns(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool(millrace.WithQueue(0), millrace.WithOverflow(millrace.CallerRuns))
		input := future.NewPromise[int]()
		f := pool.Then(bg, p, input.Future(), identity)
		input.Resolve(1)
		synctest.Wait()
		if s := f.State(); s != future.Pending {
			t.Errorf("State() = %v while the only slot is taken, want pending", s)
		}
		release()
		wantValue(t, "the continuation", f, 1)
		p.Close()
	})
}
