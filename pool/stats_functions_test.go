package pool_test

import (
	"context"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A call that only looks settles no task of others, and calls no function of theirs: its caller
// may hold a lock that the function needs. The context of the task has ended, and the pool may
// not have been told yet.
func TestStatsCallsNoFunction(t *testing.T) {
	for caller, look := range map[string]func(*pool.Pool, *pool.Group, *intFuture){
		"pool.(*Pool).Stats(":  func(p *pool.Pool, _ *pool.Group, _ *intFuture) { p.Stats() },
		"pool.(*Group).Stats(": func(_ *pool.Pool, g *pool.Group, _ *intFuture) { g.Stats() },
		"sched.(*Task).Look(":  func(_ *pool.Pool, _ *pool.Group, f *intFuture) { f.State() },
	} {
		t.Run(caller, func(t *testing.T) {
			for range 50 {
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(two, millrace.WithMaxWeight(2))
					g := pool.NewGroup(bg, p)
					gate := make(chan struct{})
					heavy := millrace.WithWeight(2)
					pool.Submit(bg, p, func(context.Context) (int, error) { <-gate; return 1, nil }, heavy)
					ctx, cancel := context.WithCancel(bg)
					head := pool.Submit(ctx, p, nop, heavy) // a slot is free, and it does not fit
					other := pool.Submit(bg, p, nop)
					var called atomic.Bool
					head.OnDone(func(*intFuture) {
						called.Store(true)
						if strings.Contains(string(debug.Stack()), caller) {
							t.Errorf("%s...) calls a function of OnDone", caller)
						}
					})
					cancel()
					look(p, g, other)
					close(gate)
					g.Wait()
					p.Close()
					if !called.Load() {
						t.Error("the function of OnDone was not called")
					}
				})
			}
		})
	}
}
