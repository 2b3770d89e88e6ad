package pool_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The earliest error is the result of MapSlice, ForEach and ForN: items that fail because their
// map has ended do not hide why it has.

// wholes are the maps that end with the first error.
var wholes = map[string]func(ctx context.Context, ex pool.Executor, n int, fn func(context.Context, int) error, opt millrace.MapOption) error{
	"MapSlice": func(ctx context.Context, ex pool.Executor, n int, fn func(context.Context, int) error, opt millrace.MapOption) error {
		_, err := pool.MapSlice(ctx, ex, make([]int, n), func(ctx context.Context, i int) (int, error) { return i, fn(ctx, i) }, opt)
		return err
	},
	"ForEach": func(ctx context.Context, ex pool.Executor, n int, fn func(context.Context, int) error, opt millrace.MapOption) error {
		return pool.ForEach(ctx, ex, slices.Values(make([]int, n)), fn, opt)
	},
	"ForN": func(ctx context.Context, ex pool.Executor, n int, fn func(context.Context, int) error, opt millrace.MapOption) error {
		return pool.ForN(ctx, ex, n, fn, opt)
	},
}

func TestMapEndsWithWhatCameFirst(t *testing.T) {
	cause, late := errors.New("cause"), errors.New("late")
	for what, end := range map[string]struct {
		do func(cancelMap, cancelPool, cancelGroup context.CancelCauseFunc, p *pool.Pool, g *pool.Group)
		is error
	}{
		"the end of the caller's context": {func(m, _, _ context.CancelCauseFunc, _ *pool.Pool, _ *pool.Group) { m(cause) }, future.ErrNotDone},
		"the end of the pool's context":   {func(_, p, _ context.CancelCauseFunc, _ *pool.Pool, _ *pool.Group) { p(cause) }, pool.ErrStopped},
		"the end of the group's context":  {func(_, _, g context.CancelCauseFunc, _ *pool.Pool, _ *pool.Group) { g(cause) }, future.ErrCancelled},
		"Stop":                            {func(_, _, _ context.CancelCauseFunc, p *pool.Pool, _ *pool.Group) { p.Stop(cause) }, pool.ErrStopped},
		"Cancel of the group":             {func(_, _, _ context.CancelCauseFunc, _ *pool.Pool, g *pool.Group) { g.Cancel(cause) }, future.ErrCancelled},
	} {
		for name, whole := range wholes {
			for kind, opt := range map[string]millrace.MapOption{
				"plain": nil, "per item": millrace.PerItem(func(int) []millrace.TaskOption { return nil }),
			} {
				for _, n := range []int{1, 2, 9} {
					for _, who := range []string{"an item", "another"} {
						bubble.Run(t, func(t *testing.T) {
							mapCtx, cancelMap := context.WithCancelCause(bg)
							poolCtx, cancelPool := context.WithCancelCause(bg)
							groupCtx, cancelGroup := context.WithCancelCause(bg)
							p := pool.New(two, millrace.WithContext(poolCtx))
							g := pool.NewGroup(groupCtx, p)
							do := func() { end.do(cancelMap, cancelPool, cancelGroup, p, g) }
							if who == "another" {
								time.AfterFunc(time.Second, do)
							}
							err := whole(mapCtx, g, n, func(ctx context.Context, i int) error {
								if who == "an item" {
									do()
								}
								<-ctx.Done()
								return late
							}, opt)
							if errors.Is(err, late) || !errors.Is(err, end.is) || !errors.Is(err, cause) {
								t.Errorf("%s of %d items, %s, ended by %s in %s: %v, want an error that is %v and %v", name, n, kind, what, who, err, end.is, cause)
							}
							p.Close()
							cancelMap(nil)
							cancelPool(nil)
							cancelGroup(nil)
						})
					}
				}
			}
		}
	}
}

// An item that fails after the pool has refused others comes after that.
func TestMapEndsWithRefusalBeforeFailure(t *testing.T) {
	for name, whole := range wholes {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			var calls atomic.Int32
			time.AfterFunc(time.Second, p.Seal)
			err := whole(bg, p, 9, func(context.Context, int) error {
				if calls.Add(1) == 1 {
					time.Sleep(2 * time.Hour)
					return errBoom
				}
				time.Sleep(time.Hour)
				return nil
			}, nil)
			if errors.Is(err, errBoom) || !errors.Is(err, pool.ErrClosed) {
				t.Errorf("%s whose first item fails an hour after the pool has refused others = %v, want ErrClosed", name, err)
			}
			p.Close()
		})
	}
}
