package pool_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// waitsForKey are the ways in which a task with the key k waits for work with that key.
func waitsForKey(k millrace.TaskOption) map[string]func(ctx context.Context, p *pool.Pool) error {
	item := func(_ context.Context, i int) (int, error) { return i, nil }
	items := func() iter.Seq[int] { return slices.Values([]int{1, 2, 3}) }
	return map[string]func(ctx context.Context, p *pool.Pool) error{
		"Await": func(ctx context.Context, p *pool.Pool) error {
			_, err := pool.Submit(ctx, p, nop, k).Await(ctx)
			return err
		},
		"Await of a delayed one": func(ctx context.Context, p *pool.Pool) error {
			_, err := pool.Submit(ctx, p, nop, k, millrace.WithDelay(time.Hour)).Await(ctx)
			return err
		},
		"AllSettled, one delayed": func(ctx context.Context, p *pool.Pool) error {
			_, err := future.AllSettled(ctx, pool.Submit(ctx, p, nop), pool.Submit(ctx, p, nop, k, millrace.WithDelay(time.Hour)))
			return err
		},
		"Scope, one delayed": func(ctx context.Context, p *pool.Pool) error {
			return pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
				pool.Submit(ctx, g, nop, k, millrace.WithDelay(time.Hour))
				return nil
			})
		},
		"All": func(ctx context.Context, p *pool.Pool) error {
			_, err := future.All(ctx, pool.Submit(ctx, p, nop, k))
			return err
		},
		"All, beside one that may fail": func(ctx context.Context, p *pool.Pool) error {
			_, err := future.All(ctx, pool.Submit(ctx, p, nop, k), pool.Submit(ctx, p, nop), pool.Submit(ctx, p, nop))
			return err
		},
		"Any, beside one that may succeed": func(ctx context.Context, p *pool.Pool) error {
			_, err := future.Any(ctx, pool.Submit(ctx, p, boom), pool.Submit(ctx, p, nop, k))
			return err
		},
		"Wait for a failure": func(ctx context.Context, p *pool.Pool) error {
			_, _, err := future.Wait(ctx, future.FirstFailed, pool.Submit(ctx, p, nop, k), pool.Submit(ctx, p, nop))
			return err
		},
		"AllSettled": func(ctx context.Context, p *pool.Pool) error {
			_, err := future.AllSettled(ctx, pool.Submit(ctx, p, nop, k))
			return err
		},
		"Wait": func(ctx context.Context, p *pool.Pool) error {
			_, _, err := future.Wait(ctx, future.AllCompleted, pool.Submit(ctx, p, nop, k))
			return err
		},
		"Any": func(ctx context.Context, p *pool.Pool) error {
			_, err := future.Any(ctx, pool.Submit(ctx, p, nop, k))
			return err
		},
		"Race": func(ctx context.Context, p *pool.Pool) error {
			_, err := future.Race(ctx, pool.Submit(ctx, p, nop, k))
			return err
		},
		"Map": func(ctx context.Context, p *pool.Pool) error {
			for _, err := range pool.Map(ctx, p, items(), item, k) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"MapSlice": func(ctx context.Context, p *pool.Pool) error {
			_, err := pool.MapSlice(ctx, p, []int{1, 2, 3}, item, k)
			return err
		},
		"ForEach": func(ctx context.Context, p *pool.Pool) error {
			return pool.ForEach(ctx, p, items(), func(context.Context, int) error { return nil }, k)
		},
		"ForN": func(ctx context.Context, p *pool.Pool) error {
			return pool.ForN(ctx, p, 3, func(context.Context, int) error { return nil }, k)
		},
		"Reduce": func(ctx context.Context, p *pool.Pool) error {
			_, err := pool.Reduce(ctx, p, []int{1, 2, 3}, func(_ context.Context, a, b int) (int, error) { return a + b, nil }, k)
			return err
		},
		"MapSlice, PerItem": func(ctx context.Context, p *pool.Pool) error {
			_, err := pool.MapSlice(ctx, p, []int{1, 2, 3}, item, millrace.PerItem(func(int) []millrace.TaskOption { return []millrace.TaskOption{k} }))
			return err
		},
		"Scope": func(ctx context.Context, p *pool.Pool) error {
			return pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
				pool.Submit(ctx, g, nop, k)
				return nil
			})
		},
		"Group.Wait": func(ctx context.Context, p *pool.Pool) error {
			g := pool.NewGroup(ctx, p)
			pool.Submit(ctx, g, nop, k)
			return g.Wait()
		},
		"MapSlice of delayed items": func(ctx context.Context, p *pool.Pool) error {
			_, err := pool.MapSlice(ctx, p, []int{1, 2, 3}, item, k, millrace.WithDelay(time.Hour))
			return err
		},
		"Acquire after a delay": func(ctx context.Context, p *pool.Pool) error {
			_, err := pool.Acquire(ctx, p, k, millrace.WithDelay(time.Hour))
			return err
		},
		"Acquire": func(ctx context.Context, p *pool.Pool) error {
			release, err := pool.Acquire(ctx, p, k)
			if err == nil {
				release()
			}
			return err
		},
	}
}

// Every kind of wait of a task for work of its own key ends at once with ErrDeadlock,
// and what was waited for runs, or is cancelled, once the task has ended.
func TestDeadlockOfKeyInEveryWait(t *testing.T) {
	k := millrace.WithKey("k")
	for name, wait := range waitsForKey(k) {
		for _, workers := range []int{1, 3} {
			t.Run(name, func(t *testing.T) {
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(millrace.WithWorkers(workers))
					f := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return 0, wait(ctx, p) }, k)
					begin := time.Now()
					_, err := f.Await(bg)
					wantIs(t, name, err, future.ErrDeadlock)
					if took := time.Since(begin); took > 0 {
						t.Errorf("%s ends after %v, want at once", name, took)
					}
					wantValue(t, "the next of the key", pool.Submit(bg, p, nop, k), 1)
					p.Close()
				})
			})
		}
	}
}
