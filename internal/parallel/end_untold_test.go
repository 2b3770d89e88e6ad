package parallel_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A lateContext tells of its end a second later. Those that ask it know at once.
type lateContext struct{ context.Context }

func (lateContext) Value(any) any { return nil }

func (c lateContext) AfterFunc(f func()) func() bool {
	return context.AfterFunc(c.Context, func() { time.AfterFunc(time.Second, f) })
}

// An item ends the context of the pool or of a group. The runner learns that from the context, and
// leaves with the item that it has claimed, before the pool is told, which then has nothing of the
// map: no runner, and no item that is left for one. The map ends nevertheless.
func TestRunnerLearnsOfTheEndFirst(t *testing.T) {
	executors := map[string]func(ctx context.Context) (ex sched.Executor, end func()){
		"pool": func(ctx context.Context) (sched.Executor, func()) {
			cfg := options.NewPool(nil)
			cfg.Workers, cfg.Context = 1, ctx
			p := sched.New(cfg)
			return p, func() { _ = p.Close() }
		},
		"group": func(ctx context.Context) (sched.Executor, func()) {
			p := newPool(1)
			g := sched.NewGroup(ctx, ctx, p, options.Group{}, nil)
			return g, func() { _ = g.Wait(); _ = p.Close() }
		},
	}
	for name, of := range executors {
		for _, l := range loops {
			for _, tu := range tunings() {
				for k := range 2 {
					bubble.Run(t, func(t *testing.T) {
						ctx, cancel := context.WithCancel(bg)
						ex, end := of(lateContext{ctx})
						_, errs := collect(l.run(bg, ex, upTo(3), func(_ context.Context, v int) (int, error) {
							if v == k {
								cancel()
							}
							return v, nil
						}, tu.config()))
						if !errors.Is(errors.Join(errs...), context.Canceled) {
							t.Errorf("%s: %s, %v: item %d ends the context, and the errors are %v", name, l.name, tu, k, errs)
						}
						end()
					})
				}
			}
		}
	}
}
