package future_test

import (
	"context"
	"errors"
	"fmt"
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

// Waits of which the outcome is decided by settled futures return it, even if
// their context has ended and others of their futures are pending. A select
// over two channels would pick one at random: hence the many tries.
func TestSettledBeatsContext(t *testing.T) {
	pending, one, two := future.NewPromise[int]().Future(), future.Resolved(1), future.Resolved(2)
	failed := future.Rejected[int](errBoom)
	ctx := ended(errors.New("the context has ended"))
	for _, c := range []struct {
		call string
		want string
		got  func() string
	}{
		{"one.Await", "1 <nil>", func() string { return fmt.Sprint(one.Await(ctx)) }},
		{"failed.Await", "0 boom", func() string { return fmt.Sprint(failed.Await(ctx)) }},
		{"Wait(AllCompleted, one, two)", "2 0 <nil>", countWait(ctx, future.AllCompleted, one, two)},
		{"Wait(FirstCompleted, pending, one)", "1 1 <nil>", countWait(ctx, future.FirstCompleted, pending, one)},
		{"Wait(FirstFailed, pending, one, failed)", "2 1 <nil>", countWait(ctx, future.FirstFailed, pending, one, failed)},
		{"Wait(FirstFailed, one, two)", "2 0 <nil>", countWait(ctx, future.FirstFailed, one, two)},
		{"Wait(AllCompleted)", "0 0 <nil>", countWait(ctx, future.AllCompleted)},
		{"All(one, two, one)", "[1 2 1] <nil>", func() string { return fmt.Sprint(future.All(ctx, one, two, one)) }},
		{"All()", "[] <nil>", func() string { return fmt.Sprint(future.All[int](ctx)) }},
		{"All(pending, failed)", "true", func() string { _, err := future.All(ctx, pending, failed); return fmt.Sprint(errors.Is(err, errBoom)) }},
		{"AllSettled(one, failed)", "[{1 <nil>} {0 boom}] <nil>", func() string { return fmt.Sprint(future.AllSettled(ctx, one, failed)) }},
		{"AllSettled()", "[] <nil>", func() string { return fmt.Sprint(future.AllSettled[int](ctx)) }},
		{"Any(failed, pending, one)", "1 <nil>", func() string { return fmt.Sprint(future.Any(ctx, failed, pending, one)) }},
		{"Any(failed)", "true", func() string { _, err := future.Any(ctx, failed); return fmt.Sprint(errors.Is(err, errBoom)) }},
		{"Race(pending, one)", "1 <nil>", func() string { return fmt.Sprint(future.Race(ctx, pending, one)) }},
		{"AsCompleted(two, pending, one)", "[2 1]", func() string {
			var got []int
			for f := range future.AsCompleted(ctx, two, pending, one) {
				got = append(got, value(f))
			}
			return fmt.Sprint(got)
		}},
	} {
		for range 1000 {
			if got := c.got(); got != c.want {
				t.Errorf("%s under an ended context = %s, want %s", c.call, got, c.want)
				break
			}
		}
	}
}

// countWait returns how many futures Wait says are done and not done.
func countWait(ctx context.Context, until future.Until, fs ...*intFuture) func() string {
	return func() string {
		done, notDone, err := future.Wait(ctx, until, fs...)
		return fmt.Sprint(len(done), len(notDone), err)
	}
}
