package pool_test

import (
	"context"
	"errors"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// Of the options that say what a failure does the last one wins.
func TestLastOptionOfErrorsWins(t *testing.T) {
	collect, ignore := millrace.CollectErrors(), millrace.IgnoreErrors()
	for name, c := range map[string]struct {
		opts []millrace.GroupOption
		want error
	}{
		"ignore":  {[]millrace.GroupOption{collect, ignore}, nil},
		"collect": {[]millrace.GroupOption{ignore, collect}, errBoom},
	} {
		p := pool.New()
		g := pool.NewGroup(bg, p, c.opts...)
		pool.Submit(bg, g, boom)
		if err := g.Wait(); !errors.Is(err, c.want) {
			t.Errorf("%s last: Wait() = %v, want %v", name, err, c.want)
		}
		err := pool.Scope(bg, p, func(ctx context.Context, g *pool.Group) error {
			pool.Submit(ctx, g, boom)
			return nil
		}, c.opts...)
		if !errors.Is(err, c.want) {
			t.Errorf("%s last: Scope() = %v, want %v", name, err, c.want)
		}
		p.Close()
	}
}
