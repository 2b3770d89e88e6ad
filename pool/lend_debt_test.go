package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A wait ends with its context at once, even if the slot is lent: the task goes
// on with a debt, which is settled when its child ends.

func TestWaitEndsWithContext(t *testing.T) {
	for way, wait := range map[string]func(context.Context, *intFuture) error{
		"Await": func(ctx context.Context, f *intFuture) error { _, err := f.Await(ctx); return err },
		"Wait": func(ctx context.Context, f *intFuture) error {
			_, _, err := future.Wait(ctx, future.AllCompleted, f)
			return err
		},
		"All":        func(ctx context.Context, f *intFuture) error { _, err := future.All(ctx, f); return err },
		"AllSettled": func(ctx context.Context, f *intFuture) error { _, err := future.AllSettled(ctx, f); return err },
		"Any":        func(ctx context.Context, f *intFuture) error { _, err := future.Any(ctx, f); return err },
		"Race":       func(ctx context.Context, f *intFuture) error { _, err := future.Race(ctx, f); return err },
		"AsCompleted": func(ctx context.Context, f *intFuture) error {
			for f := range future.AsCompleted(ctx, f) {
				return errors.New("yielded " + f.String())
			}
			return errors.Join(future.ErrNotDone, context.Cause(ctx))
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			gate := make(chan struct{})
			f := pool.Go(bg, p, func(ctx context.Context) error {
				child := pool.Submit(bg, p, waitsFor(gate))
				short, cancel := context.WithTimeoutCause(ctx, time.Second, errBoom)
				defer cancel()
				begin := time.Now()
				err := wait(short, child)
				if took := time.Since(begin); took != time.Second {
					t.Errorf("%s returned after %v, want 1s", way, took)
				}
				wantIs(t, way, err, future.ErrNotDone, errBoom)
				return nil
			})
			f.Await(bg)
			close(gate)
			p.Close()
			if s := stats(t, p); s.Running+s.Waiting != 0 || s.Succeeded != 2 {
				t.Errorf("%s: Stats() = %+v, want the debt settled", way, s)
			}
		})
	}
}

// On a debt the task is counted as waiting, and nobody else starts; when the
// child has ended the task holds the slot again.
func TestDebtIsSettled(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate, goOn := make(chan struct{}), make(chan struct{})
		parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			child := pool.Submit(bg, p, waitsFor(gate))
			short, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			child.Await(short)
			<-goOn
			return child.Await(ctx)
		})
		queued := pool.Submit(bg, p, nop)
		time.Sleep(2 * time.Second)
		if s := stats(t, p); s.Running != 1 || s.Waiting != 1 || queued.State() != future.Pending {
			t.Errorf("on a debt: Stats() = %+v, queued task %v, want 1 running, 1 waiting, pending", s, queued.State())
		}
		close(gate)
		synctest.Wait()
		if s := stats(t, p); s.Running != 1 || s.Waiting != 0 || queued.State() != future.Pending {
			t.Errorf("settled: Stats() = %+v, queued task %v, want the parent running alone", s, queued.State())
		}
		close(goOn)
		wantValue(t, "the parent", parent, 1)
		wantValue(t, "the queued task", queued, 1)
		p.Close()
	})
}

// A task that ends on a debt gives back no slot that it does not hold.
func TestTaskEndsOnDebt(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate := make(chan struct{})
		var running gauge
		count := func(context.Context) (int, error) {
			running.add(1)
			defer running.add(-1)
			<-gate
			return 1, nil
		}
		pool.Go(bg, p, func(ctx context.Context) error {
			child := pool.Submit(bg, p, count)
			short, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			child.Await(short)
			return nil
		}).Await(bg)
		fs := submitAll(bg, p, 5, count)
		synctest.Wait()
		if s := stats(t, p); s.Running != 1 || s.Waiting != 0 || s.Queued != 5 {
			t.Errorf("Stats() = %+v, want the child running alone, 5 queued", s)
		}
		close(gate)
		future.AllSettled(bg, fs...)
		running.want(t, "tasks", 1)
		p.Close()
	})
}

// Debts over debts: a task on a debt waits and lends again, many times.
func TestDebtUponDebt(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		parent := pool.Go(bg, p, func(ctx context.Context) error {
			for range 5 {
				child := pool.Submit(ctx, p, func(context.Context) (int, error) { time.Sleep(time.Minute); return 1, nil })
				short, cancel := context.WithTimeout(ctx, time.Second)
				_, err := child.Await(short)
				cancel()
				wantIs(t, "Await()", err, future.ErrNotDone)
			}
			_, err := pool.Submit(ctx, p, nop).Await(ctx)
			return err
		})
		if _, err := parent.Await(bg); err != nil {
			t.Errorf("Await() = %v, want nil", err)
		}
		blocker(p, 1)()
		p.Close()
		if s := stats(t, p); s.Running+s.Waiting != 0 || s.Succeeded+s.Cancelled != 8 {
			t.Errorf("Stats() = %+v, want 8 settled and no debt", s)
		}
	})
}

// The context has ended before the wait: nothing is lent.
func TestWaitWithEndedContextLendsNothing(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			child := pool.Submit(bg, p, nop)
			ended, cancel := context.WithCancelCause(ctx)
			cancel(errBoom)
			_, err := child.Await(ended)
			wantIs(t, "Await()", err, future.ErrNotDone, errBoom)
			synctest.Wait()
			if s := stats(t, p); s.Waiting != 0 || child.State() != future.Pending {
				t.Errorf("Stats() = %+v, child %v, want nothing lent", s, child.State())
			}
			return 1, nil
		})
		wantValue(t, "the task", f, 1)
		p.Close()
	})
}
