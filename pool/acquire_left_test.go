package pool_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A permit that is refused at once lends nothing: tasks that wait for the one that asked for it keep
// their slots.
func TestAcquireThatIsRefusedLendsNothing(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		asks, ends := make(chan struct{}), make(chan struct{})
		k := millrace.WithKey("k")
		asker := pool.Go(bg, p, func(ctx context.Context) error {
			<-asks
			err := hold(ctx, p, k)
			<-ends
			return err
		}, k)
		waiter := pool.Go(bg, p, func(ctx context.Context) error { asker.Await(ctx); return nil })
		synctest.Wait()
		close(asks)
		synctest.Wait()
		if s := stats(t, p); s.Running != 2 || s.Waiting != 0 {
			t.Errorf("Stats() = %+v, want two tasks that run", s)
		}
		close(ends)
		_, err := asker.Await(bg)
		wantIs(t, "Acquire() of the key that the task has", err, future.ErrDeadlock)
		waiter.Await(bg)
		p.Close()
	})
}

// A goroutine that outlives its task, and has waited for a permit since before, is not taken for the
// task that the worker runs next: that one has the key which the permit is for.
func TestAcquireOutlivesTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		release := blocker(p, 1)
		asks, ends, nextEnds := make(chan struct{}), make(chan struct{}), make(chan struct{})
		left := make(chan error, 1)
		k := millrace.WithKey("k")
		pool.Go(bg, p, func(ctx context.Context) error {
			go func() { <-asks; left <- hold(context.WithoutCancel(ctx), p, k) }()
			<-ends
			return nil
		})
		next := pool.Submit(bg, p, waitsFor(nextEnds), k)
		for _, gate := range []chan struct{}{asks, ends, nextEnds} {
			synctest.Wait()
			p.Resize(2) // whatever happens in the pool may be what leaves a permit without hope
			close(gate)
		}
		release()
		if err := <-left; err != nil {
			t.Errorf("Acquire() of a goroutine that has outlived its task = %v, want nil", err)
		}
		wantValue(t, "the next task", next, 1)
		p.Close()
	})
}

// An asked context calls a function when it is asked for a value.
type asked struct {
	context.Context
	ask func()
}

func (c asked) Value(key any) any {
	c.ask()
	return c.Context.Value(key)
}

// A permit may be granted while the code that has asked for it is about to wait.
func TestAcquireIsGrantedBeforeItWaits(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		release := acquire(t, p)
		ctx := asked{bg, func() {
			if stats(t, p).Queued == 1 {
				release()
			}
		}}
		if err := hold(ctx, p); err != nil {
			t.Errorf("Acquire() = %v, want nil", err)
		}
		p.Close()
	})
}
