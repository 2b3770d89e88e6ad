package pool_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// No item of a map that has begun starts during a pause. Those that run go on.
func TestPauseOfMaps(t *testing.T) {
	const items, before = 20, 5
	type fn = func(context.Context, int) (int, error)
	for name, loop := range map[string]func(p *pool.Pool, f fn, opt millrace.MapOption){
		"Map": func(p *pool.Pool, f fn, opt millrace.MapOption) {
			for range pool.Map(bg, p, count(items), f, opt) {
			}
		},
		"MapSlice": func(p *pool.Pool, f fn, opt millrace.MapOption) {
			_, _ = pool.MapSlice(bg, p, make([]int, items), f, opt)
		},
		"ForN": func(p *pool.Pool, f fn, opt millrace.MapOption) {
			_ = pool.ForN(bg, p, items, func(ctx context.Context, i int) error { _, err := f(ctx, i); return err }, opt)
		},
	} {
		for optName, opt := range map[string]millrace.MapOption{
			"one at a time": millrace.WithConcurrency(1),
			"two":           millrace.WithConcurrency(2),
			"named":         millrace.WithTaskName("item"),
			"per item":      millrace.PerItem(func(int) []millrace.TaskOption { return nil }),
		} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				var calls, paused atomic.Int32
				done := ran(func() {
					loop(p, func(context.Context, int) (int, error) {
						if calls.Add(1) == before {
							p.Pause()
							paused.Store(calls.Load())
						}
						return 1, nil
					}, opt)
				})
				time.Sleep(time.Hour)
				if n, at := calls.Load(), paused.Load(); n > at+1 { // one may be about to begin beside the one that paused
					t.Errorf("%s, %s: %d items have started by the end of a pause that began at %d", name, optName, n, at)
				}
				p.Resume()
				time.Sleep(time.Hour)
				synctest.Wait()
				if n := calls.Load(); !done() || n != items {
					t.Errorf("%s, %s: after Resume %d items have run, want %d", name, optName, n, items)
				}
				p.Close()
			})
		}
	}
}
