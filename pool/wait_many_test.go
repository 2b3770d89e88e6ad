package pool_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// All waits for a task end when it settles.
func TestManyWaitersOfOneTask(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate := make(chan struct{})
		f := pool.Submit(bg, p, waitsFor(gate))
		told := make(chan int, 3)
		for range 3 {
			go func() {
				v, _ := f.Await(bg)
				told <- v
			}()
			synctest.Wait()
		}
		close(gate)
		for range 3 {
			if v := <-told; v != 1 {
				t.Errorf("Await() = %d, want 1", v)
			}
		}
		p.Close()
	})
}

// A wait in a task ends with the task's context also if nothing else depends on that.
func TestContextEndsAWaitForARunningTask(t *testing.T) {
	for _, before := range []int{0, 3} {
		bubble.Run(t, func(t *testing.T) { contextEndsAWait(t, before) })
	}
}

// contextEndsAWait ends the context of a task in a wait, after other waits.
func contextEndsAWait(t *testing.T, before int) {
	p := pool.New(two)
	gate := make(chan struct{})
	running := pool.Submit(bg, p, waitsFor(gate))
	synctest.Wait()
	ctx, cancel := context.WithCancelCause(bg)
	f := pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
		for range before {
			v, err := pool.Submit(ctx, p, nop).Await(ctx)
			if v != 1 || err != nil {
				t.Errorf("Await() = %v, %v, want 1", v, err)
			}
		}
		return running.Await(ctx)
	})
	synctest.Wait()
	cancel(errBoom)
	_, err := f.Await(bg)
	wantIs(t, "the wait", err, future.ErrNotDone, errBoom)
	close(gate)
	p.Close()
}
