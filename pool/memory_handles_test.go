package pool_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"weak"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/pool"
)

// A settled future and the context of a task that has ended do not keep the pool.
func TestKeptHandlesDoNotKeepThePool(t *testing.T) {
	type kept struct {
		futures []*intFuture
		ctx     context.Context
	}
	use := func() (k kept, p weak.Pointer[pool.Pool]) {
		of := pool.New(one)
		k.futures = append(k.futures,
			pool.Submit(bg, of, func(ctx context.Context) (int, error) { k.ctx = ctx; return 1, nil }),
			pool.Submit(bg, of, boom),
			pool.Submit(bg, of, nop, millrace.WithPriority(1), millrace.WithKey("k")),
		)
		for _, f := range k.futures {
			f.Await(bg)
		}
		of.Close()
		k.futures = append(k.futures, pool.Submit(bg, of, nop)) // refused
		return k, weak.Make(of)
	}
	k, p := use()
	memory.WantFreed(t, "a closed pool", p)
	runtime.KeepAlive(k)
}

// Tasks that were cancelled do not pile up behind one that stays pending.
func TestCancelledDoNotPileUp(t *testing.T) {
	p, release := busyPool()
	pool.Submit(bg, p, nop)
	before := memory.InUse()
	for range 200_000 {
		pool.Submit(bg, p, nop).Cancel()
	}
	memory.WantNoMore(t, "200,000 cancelled tasks", before, 4<<20)
	release()
	p.Close()
}

// A Then that was cancelled is not kept by its input, and one that runs does not keep
// its input.
func TestThenAndItsInput(t *testing.T) {
	p := pool.New(one)
	input := future.NewPromise[int]()
	then := func() weak.Pointer[intFuture] {
		f := pool.Then(bg, p, input.Future(), func(context.Context, int) (int, error) { return 1, nil })
		f.Cancel()
		return weak.Make(f)
	}()
	gate := make(chan struct{})
	in, running := func() (weak.Pointer[intFuture], *intFuture) {
		in := pool.Submit(bg, p, nop)
		in.Await(bg)
		return weak.Make(in), pool.Then(bg, p, in, func(context.Context, int) (int, error) { <-gate; return 1, nil })
	}()
	memory.WantFreed(t, "a cancelled Then", then)
	memory.WantFreed(t, "the input of a Then that runs", in)
	close(gate)
	wantValue(t, "the Then", running, 1)
	runtime.KeepAlive(input)
	p.Close()
}

// Waits of a task that its context or a shorter one has ended leave nothing behind.
func TestEndedWaitsOfATaskLeaveNothing(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		gate := make(chan struct{})
		other := pool.Submit(bg, p, waitsFor(gate))
		synctest.Wait()
		ctx, cancel := context.WithCancelCause(bg)
		f := pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
			before := memory.InUse()
			for range 20_000 {
				short, stop := context.WithCancel(ctx)
				go stop()
				if _, err := other.Await(short); err == nil {
					t.Error("Await() = nil of a task that runs")
				}
			}
			memory.WantNoMore(t, "20,000 waits that have ended", before, 2<<20)
			go cancel(errBoom)
			return other.Await(ctx)
		})
		_, err := f.Await(bg)
		wantIs(t, "a wait in a task whose context has ended", err, future.ErrNotDone, errBoom)
		close(gate)
		p.Close()
	})
}
