package pool_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// retries is a schedule: n attempts, d apart.
func retries(n int, d time.Duration) millrace.TaskOption {
	return millrace.WithRetry(func(attempt int, _ error) (time.Duration, bool) { return d, attempt < n })
}

// A task that fails in any way is tried again. Each attempt has a context of its own and
// knows its number; the outcome is that of the last one.
func TestRetry(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var attempts []int
		var last context.Context
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			if last != nil && (last.Err() == nil || ctx.Err() != nil) {
				t.Error("an attempt has the context of the one before it")
			}
			last = ctx
			attempts = append(attempts, pool.Attempt(ctx))
			switch len(attempts) {
			case 1:
				return 0, errBoom
			case 2:
				panic("boom")
			case 3:
				runtime.Goexit()
			}
			return 7, nil
		}, retries(9, time.Second))
		begin := time.Now()
		wantValue(t, "the fourth attempt", f, 7)
		if !slices.Equal(attempts, []int{1, 2, 3, 4}) || time.Since(begin) != 3*time.Second {
			t.Errorf("attempts %v after %v, want 1 to 4 after 3s", attempts, time.Since(begin))
		}
		n := 0
		g := pool.Submit(bg, p, func(context.Context) (int, error) { n++; return 0, errors.New("again") }, retries(3, 0))
		if _, err := g.Await(bg); err == nil || n != 3 || g.State() != future.Failed {
			t.Errorf("%d attempts, %v, want 3 and the last error", n, err)
		}
		if s := stats(t, p); s.Submitted != 2 || s.Failed != 1 || s.Succeeded != 1 {
			t.Errorf("Stats() = %+v, want each task once", s)
		}
		p.Close()
	})
}

// Between two attempts a task holds nothing but the turn of its key, counts as Waiting, and
// is Running.
func TestRetryWaitsWithoutASlot(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithMaxWeight(1))
		g := pool.NewGroup(bg, p, millrace.WithLimit(1), millrace.IgnoreErrors())
		f := pool.Submit(bg, g, func(ctx context.Context) (int, error) {
			if pool.Attempt(ctx) == 1 {
				return 0, errBoom
			}
			return 2, nil
		}, retries(2, time.Hour), millrace.WithKey("k"))
		synctest.Wait()
		if s := stats(t, p); s.Running != 0 || s.Waiting != 1 || s.Weight != 0 || f.State() != future.Running {
			t.Errorf("Stats() = %+v, want one waiting; the state is %v", s, f.State())
		}
		wantValue(t, "another member", pool.Submit(bg, g, nop), 1)
		ofKey := pool.Submit(bg, p, nop, millrace.WithKey("k"))
		time.Sleep(time.Minute)
		if s := ofKey.State(); s != future.Pending {
			t.Errorf("the next of its key is %v, want pending", s)
		}
		wantValue(t, "the second attempt", f, 2)
		wantValue(t, "the next of its key", ofKey, 1)
		g.Wait()
		p.Close()
	})
}

// Abort, Stop and the ends of contexts end a delay at once, and there is no further attempt.
func TestRetryEnds(t *testing.T) {
	for name, end := range map[string]func(p *pool.Pool, g *pool.Group, f *intFuture, cancel func()){
		"cancel":   func(_ *pool.Pool, _ *pool.Group, _ *intFuture, cancel func()) { cancel() },
		"Abort":    func(_ *pool.Pool, _ *pool.Group, f *intFuture, _ func()) { f.Abort(errors.New("x")) },
		"Stop":     func(p *pool.Pool, _ *pool.Group, _ *intFuture, _ func()) { p.Stop(errors.New("x")) },
		"group":    func(_ *pool.Pool, g *pool.Group, _ *intFuture, _ func()) { g.Cancel(errors.New("x")) },
		"Shutdown": func(p *pool.Pool, _ *pool.Group, _ *intFuture, _ func()) { p.Shutdown(ended(errors.New("x"))) },
	} {
		for _, running := range []bool{false, true} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one)
				g := pool.NewGroup(bg, p)
				ctx, cancel := context.WithCancel(bg)
				defer cancel()
				n := 0
				f := pool.Submit(ctx, g, func(ctx context.Context) (int, error) {
					n++
					if running {
						<-ctx.Done()
					}
					return 0, errBoom
				}, retries(5, time.Hour))
				synctest.Wait()
				begin := time.Now()
				end(p, g, f, cancel)
				if _, err := f.Await(bg); !errors.Is(err, errBoom) || n != 1 || time.Since(begin) > 0 || f.State() != future.Failed {
					t.Errorf("%s, running %v: %v, %v after %d attempts and %v, want failed with %q at once after 1", name, running, f.State(), err, n, time.Since(begin), errBoom)
				}
				g.Wait()
				p.Close()
				stats(t, p)
			})
		}
	}
}

