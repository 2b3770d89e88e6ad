package parallel_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// takeNone are executors on p that take no more tasks, and why.
func takeNone(p *sched.Pool) map[string]func() (sched.Executor, error) {
	errEnd := errors.New("end")
	group := func(end func(g *sched.Group)) sched.Executor {
		g := sched.NewGroup(bg, bg, p, options.Group{}, nil)
		end(g)
		return g
	}
	return map[string]func() (sched.Executor, error){
		"a group that was waited for": func() (sched.Executor, error) {
			return group(func(g *sched.Group) { _ = g.Wait() }), sched.ErrClosed
		},
		"a cancelled group": func() (sched.Executor, error) {
			return group(func(g *sched.Group) { g.Cancel(errEnd) }), errEnd
		},
		"a group whose context has ended": func() (sched.Executor, error) {
			ctx, cancel := context.WithCancelCause(bg)
			g := sched.NewGroup(ctx, ctx, p, options.Group{}, nil)
			cancel(errEnd)
			return g, errEnd
		},
		"a sealed pool":  func() (sched.Executor, error) { p.Seal(); return p, sched.ErrClosed },
		"a stopped pool": func() (sched.Executor, error) { p.Stop(errEnd); return p, errEnd },
		"a pool whose context has ended": func() (sched.Executor, error) {
			cfg := options.NewPool(nil)
			ctx, cancel := context.WithCancelCause(bg)
			cfg.Context = ctx
			p := sched.New(cfg)
			cancel(errEnd)
			return p, errEnd
		},
	}
}

// On an executor that takes no more tasks, a map with items ends with the reason. One without
// items has nothing to be refused: it is complete.
func TestExecutorTakesNoMore(t *testing.T) {
	for name := range takeNone(nil) {
		for _, own := range []bool{false, true} {
			for _, items := range []int{0, 1, 5} {
				inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
					ex, want := takeNone(p)[name]()
					if items == 0 {
						want = nil
					}
					for loop, err := range runAll(ex, items, tuning{own: own}.config()) {
						if !errors.Is(err, want) {
							t.Errorf("%s, own %v: %s over %d items ends with %v, want %v", name, own, loop, items, err, want)
						}
					}
					if q, ok := ex.(*sched.Pool); ok {
						_ = q.Close()
					}
				})
			}
		}
	}
}

// runAll returns the error of each loop over as many items.
func runAll(ex sched.Executor, items int, cfg parallel.Config) map[string]error {
	errs := make(map[string]error)
	for _, l := range loops {
		_, of := collect(l.run(bg, ex, upTo(items), double, cfg))
		errs[l.name] = errors.Join(of...)
	}
	each := func(context.Context, int) error { return nil }
	errs["ForEach"] = parallel.ForEach(bg, ex, slices.Values(doubles(items)), each, cfg)
	errs["ForN"] = parallel.ForN(bg, ex, items, each, cfg)
	_, errs["MapSlice"] = parallel.MapSlice(bg, ex, doubles(items), double, cfg)
	return errs
}

// A map of a caller outside of the pool starts no further item once its pool is sealed, also if its
// runner has not had its slot for long.
func TestSealEndsMapFromOutside(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, p *sched.Pool) {
		calls := 0
		err := parallel.ForN(bg, p, 100, func(context.Context, int) error {
			if calls++; calls == 1 {
				p.Seal()
			}
			return nil
		}, newConfig())
		if !errors.Is(err, sched.ErrClosed) || calls != 1 {
			t.Errorf("ForN() = %v after %d items, want ErrClosed after 1", err, calls)
		}
	})
}
