package pool_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A wait that is told that it could never end is no part of a cycle any more. Here the first wait
// for the Then is for its key, too, and the second one is not refused with it.
func TestNoDeadlockThroughWaitThatIsTold(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		k := millrace.WithKey("k")
		p := pool.New(millrace.WithWorkers(3))
		input := future.NewPromise[int]()
		first, second := make(chan struct{}), make(chan struct{})
		var then, other *intFuture
		holds := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-first
			_, err := future.All(ctx, then, other)
			return 0, err
		}, k)
		then = pool.Then(bg, p, input.Future(), identity, k)
		other = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-second
			return then.Await(ctx)
		})
		close(first)
		synctest.Wait()
		close(second)
		synctest.Wait()
		input.Resolve(1)
		_, err := holds.Await(bg)
		wantIs(t, "the task with the key", err, future.ErrDeadlock)
		wantValue(t, "the Then", then, 1)
		wantValue(t, "the other task", other, 1)
		p.Close()
	})
}

// What a wait of a Set was told does not count for the next one: a future that settles first ends
// the wait, and then the cycle is broken. On one processor the waiting goroutine goes on after both.
func TestNextForgetsThatItWasTold(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	bubble.Run(t, func(t *testing.T) {
		k := millrace.WithKey("k")
		p := pool.New(two)
		input := future.NewPromise[int]()
		gate, left, again := make(chan struct{}), make(chan struct{}), make(chan struct{})
		var leave func()
		var waits *intFuture
		start := make(chan struct{})
		holds := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-start
			derived, cancel := context.WithCancel(ctx)
			leave = cancel
			_, err := waits.Await(derived)
			wantIs(t, "the wait of the task with the key", err, future.ErrNotDone)
			<-gate
			return 1, nil
		}, k)
		a, b := pool.Then(bg, p, input.Future(), identity, k), pool.Then(bg, p, input.Future(), identity, k)
		waits = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			set := future.NewSet(a, b)
			if f, err := set.Next(ctx); f != a || err != nil {
				t.Errorf("Next() = %v, %v, want the one that was cancelled", f, err)
			}
			leave()
			close(left)
			<-again
			f, err := set.Next(ctx)
			if err != nil {
				return 0, err
			}
			return f.Await(ctx)
		})
		close(start)
		synctest.Wait()
		a.Cancel()
		input.Resolve(2) // both wait for the key now
		<-left
		synctest.Wait()
		close(again)
		synctest.Wait()
		close(gate)
		wantValue(t, "the task that waits for the set", waits, 2)
		wantValue(t, "the task with the key", holds, 1)
		p.Close()
	})
}

// A wait for a group, or for the items of a map, goes on when a member was found that could never
// start. What waits for its task closes a cycle also after that.
func TestDeadlockThroughWaitThatGoesOn(t *testing.T) {
	k := millrace.WithKey("k")
	for name, wait := range map[string]func(ctx context.Context, p *pool.Pool, body func(context.Context) error, more <-chan struct{}) error{
		"a group": func(ctx context.Context, p *pool.Pool, body func(context.Context) error, more <-chan struct{}) error {
			g := pool.NewGroup(ctx, p)
			pool.Go(ctx, g, body)
			go func() {
				<-more
				pool.Submit(bg, g, nop, k)
			}()
			return g.Wait()
		},
		"a map": func(ctx context.Context, p *pool.Pool, body func(context.Context) error, more <-chan struct{}) (last error) {
			done := make(chan struct{})
			in := func(yield func(int) bool) {
				_ = yield(0)
				<-more
				_ = yield(1)
				<-done
			}
			fn := func(ctx context.Context, _ int) (int, error) {
				defer close(done)
				return 0, body(ctx)
			}
			keyed := millrace.PerItem(func(i int) []millrace.TaskOption {
				if i == 0 {
					return nil
				}
				return []millrace.TaskOption{k}
			})
			for _, err := range pool.Map(ctx, p, in, fn, keyed, millrace.WithWindow(2)) {
				last = err
			}
			return last
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(3))
			gate, more := make(chan struct{}), make(chan struct{})
			var waits *intFuture
			other := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				<-gate
				return waits.Await(ctx)
			})
			waits = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				return 0, wait(ctx, p, func(ctx context.Context) error {
					_, err := other.Await(context.WithoutCancel(ctx))
					return err
				}, more)
			}, k)
			synctest.Wait()
			close(more)
			synctest.Wait()
			close(gate)
			_, err := waits.Await(bg)
			wantIs(t, name, err, future.ErrDeadlock)
			_, err = other.Await(bg)
			wantIs(t, "a wait for the task that waits for "+name, err, future.ErrDeadlock)
			p.Close()
		})
	}
}

// So does a wait for the task that begins while the first such member is cancelled: here a function
// of OnDone sees to that.
func TestDeadlockWhileWaitIsRefused(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		k := millrace.WithKey("k")
		p := pool.New(millrace.WithWorkers(3))
		gate := make(chan struct{})
		var waits *intFuture
		other := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-gate
			return waits.Await(ctx)
		})
		waits = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			g := pool.NewGroup(ctx, p)
			pool.Submit(ctx, g, func(ctx context.Context) (int, error) { return other.Await(context.WithoutCancel(ctx)) })
			synctest.Wait()
			pool.Submit(bg, g, nop, k).OnDone(func(*intFuture) {
				close(gate)
				synctest.Wait() // the other task waits for this one
			})
			return 0, g.Wait()
		}, k)
		_, err := waits.Await(bg)
		wantIs(t, "Wait()", err, future.ErrDeadlock)
		_, err = other.Await(bg)
		wantIs(t, "a wait for the task that waits for the group", err, future.ErrDeadlock)
		p.Close()
	})
}
