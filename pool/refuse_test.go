package pool_test

import (
	"context"
	"errors"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// refusing returns pools that take no more, each for one reason.
func refusing() map[string]struct {
	p       *pool.Pool
	reasons []error
} {
	sealed, closed, stopped, upgraded := pool.New(), pool.New(), pool.New(), pool.New()
	shut, context, heavy, broken := pool.New(), pool.New(millrace.WithContext(ended(errBoom))), pool.New(millrace.WithMaxWeight(1)), brokenPool()
	sealed.Seal()
	closed.Close()
	stopped.Stop(errBoom)
	upgraded.Seal()
	upgraded.Stop(errBoom)
	shut.Shutdown(bg)
	return map[string]struct {
		p       *pool.Pool
		reasons []error
	}{
		"sealed":             {sealed, []error{pool.ErrClosed}},
		"closed":             {closed, []error{pool.ErrClosed}},
		"shut down":          {shut, []error{pool.ErrClosed}},
		"stopped":            {stopped, []error{pool.ErrStopped, errBoom}},
		"sealed, stopped":    {upgraded, []error{pool.ErrStopped, errBoom}},
		"its context ended":  {context, []error{pool.ErrStopped, errBoom}},
		"too heavy a task":   {heavy, []error{pool.ErrTooHeavy}},
		"broken by its init": {broken, []error{pool.ErrBroken, errBoom}},
	}
}

func brokenPool() *pool.Pool {
	p := pool.New(millrace.WithInit(func(context.Context) (context.Context, error) { return nil, errBoom }))
	pool.Submit(bg, p, nop).Await(bg)
	return p
}

// A refused task has a future all the same, that never ran and says why, and
// counts as refused alone.
func TestRefused(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		for name, c := range refusing() {
			bubble.Left() // the watch on a context has been heard
			before := stats(t, c.p)
			f := pool.Submit(bg, c.p, nop, millrace.WithWeight(2))
			wantNeverRan(t, name, f, c.reasons...)
			g := pool.Go(bg, c.p, func(context.Context) error { return nil }, millrace.WithWeight(2))
			if _, err := g.Await(bg); !errors.Is(err, c.reasons[0]) || g.State() != future.Cancelled {
				t.Errorf("%s: Go = %v, %v, want cancelled with the reason", name, g.State(), err)
			}
			h := pool.Then(bg, c.p, future.Resolved(1), func(context.Context, int) (int, error) { t.Error("ran"); return 0, nil }, millrace.WithWeight(2))
			wantNeverRan(t, name+": Then", h, c.reasons...)
			after := stats(t, c.p)
			if after.Refused != before.Refused+3 || after.Submitted != before.Submitted || after.Cancelled != before.Cancelled {
				t.Errorf("%s: Stats() = %+v, then %+v, want 3 more refused and nothing else", name, before, after)
			}
			c.p.Close()
		}
	})
}

// Every way to submit meets the refusal.
func TestRefusedInSets(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		for name, c := range refusing() {
			bubble.Left()
			heavy := millrace.WithWeight(2)
			g := pool.NewGroup(bg, c.p)
			wantNeverRan(t, name+": group", pool.Submit(bg, g, nop, heavy), c.reasons...)
			wantIs(t, name+": Group.Wait()", g.Wait(), c.reasons...)
			err := pool.Scope(bg, c.p, func(ctx context.Context, g *pool.Group) error {
				pool.Submit(ctx, g, nop, heavy)
				return nil
			}, millrace.CollectErrors())
			wantIs(t, name+": Scope()", err, append(c.reasons, future.ErrCancelled)...)
			_, err = pool.MapSlice(bg, c.p, []int{1, 2}, identity, heavy)
			wantIs(t, name+": MapSlice()", err, c.reasons...)
			n := 0
			for _, err := range pool.Map(bg, c.p, endless, identity, heavy) {
				wantIs(t, name+": Map()", err, c.reasons...)
				if n++; n > 1 {
					break
				}
			}
			if n != 1 {
				t.Errorf("%s: Map() yielded %d results, want one error and the end", name, n)
			}
			c.p.Close()
		}
	})
}

// A group that has been waited for takes no more, also when its pool does.
func TestRefusedByGroup(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New()
		defer p.Close()
		g := pool.NewGroup(bg, p)
		if err := g.Wait(); err != nil {
			t.Errorf("Wait() of an empty group = %v, want nil", err)
		}
		wantNeverRan(t, "submitted after Wait", pool.Submit(bg, g, nop), pool.ErrClosed)
		wantValue(t, "the pool", pool.Submit(bg, p, nop), 1)
	})
}

func identity(_ context.Context, v int) (int, error) { return v, nil }

// endless is an input without end.
func endless(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}