// A panic or Goexit of the schedule is the outcome, and costs the pool nothing.
func TestRetryOfABrokenSchedule(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		fails := func(context.Context) (int, error) { return 7, errBoom }
		f := pool.Submit(bg, p, fails, millrace.WithRetry(func(int, error) (time.Duration, bool) { panic("schedule") }))
		var pe *future.PanicError
		if v, err := f.Await(bg); !errors.As(err, &pe) || pe.Value != "schedule" || v != 0 {
			t.Errorf("Await() = %v, %v, want the panic of the schedule and no value", v, err)
		}
		g := pool.Submit(bg, p, fails, millrace.WithRetry(func(int, error) (time.Duration, bool) { runtime.Goexit(); return 0, true }))
		if v, err := g.Await(bg); err != future.ErrGoexit || v != 0 {
			t.Errorf("Await() = %v, %v, want ErrGoexit and no value", v, err)
		}
		wantValue(t, "the next task", pool.Submit(bg, p, nop), 1)
		p.Close()
	})
}

// A task of WithRetry holds no slot between two attempts, which are counted from 1.
func TestRetryHoldsNothing(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		var attempts []int
		retry := millrace.WithRetry(func(attempt int, err error) (time.Duration, bool) {
			if len(attempts) != attempt || !errors.Is(err, errBoom) {
				t.Errorf("asked after attempt %d with %v, want %d", attempt, err, len(attempts))
			}
			return time.Second, attempt < 3
		})
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			attempts = append(attempts, pool.Attempt(ctx))
			return 0, errBoom
		}, retry)
		synctest.Wait()
		wantValue(t, "another task meanwhile", pool.Submit(bg, p, nop), 1)
		if s := stats(t, p); s.Waiting != 1 || f.State() != future.Running {
			t.Errorf("between attempts: Stats() = %+v, State() = %v, want 1 waiting and running", s, f.State())
		}
		_, err := f.Await(bg)
		wantIs(t, "the outcome", err, errBoom)
		if len(attempts) != 3 || attempts[0] != 1 || attempts[2] != 3 {
			t.Errorf("attempts %v, want 1 to 3", attempts)
		}
		p.Close()
	})
}

// Abort ends a task of WithRetry, in an attempt and between two.
func TestAbortEndsRetries(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		attempts, asked := 0, 0
		retry := millrace.WithRetry(func(int, error) (time.Duration, bool) { asked++; return time.Minute, true })
		inside := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			attempts++
			return untilEnd(ctx)
		}, retry)
		synctest.Wait()
		inside.Abort(errBoom)
		_, err := inside.Await(bg)
		wantIs(t, "a task aborted in an attempt", err, errBoom)
		if asked != 0 {
			t.Error("it is asked whether to try an aborted task again")
		}
		between := pool.Submit(bg, p, func(context.Context) (int, error) { attempts++; return 0, errBoom }, retry)
		synctest.Wait()
		start := time.Now()
		between.Abort(nil)
		between.Await(bg)
		if took := time.Since(start); took != 0 || attempts != 2 {
			t.Errorf("an abort between attempts takes %v, and there were %d attempts, want none and 2", took, attempts)
		}
		p.Close()
	})
}
