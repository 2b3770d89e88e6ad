package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Shutdown reports nothing of a pool whose last task has been awaited, though its context has
// ended and the goroutine that has settled the task is not through with that.
func TestShutdownAfterAwait(t *testing.T) {
	for range 5000 {
		p, release := busyPool()
		ctx, cancel := context.WithCancel(bg)
		f := pool.Submit(ctx, p, nop)
		release()
		f.Await(bg)
		if err := p.Shutdown(ended(errBoom)); err != nil {
			t.Fatalf("Shutdown() = %v, want nil: nothing was left", err)
		}
		cancel()
	}
}

// If nothing is left, Shutdown returns what Close returns, also after the end of its context.
func TestShutdownReturnsWhatCloseReturns(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(p *pool.Pool, pending *intFuture)
		want error
	}{
		"nothing is lost":        {func(*pool.Pool, *intFuture) {}, nil},
		"a caller has cancelled": {func(_ *pool.Pool, pending *intFuture) { pending.Cancel() }, nil},
		"Stop":                   {func(p *pool.Pool, _ *intFuture) { p.Stop(errBoom) }, pool.ErrStopped},
	} {
		for when, ctx := range map[string]context.Context{"before": bg, "after": ended(errBoom)} {
			bubble.Run(t, func(t *testing.T) {
				p, release := busyPool()
				pending := pool.Submit(bg, p, nop)
				c.end(p, pending)
				release()
				synctest.Wait()
				err := p.Shutdown(ctx)
				if closed := p.Close(); err != closed || !errors.Is(err, c.want) {
					t.Errorf("%s, %s the end of ctx: Shutdown() = %v, Close() = %v, want %v", name, when, err, closed, c.want)
				}
			})
		}
	}
}

// A slowStop is a context that says when the registration of a function on it may be taken back.
type slowStop struct {
	context.Context
	may chan struct{}
}

// Value hides the context within: the standard library would register there.
func (c slowStop) Value(any) any { return nil }

func (c slowStop) AfterFunc(func()) func() bool {
	return func() bool { <-c.may; return true }
}

// Shutdown counts no function where a worker takes back the registration of a settled task.
func TestShutdownWhileAContextIsLeft(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		ctx, cancel := context.WithCancel(bg)
		defer cancel()
		may, over := make(chan struct{}), make(chan error, 1)
		f := pool.Submit(slowStop{ctx, may}, p, nop)
		release()
		synctest.Wait()
		wantValue(t, "the task", f, 1)
		go func() { over <- p.Shutdown(ended(errBoom)) }()
		synctest.Wait()
		close(may)
		if err := <-over; err != nil {
			t.Errorf("Shutdown() = %v, want nil: nothing was left", err)
		}
	})
}
