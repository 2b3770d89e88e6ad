package pool_test

import (
	"context"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task that is submitted with the context of the last one is taken without another look at the
// context. The rules of groups and of closed pools are kept all the same.

// A context that was used for the pool before is looked at again for a group: a member's
// task of the group outlives the member.
func TestGroupTakesTasksOfContextUsedBefore(t *testing.T) {
	type key struct{}
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		g := pool.NewGroup(bg, p)
		var plain, member *intFuture
		pool.Go(bg, g, func(ctx context.Context) error {
			ctx = context.WithValue(ctx, key{}, 1)
			plain = pool.Submit(ctx, p, nop)
			member = pool.Submit(ctx, g, nop)
			return nil
		}).Await(bg)
		wantNeverRan(t, "a task of the pool", plain, future.ErrTaskEnded)
		wantValue(t, "a task of the group", member, 1)
		g.Wait()
		p.Close()
	})
}

// A pool that has been closed refuses tasks with options, too.
func TestSealedPoolRefusesOptions(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool()
		g := pool.NewGroup(bg, p)
		pool.Submit(bg, g, nop)
		p.Seal()
		wantNeverRan(t, "a task with a priority", pool.Submit(bg, p, nop, millrace.WithPriority(1)), pool.ErrClosed)
		wantNeverRan(t, "a member", pool.Submit(bg, g, nop), pool.ErrClosed)
		release()
		p.Close()
	})
}

// A task that is too heavy is refused, whatever was submitted with its context before.
func TestTooHeavyAfterOthers(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, release := busyPool(millrace.WithMaxWeight(2))
		light := pool.Submit(bg, p, nop)
		wantNeverRan(t, "a task that is too heavy", pool.Submit(bg, p, nop, millrace.WithWeight(3)), pool.ErrTooHeavy)
		release()
		wantValue(t, "a light task", light, 1)
		p.Close()
	})
}

// A task that submits to its own pool with a context that it has used before does not
// block for a place, though the queue is full.
func TestQueueOfOneAmongTasks(t *testing.T) {
	type key struct{}
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithQueue(1))
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			ctx = context.WithValue(ctx, key{}, 1)
			sum := 0
			for range 4 {
				v, err := pool.Submit(ctx, p, nop).Await(ctx)
				if err != nil {
					return 0, err
				}
				sum += v
			}
			a, b := pool.Submit(ctx, p, nop), pool.Submit(ctx, p, nop)
			va, _ := a.Await(ctx)
			vb, err := b.Await(ctx)
			return sum + va + vb, err
		})
		wantValue(t, "six tasks of a task", f, 6)
		p.Close()
	})
}
