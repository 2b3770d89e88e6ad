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

// The task that has the turn of a key goes before one of middle priority if one of high
// priority waits behind it.
func TestKeyInheritsPriority(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		release := blocker(p, 1)
		var j journal
		pool.Submit(bg, p, j.task("low"), millrace.WithKey("k"))
		pool.Submit(bg, p, j.task("middle"), millrace.WithPriority(1))
		pool.Submit(bg, p, j.task("high"), millrace.WithKey("k"), millrace.WithPriority(2))
		release()
		p.Close()
		j.want(t, "low high middle")
	})
}

// A key changes nothing about a low priority, unless a task of a higher one waits behind.
func TestKeyKeepsLowPriority(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		release := blocker(p, 1)
		var j journal
		low := millrace.WithPriority(-1)
		pool.Submit(bg, p, j.task("low"), millrace.WithKey("a"), low)
		pool.Submit(bg, p, j.task("lower"), millrace.WithKey("a"), millrace.WithPriority(-2))
		pool.Submit(bg, p, j.task("raised"), millrace.WithKey("b"), low)
		pool.Submit(bg, p, j.task("plain"))
		pool.Submit(bg, p, j.task("plain of b"), millrace.WithKey("b"))
		release()
		p.Close()
		j.want(t, "raised plain plain of b low lower")
	})
}

// A priority that was inherited goes with the task that it came from.
func TestKeyInheritsWhatWaits(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		release := blocker(p, 1)
		var j journal
		pool.Submit(bg, p, j.task("low"), millrace.WithKey("k"))
		pool.Submit(bg, p, j.task("middle"), millrace.WithPriority(1))
		pool.Submit(bg, p, j.task("high"), millrace.WithKey("k"), millrace.WithPriority(2)).Cancel()
		release()
		p.Close()
		j.want(t, "middle low")
	})
}

// A wait for a Then that comes to wait for the waiting task's key is a deadlock, told
// when it comes about.
func TestDeadlockOfKeyOfThen(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		input := future.NewPromise[int]()
		var then *intFuture
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			then = pool.Then(context.WithoutCancel(ctx), p, input.Future(), func(context.Context, int) (int, error) { return 1, nil }, millrace.WithKey("k"))
			return then.Await(ctx)
		}, millrace.WithKey("k"))
		synctest.Wait()
		input.Resolve(1)
		_, err := f.Await(bg)
		wantIs(t, "a wait for a Then of one's own key", err, future.ErrDeadlock)
		wantValue(t, "the Then", then, 1)
		p.Close()
	})
}

// A task that CallerRuns would run beside the workers does not pass one that waits for
// weight with a slot free.
func TestCallerRunsBehindHeavy(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two, millrace.WithMaxWeight(10), millrace.WithQueue(1), millrace.WithOverflow(millrace.CallerRuns))
		gate := make(chan struct{})
		var j journal
		pool.Submit(bg, p, func(context.Context) (int, error) { <-gate; return 1, nil }, millrace.WithWeight(6))
		synctest.Wait()
		pool.Submit(bg, p, j.task("heavy"), millrace.WithWeight(8))
		done := make(chan struct{})
		go func() {
			pool.Submit(bg, p, j.task("light"))
			close(done)
		}()
		synctest.Wait()
		j.want(t, "")
		close(gate)
		<-done
		p.Close()
		j.want(t, "heavy light")
	})
}

// Blocked counts submitters that wait for a place, and not Thens that do.
func TestBlockedCountsSubmitters(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithQueue(1))
		release := blocker(p, 1)
		input := future.NewPromise[int]()
		pool.Then(bg, p, input.Future(), func(context.Context, int) (int, error) { return 1, nil })
		submitMany(bg, p, 1)
		input.Resolve(1)
		go pool.Submit(bg, p, nop)
		synctest.Wait()
		if s := stats(t, p); s.Blocked != 1 || s.Deferred != 1 || s.Queued != 1 {
			t.Errorf("Stats() = %+v, want one blocked, one deferred and one queued", s)
		}
		release()
		p.Close()
	})
}
