package observe_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// attempts is an observer that counts attempts and retries.
type attempts struct {
	observe.Nop
	ended, retried atomic.Int64
}

func (a *attempts) Ended(context.Context, *millrace.TaskInfo) { a.ended.Add(1) }

func (a *attempts) Retried(context.Context, *millrace.TaskInfo, time.Duration) { a.retried.Add(1) }

// told returns how many attempts and retries were told.
func (a *attempts) told() [2]int64 { return [2]int64{a.ended.Load(), a.retried.Load()} }

// A retry is told if it comes, and not if its task, group, pool or run has ended before:
// while the attempt ran, or while the function of WithRetry was asked.
func TestRetriedIsToldIfItComes(t *testing.T) {
	type ends struct {
		task   func(cause error) bool // Abort
		cancel context.CancelFunc
		pool   *pool.Pool
		group  *pool.Group
	}
	for name, end := range map[string]func(e ends){
		"nothing ends": func(ends) {},
		"Abort":        func(e ends) { e.task(errors.New("aborted")) },
		"Stop":         func(e ends) { e.pool.Stop(errors.New("stopped")) },
		"its context":  func(e ends) { e.cancel() },
		"its group":    func(e ends) { e.group.Cancel(errors.New("cancelled")) },
	} {
		for _, during := range []string{"attempt", "question"} {
			bubble.Run(t, func(t *testing.T) {
				a := &attempts{}
				p := pool.New(millrace.WithWorkers(1), millrace.WithObserver(a))
				defer p.Close()
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				e := ends{pool: p, cancel: cancel, group: pool.NewGroup(context.Background(), p)}
				var f *future.Future[struct{}]
				e.task = func(cause error) bool { return f.Abort(cause) }
				started := make(chan struct{})
				f = pool.Go(ctx, e.group, func(context.Context) error {
					<-started
					if during == "attempt" {
						end(e)
					}
					return errors.New("boom")
				}, millrace.WithRetry(func(attempt int, _ error) (time.Duration, bool) {
					if during == "question" && attempt == 1 {
						end(e)
					}
					return time.Minute, attempt < 3
				}))
				close(started)
				if _, err := f.Await(context.Background()); err == nil || err.Error() != "boom" {
					t.Errorf("%s during the %s: the task = %v, want boom", name, during, err)
				}
				want := [2]int64{1, 0}
				if name == "nothing ends" {
					want = [2]int64{3, 2}
				}
				if got := a.told(); got != want {
					t.Errorf("%s during the %s: %v attempts and retries were told, want %v", name, during, got, want)
				}
			})
		}
	}
}

// A retry of an item is not told if its map has been left before.
func TestRetriedOfItems(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		a := &attempts{}
		p := pool.New(millrace.WithWorkers(2), millrace.WithObserver(a))
		defer p.Close()
		asked, leave := make(chan struct{}), make(chan struct{})
		boom := func(_ context.Context, i int) (int, error) {
			if i == 0 {
				return 0, nil
			}
			return 0, errors.New("boom")
		}
		items := func(yield func(int) bool) { _ = yield(0) && yield(1) }
		for range pool.Map(context.Background(), p, items, boom, millrace.WithTaskName("item"),
			millrace.WithRetry(func(int, error) (time.Duration, bool) {
				close(asked)
				<-leave
				return time.Minute, true
			})) {
			<-asked
			time.AfterFunc(time.Second, func() { close(leave) })
			break
		}
		if got := a.told(); got != [2]int64{2, 0} {
			t.Errorf("%v attempts and retries were told, want 2 and none", got)
		}
	})
}

// marker is an observer whose contexts say where they are from.
type marker struct {
	observe.Nop
	retried []any
}

type markerKey struct{}

func (m *marker) Submitted(ctx context.Context, _ *millrace.TaskInfo) context.Context {
	return context.WithValue(ctx, markerKey{}, "Submitted")
}

func (m *marker) Started(ctx context.Context, _ *millrace.TaskInfo) context.Context {
	return context.WithValue(ctx, markerKey{}, "Started")
}

func (m *marker) Retried(ctx context.Context, _ *millrace.TaskInfo, _ time.Duration) {
	m.retried = append(m.retried, ctx.Value(markerKey{}))
}

// Retried gets the context that Submitted has returned, of tasks and of items: that of the
// attempt is over.
func TestContextOfRetried(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		m := &marker{}
		p := pool.New(millrace.WithWorkers(1), millrace.WithObserver(m))
		once := millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return 0, n < 2 })
		_, _ = pool.Go(t.Context(), p, func(context.Context) error { return errors.New("boom") }, once).Await(t.Context())
		_ = pool.ForN(t.Context(), p, 1, func(context.Context, int) error { return errors.New("boom") }, once, millrace.WithTaskName("item"))
		_ = p.Close()
		if len(m.retried) != 2 || m.retried[0] != "Submitted" || m.retried[1] != "Submitted" {
			t.Errorf("Retried got the contexts of %v, want those of Submitted, of a task and of an item", m.retried)
		}
	})
}

// An ender is an observer that keeps how the last attempt has ended.
type ender struct {
	observe.Nop
	err      error
	panicked bool
}

func (e *ender) Ended(_ context.Context, t *millrace.TaskInfo) { e.err, e.panicked = t.Err, t.Panicked }

// A panic or Goexit of the function of WithRetry is the outcome of the task: of its future, in
// Stats and for observers, however the attempt before it has ended.
func TestBrokenRetryIsTold(t *testing.T) {
	ends := map[string]func(){"return": func() {}, "panic": func() { panic("boom") }, "Goexit": runtime.Goexit}
	for attempt, end := range ends {
		for retry, broken := range ends {
			if retry == "return" {
				continue
			}
			for _, item := range []bool{false, true} {
				bubble.Run(t, func(t *testing.T) {
					e := &ender{}
					p := pool.New(millrace.WithWorkers(1), millrace.WithObserver(e))
					fails := func(context.Context) error { end(); return errors.New("boom") }
					option := millrace.WithRetry(func(int, error) (time.Duration, bool) { broken(); return 0, true })
					var err error
					if item {
						err = pool.ForN(t.Context(), p, 1, func(ctx context.Context, _ int) error { return fails(ctx) }, millrace.WithTaskName("item"), option)
						err = errors.Unwrap(err)
					} else {
						_, err = pool.Go(t.Context(), p, fails, option).Await(t.Context())
					}
					_ = p.Close()
					if s, panicked := p.Stats(), retry == "panic"; e.err != err || e.panicked != panicked || (s.Panicked != 0) != panicked || s.Failed != 1 {
						t.Errorf("attempt: %s, function of WithRetry: %s, item: %t: told is %v, panicked: %t; want %v, %t, and Stats() = %+v to agree",
							attempt, retry, item, e.err, e.panicked, err, panicked, s)
					}
				})
			}
		}
	}
}
