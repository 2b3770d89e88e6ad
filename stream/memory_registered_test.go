package stream_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace/stream"
)

// A registry is a context that counts what is registered for its end.
type registry struct {
	context.Context
	done chan struct{}
	n    atomic.Int64
}

func (c *registry) Done() <-chan struct{} { return c.done }

// AfterFunc is what package context registers by.
func (c *registry) AfterFunc(func()) (stop func() bool) {
	c.n.Add(1)
	return sync.OnceValue(func() bool { c.n.Add(-1); return true })
}

// A run leaves nothing registered on its context, which may be that of a server and live long.
func TestRunsLeaveNothingRegistered(t *testing.T) {
	sinks := map[string]func(context.Context, ints) error{
		"Drain": func(ctx context.Context, s ints) error { return s.Drain(ctx) },
		"First": func(ctx context.Context, s ints) error { _, _, err := s.First(ctx); return err },
		"ToChan": func(ctx context.Context, s ints) error {
			for range s.ToChan(ctx) {
			}
			return nil
		},
		"Take": func(ctx context.Context, s ints) error { return s.Take(2).Drain(ctx) },
	}
	for _, st := range stages {
		for sink, run := range sinks {
			inRig(t, 2, func(r *rig) {
				ctx := &registry{Context: bg, done: make(chan struct{})}
				seen := int64(0)
				s := stream.FromFunc(r.next(5)).Tap(func(int) { seen = max(seen, ctx.n.Load()) })
				r.run(func() {
					if err := run(ctx, st.over(r, s)); err != nil {
						t.Errorf("%s() over %s = %v, want nil", sink, st.name, err)
					}
				})
				if n := ctx.n.Load(); n != 0 || seen == 0 {
					t.Errorf("%s() over %s leaves %d functions registered of up to %d, want none of one or more", sink, st.name, n, seen)
				}
			})
		}
	}
}
