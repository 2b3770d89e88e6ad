package pool_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A member that acquires from its group with its own context waits until that ends: the group
// owns the tasks that a member submits to it, but the member itself waits for a permit.
func TestMemberAcquiresUntilItsContextEnds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p)
		f := pool.Submit(bg, g, func(ctx context.Context) (int, error) {
			p.Pause()
			begun := time.Now()
			release, err := pool.Acquire(ctx, g)
			if err == nil {
				release()
			}
			var timeout *future.TimeoutError
			if d := time.Since(begun); d != time.Second || !errors.As(err, &timeout) || !errors.Is(err, future.ErrCancelled) {
				t.Errorf("Acquire() = %v after %v, want a timeout after a second", err, d)
			}
			return 1, nil
		}, millrace.WithTimeout(time.Second))
		time.Sleep(time.Hour)
		p.Resume()
		wantValue(t, "the member", f, 1)
		g.Wait()
		p.Close()
	})
}
