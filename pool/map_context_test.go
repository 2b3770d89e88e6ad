package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The context of an item has ended when the next item starts, also among trivial items,
// whether it was looked at before or not.
func TestContextOfAnItem(t *testing.T) {
	for _, every := range []int{0, 1, 2, 50} {
		t.Run(fmt.Sprintf("every %d", every), func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(1))
				defer p.Close()
				var before context.Context
				err := pool.ForN(bg, p, 2000, func(ctx context.Context, i int) error {
					if every > 0 && i%every == 0 {
						if err := ctx.Err(); err != nil {
							return fmt.Errorf("its own context has ended: %w", err)
						}
						ctx.Done()
					}
					if i%3 == 0 && before != nil {
						if !errors.Is(before.Err(), context.Canceled) || context.Cause(before) != future.ErrTaskEnded {
							return fmt.Errorf("the context before: Err() = %v, want Canceled, with ErrTaskEnded", before.Err())
						}
						select {
						case <-before.Done():
						default:
							return errors.New("the context before is not done")
						}
					}
					before = ctx
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A goroutine that waits for the end of an item's context is told before the next item starts, also
// among trivial items.
func TestEndOfAnItemIsTold(t *testing.T) {
	for name, run := range map[string]func(p *pool.Pool, n int, fn func(context.Context) error) error{
		"slice": func(p *pool.Pool, n int, fn func(context.Context) error) error {
			return pool.ForN(bg, p, n, func(ctx context.Context, _ int) error { return fn(ctx) })
		},
		"sequence": func(p *pool.Pool, n int, fn func(context.Context) error) (err error) {
			first := true
			for _, e := range pool.Map(bg, p, slices.Values(make([]int, n)), func(ctx context.Context, _ int) (int, error) {
				if first {
					synctest.Wait() // until all were pulled: those behind it are claimed many at once
					first = false
				}
				return 0, fn(ctx)
			}, millrace.WithWindow(n)) {
				err = errors.Join(err, e)
			}
			return err
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			i := 0
			var before <-chan struct{}
			err := run(p, 2000, func(ctx context.Context) error {
				if before != nil {
					select {
					case <-before:
					default:
						return fmt.Errorf("item %d starts before the context of the one before it is done", i)
					}
					before = nil
				}
				if i++; i%50 == 0 {
					before = ctx.Done()
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			p.Close()
		})
	}
}

// The context of an item has ended when its result is there.
func TestContextOfAResult(t *testing.T) {
	for _, opt := range []millrace.MapOption{nil, millrace.Unordered()} {
		for _, look := range []bool{false, true} {
			p := pool.New(millrace.WithWorkers(2))
			n := 0
			for ctx, err := range pool.Map(bg, p, slices.Values(make([]int, 20_000)), func(ctx context.Context, i int) (context.Context, error) {
				if look && i%100 == 0 {
					ctx.Done()
				}
				return ctx, nil
			}, opt) {
				if n++; err != nil || ctx.Err() == nil {
					t.Errorf("result %d: %v, its context lives", n, err)
					break
				}
			}
			p.Close()
		}
	}
}

// An item that is a task of its own does not start after the end of the caller's context, also
// if that is of a type that the standard library does not know: then the contexts which are
// derived from it end a moment later.
func TestItemsEndWithAContextOfAnyType(t *testing.T) {
	for _, ex := range []string{"pool", "group"} {
		for range 100 {
			p := pool.New(one)
			ctx := &handmade{Context: bg, done: make(chan struct{})}
			pending, started := make(chan struct{}), make(chan struct{})
			pool.Go(bg, p, func(context.Context) error {
				close(started)
				<-pending
				ctx.end() // the next task starts in this goroutine, at once
				return nil
			})
			<-started
			wait := millrace.PerItem(func(int) []millrace.TaskOption { return nil })
			in := func(yield func(int) bool) {
				yield(0)
				close(pending) // the item was submitted
			}
			var x pool.Executor = p
			if ex == "group" {
				x = pool.NewGroup(bg, p)
			}
			err := pool.ForEach(ctx, x, in, func(context.Context, int) error {
				t.Errorf("an item of a map over a %s has started after the end of the context", ex)
				return nil
			}, wait)
			wantIs(t, "ForEach()", err, future.ErrNotDone)
			p.Close()
			if t.Failed() {
				return
			}
		}
	}
}

// A map without items is complete, also after the end of its context, and if its items would be tasks
// of their own.
func TestMapWithoutItemsIsComplete(t *testing.T) {
	for name, opt := range map[string]millrace.MapOption{
		"none":    nil,
		"PerItem": millrace.PerItem(func(int) []millrace.TaskOption { return nil }),
	} {
		bubble.Run(t, func(t *testing.T) {
			p, ctx := pool.New(one), ended(errBoom)
			if out, err := pool.MapSlice(ctx, p, []int{}, identity, opt); len(out) != 0 || err != nil {
				t.Errorf("option %s: MapSlice() = %v, %v, want an empty slice and nil", name, out, err)
			}
			if err := pool.ForN(ctx, p, 0, func(context.Context, int) error { return nil }, opt); err != nil {
				t.Errorf("option %s: ForN() = %v, want nil", name, err)
			}
			p.Close()
		})
	}
}
