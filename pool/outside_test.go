package pool_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Outside lends the slot and the weight to any task, keeps the key, and has both back
// when it returns.
func TestOutsideLends(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithMaxWeight(2))
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			pool.Outside(ctx, func() {
				wantValue(t, "a stranger", pool.Submit(bg, p, nop, millrace.WithWeight(2)), 1)
				same := pool.Submit(bg, p, nop, millrace.WithKey("k"))
				synctest.Wait()
				if s := same.State(); s != future.Pending {
					t.Errorf("a task of the same key = %v, want pending", s)
				}
				if s := stats(t, p); s.Waiting != 1 || s.Running != 0 || s.Weight != 0 {
					t.Errorf("Stats() = %+v, want one that waits", s)
				}
			})
			if s := stats(t, p); s.Waiting != 0 || s.Running != 1 || s.Weight != 2 {
				t.Errorf("Stats() after Outside = %+v, want one that runs", s)
			}
			return 2, nil
		}, millrace.WithWeight(2), millrace.WithKey("k"))
		wantValue(t, "the task", f, 2)
		p.Close()
	})
}

// However fn ends, the task has its slot back before it goes on to end.
func TestOutsideUnusualEnds(t *testing.T) {
	for name, fn := range map[string]func(){
		"panic":  func() { panic("a") },
		"Goexit": runtime.Goexit,
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				defer func() {
					if s := stats(t, p); s.Running != 1 || s.Waiting != 0 {
						t.Errorf("%s: Stats() = %+v, want one that runs", name, s)
					}
				}()
				pool.Outside(ctx, fn)
				return 1, nil
			})
			if _, err := f.Await(bg); err == nil || f.State() != future.Failed {
				t.Errorf("%s in Outside: %v, %v, want a failure", name, f, err)
			}
			var now gauge
			for range 4 {
				pool.Submit(bg, p, func(context.Context) (int, error) {
					now.add(1)
					time.Sleep(time.Second)
					now.add(-1)
					return 1, nil
				})
			}
			p.Close()
			now.want(t, "tasks after "+name, 1)
			if s := stats(t, p); s.Running+s.Waiting != 0 || s.Succeeded != 4 {
				t.Errorf("%s: Stats() after Close = %+v, want 4 succeeded", name, s)
			}
		})
	}
}

// Outside of tasks it just calls fn, also inside of itself.
func TestOutsideOfNoTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		n := 0
		pool.Outside(bg, func() { n++ })
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			pool.Outside(ctx, func() { pool.Outside(ctx, func() { n++ }) })
			return n, nil
		})
		wantValue(t, "nested", f, 2)
		p.Close()
	})
}

// A wait for one promise whose work runs elsewhere lends the slot to anybody, too.
func TestAwaitOfWorkElsewhereLends(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		far := future.NewPromiseFunc[int](func(error) bool { return false })
		waits := pool.Submit(bg, p, far.Future().Await)
		wantValue(t, "a stranger", pool.Submit(bg, p, nop), 1)
		if s := stats(t, p); s.Waiting != 1 || s.Running != 0 {
			t.Errorf("Stats() = %+v, want one that waits", s)
		}
		far.Resolve(2)
		wantValue(t, "the task", waits, 2)
		p.Close()
	})
}

// A task that waits for several looks for what these wait for in turn, and does not look at a
// task of another pool: that has another lock, and changes meanwhile.
func TestWaitForOneThatWaitsForAnotherPool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(two), pool.New(one)
		elsewhere := pool.Go(bg, q, func(context.Context) error { return errBoom },
			millrace.WithRetry(func(attempt int, _ error) (time.Duration, bool) { return time.Second, attempt == 1 }))
		waits := pool.Go(bg, p, func(ctx context.Context) (err error) {
			pool.Outside(ctx, func() { _, err = elsewhere.Await(ctx) })
			return err
		})
		synctest.Wait() // it waits for the second attempt
		several := pool.Go(bg, p, func(ctx context.Context) error {
			_, err := future.AllSettled(ctx, waits)
			return err
		})
		if _, err := several.Await(bg); err != nil {
			t.Errorf("AllSettled() = %v, want nil", err)
		}
		_, err := waits.Await(bg)
		wantIs(t, "Await() of the other pool's task", err, errBoom)
		p.Close()
		q.Close()
	})
}
