package future_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// withAsCompleted returns all waits, AsCompleted among them.
func withAsCompleted() map[string]func(context.Context, ...*intFuture) error {
	all := map[string]func(context.Context, ...*intFuture) error{
		"AsCompleted": func(ctx context.Context, fs ...*intFuture) error {
			n := 0
			for range future.AsCompleted(ctx, fs...) {
				n++
			}
			if n != len(fs) {
				return future.ErrNotDone
			}
			return nil
		},
		"Set.Next": func(ctx context.Context, fs ...*intFuture) error {
			s := future.NewSet(fs...)
			for range fs {
				if _, err := s.Next(ctx); err != nil {
					return err
				}
			}
			return nil
		},
	}
	for _, w := range waits {
		all[w.name] = w.wait
	}
	return all
}

// The end of a context that pending tasks were submitted with has settled them, for every
// wait: also for one with the same context, and though nobody has told the pool yet.
func TestWaitWithTheContextOfSubmit(t *testing.T) {
	for name, wait := range withAsCompleted() {
		for range 50 {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(1))
				defer p.Close()
				gate := make(chan struct{})
				defer close(gate)
				pool.Submit(bg, p, func(context.Context) (int, error) { <-gate; return 0, nil })
				ctx, cancel := context.WithCancelCause(bg)
				f := pool.Submit(ctx, p, func(context.Context) (int, error) { return 1, nil })
				cancel(errBoom)
				if err := wait(ctx, f); errors.Is(err, future.ErrNotDone) {
					t.Errorf("%s: %v, want the outcome: the task never ran", name, err)
				}
				if s := f.State(); s != future.Cancelled {
					t.Errorf("%s: State() = %v, want cancelled", name, s)
				}
			})
		}
	}
}

// teller is an observer that is slow to hear that a task never ran.
type teller struct{ told, proceed chan struct{} }

func (o teller) Submitted(ctx context.Context, _ *millrace.TaskInfo) context.Context { return ctx }
func (o teller) Started(ctx context.Context, _ *millrace.TaskInfo) context.Context   { return ctx }
func (o teller) Ended(context.Context, *millrace.TaskInfo)                           {}
func (o teller) NeverRan(context.Context, *millrace.TaskInfo) {
	close(o.told)
	<-o.proceed
}

// A future that has settled counts from then on, also before its waiters are woken.
func TestSettledBeforeItsWaitersWake(t *testing.T) {
	for name, wait := range withAsCompleted() {
		bubble.Run(t, func(t *testing.T) {
			o := teller{make(chan struct{}), make(chan struct{})}
			p := pool.New(millrace.WithWorkers(1), millrace.WithObserver(o))
			defer p.Close()
			f := pool.Submit(bg, p, func(context.Context) (int, error) { return 1, nil }, millrace.WithDelay(1<<40))
			ctx, cancel := context.WithCancel(bg)
			waited := make(chan error)
			go func() { waited <- wait(ctx, f) }()
			synctest.Wait()
			go f.Cancel()
			<-o.told
			cancel()
			if err := <-waited; errors.Is(err, future.ErrNotDone) {
				t.Errorf("%s: %v of a future that is %v, want the outcome", name, err, f.State())
			}
			close(o.proceed)
		})
	}
}
