//go:build go1.27

package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Each method of a group runs its functions as members: they have results while the group
// takes members, and never run when it does not.
func TestMethodsOfGroup(t *testing.T) {
	one := func(context.Context) (int, error) { return 1, nil }
	double := func(_ context.Context, n int) (int, error) { return 2 * n, nil }
	ignore := func(context.Context, int) error { return nil }
	in := []int{1, 2, 3}
	for name, c := range map[string]struct {
		call func(g *pool.Group) (any, error)
		want string
	}{
		"Submit": {func(g *pool.Group) (any, error) { return g.Submit(bg, one).Await(bg) }, "1"},
		"Go": {func(g *pool.Group) (any, error) {
			return g.Go(bg, func(context.Context) error { return nil }).Await(bg)
		}, "{}"},
		"Then": {func(g *pool.Group) (any, error) { return g.Then(bg, future.Resolved(2), double).Await(bg) }, "4"},
		"Map": {func(g *pool.Group) (any, error) {
			var out []int
			for v, err := range g.Map(bg, slices.Values(in), double) {
				if err != nil {
					return nil, err
				}
				out = append(out, v)
			}
			return out, nil
		}, "[2 4 6]"},
		"MapSlice": {func(g *pool.Group) (any, error) { return g.MapSlice(bg, in, double) }, "[2 4 6]"},
		"ForEach":  {func(g *pool.Group) (any, error) { return nil, g.ForEach(bg, slices.Values(in), ignore) }, "<nil>"},
		"ForN":     {func(g *pool.Group) (any, error) { return nil, g.ForN(bg, 3, ignore) }, "<nil>"},
		"Join": {func(g *pool.Group) (any, error) {
			a, b, err := g.Join(bg, one, one)
			return a + b, err
		}, "2"},
		"First": {func(g *pool.Group) (any, error) { return g.First(bg, one) }, "1"},
		"Reduce": {func(g *pool.Group) (any, error) {
			return g.Reduce(bg, in, func(_ context.Context, a, b int) (int, error) { return a + b, nil })
		}, "6"},
		"Scope": {func(g *pool.Group) (any, error) {
			return nil, g.Scope(bg, func(ctx context.Context, g *pool.Group) error { g.Submit(ctx, one); return nil })
		}, "<nil>"},
		"Group": {func(g *pool.Group) (any, error) { return g.Group(bg).Submit(bg, one).Await(bg) }, "1"},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			g := pool.NewGroup(bg, p)
			if v, err := c.call(g); fmt.Sprint(v) != c.want || err != nil {
				t.Errorf("%s = %v, %v, want %s", name, v, err, c.want)
			}
			g.Cancel(errBoom)
			if _, err := c.call(g); !errors.Is(err, future.ErrCancelled) || !errors.Is(err, errBoom) {
				t.Errorf("%s of a cancelled group = %v, want an error that is %v and %v", name, err, future.ErrCancelled, errBoom)
			}
			g.Wait()
			p.Close()
		})
	}
}
