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

// Drop leaves maps alone, whether their items wait for a slot, for a key, for a rate or for
// their next attempt; they are not among those that it counts.
func TestDropLeavesMaps(t *testing.T) {
	again := millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return time.Minute, true })
	for name, opt := range map[string]millrace.MapOption{
		"plain":    nil,
		"key":      millrace.WithKey("k"),
		"delay":    millrace.WithDelay(time.Minute),
		"retry":    again,
		"per item": millrace.PerItem(func(int) []millrace.TaskOption { return nil }),
	} {
		for _, busy := range []int{0, 1, 2} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(two)
				release := blocker(p, busy)
				var calls atomic.Int32
				done := ran(func() {
					err := pool.ForN(bg, p, 6, func(ctx context.Context, i int) error {
						time.Sleep(time.Second)
						if calls.Add(1); pool.Attempt(ctx) == 1 && name == "retry" {
							return errBoom
						}
						return nil
					}, opt, millrace.WithConcurrency(2))
					if err != nil {
						t.Errorf("%s, %d slots taken: ForN() = %v, want nil", name, busy, err)
					}
				})
				for range 3 {
					time.Sleep(1500 * time.Millisecond)
					if n := p.Drop(nil); n != 0 {
						t.Errorf("%s, %d slots taken: Drop() = %d, want 0", name, busy, n)
					}
				}
				release()
				time.Sleep(time.Hour)
				synctest.Wait()
				if !done() || calls.Load() < 6 {
					t.Errorf("%s, %d slots taken: ForN has returned: %v, after %d calls", name, busy, done(), calls.Load())
				}
				p.Close()
			})
		}
	}
}
