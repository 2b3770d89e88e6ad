package observe_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// meddler is an observer that does something in each method, also in those that an observer need
// not have.
type meddler struct{ do func(method string) }

func (m *meddler) Submitted(ctx context.Context, _ *millrace.TaskInfo) context.Context {
	m.do("Submitted")
	return ctx
}
func (m *meddler) Started(ctx context.Context, _ *millrace.TaskInfo) context.Context {
	m.do("Started")
	return ctx
}
func (m *meddler) Ended(context.Context, *millrace.TaskInfo)                  { m.do("Ended") }
func (m *meddler) NeverRan(context.Context, *millrace.TaskInfo)               { m.do("NeverRan") }
func (m *meddler) Retried(context.Context, *millrace.TaskInfo, time.Duration) { m.do("Retried") }
func (m *meddler) PoolStopped(string, error)                                  { m.do("PoolStopped") }
func (m *meddler) CallbackPanicked(string, any, []byte)                       { m.do("CallbackPanicked") }
func (m *meddler) Dropped(millrace.Observer, any, []byte)                     { m.do("Dropped") }
func (m *meddler) Run(ctx context.Context, r millrace.RunInfo) (context.Context, func()) {
	m.do("Run")
	r.Probe()
	r.Demand()
	return ctx, func() { m.do("ended"); r.Probe(); r.Demand() }
}

// An observer may use the pool in each of its methods, as no lock is held.
func TestObserverUsesPool(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		m, called := &meddler{}, sync.Map{}
		p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(2), millrace.WithOverflow(millrace.DropOldest), millrace.WithObserver(m),
			millrace.WithObserver(&meddler{do: func(method string) {
				if method == "Ended" {
					panic("the other one")
				}
			}}))
		ctx := context.Background()
		none := func(context.Context) error { return nil }
		other := pool.New()
		group := pool.NewGroup(ctx, p, millrace.WithLimit(1), millrace.IgnoreErrors())
		var busy atomic.Bool // it would go on for ever
		m.do = func(method string) {
			called.Store(method, true)
			p.Stats()
			_ = p.String()
			if !busy.CompareAndSwap(false, true) {
				return
			}
			f := pool.Go(ctx, p, none)
			f.Cancel()
			f.Abort(nil)
			pool.Go(ctx, group, none).Abort(nil)
			group.SetLimit(1)
			group.Stats()
			pool.Go(ctx, p, none)
			p.Pause()
			p.Resume()
			p.Resize(1)
			p.Drop(nil)
			_ = other.Close()
			other = pool.New()
			pool.Go(ctx, other, none)
			busy.Store(false)
		}
		for i := range 5 {
			pool.Go(ctx, p, func(context.Context) error { time.Sleep(time.Second); return nil })
			pool.Go(ctx, p, none).OnDone(func(*future.Future[struct{}]) { panic("callback") })
			_, _ = pool.MapSlice(ctx, p, make([]int, 3), func(_ context.Context, n int) (int, error) { return n, nil }, millrace.WithTaskName("map"))
			if i == 3 {
				p.Stop(nil)
			}
		}
		second := pool.New(millrace.WithObserver(m)) // an observer may have several pools
		_, _ = pool.Go(ctx, second, func(context.Context) error { return errors.New("boom") },
			millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return time.Second, n < 3 })).Await(ctx)
		_ = second.Close()
		if err := p.Close(); err != nil && !errors.Is(err, pool.ErrStopped) {
			t.Error(err)
		}
		_ = other.Close()
		for _, method := range []string{"Submitted", "Started", "Ended", "NeverRan", "Retried", "Run", "ended", "PoolStopped", "CallbackPanicked", "Dropped"} {
			if _, ok := called.Load(method); !ok {
				t.Errorf("%s was not called", method)
			}
		}
	})
}

// An observer that fails takes nothing along: each future settles as it would without
// it, and the pool goes on with all of its workers.
func TestObserverFails(t *testing.T) {
	for _, method := range []string{"Submitted", "Started", "Ended", "NeverRan"} {
		for how, fail := range map[string]func(){"panic": func() { panic("observer") }, "Goexit": runtime.Goexit} {
			if method == "Submitted" && how == "Goexit" {
				continue // it ends the caller, which then has no future
			}
			t.Run(method+" "+how, func(t *testing.T) {
				for first := range 4 {
					bubble.Run(t, func(t *testing.T) { observerFails(t, method, fail, first) })
				}
			})
		}
	}
}

// observerFails looks at tasks whose first one ends in each of the ways.
func observerFails(t *testing.T, method string, fail func(), first int) {
	m := &meddler{do: func(at string) {
		if at == method {
			fail()
		}
	}}
	page := observe.NewPage()
	p := pool.New(millrace.WithWorkers(3), millrace.WithObserver(page), millrace.WithObserver(m), millrace.WithObserver(observe.Labels()))
	ctx := context.Background()
	boom := errors.New("boom")
	var fs []*future.Future[struct{}]
	var want []future.State
	add := func(state future.State, f *future.Future[struct{}]) { fs, want = append(fs, f), append(want, state) }
	release := make(chan struct{})
	hasTurn := pool.Go(ctx, p, func(context.Context) error { <-release; return nil }, millrace.WithKey("turn"))
	kinds := []func(){
		func() { add(future.Succeeded, pool.Go(ctx, p, func(context.Context) error { return nil })) },
		func() { add(future.Failed, pool.Go(ctx, p, func(context.Context) error { return boom })) },
		func() { add(future.Failed, pool.Go(ctx, p, func(context.Context) error { panic("task") })) },
		func() {
			add(future.Failed, pool.Go(ctx, p, func(context.Context) error { runtime.Goexit(); return nil }))
		},
	}
	for i := range 3 * len(kinds) {
		kinds[(first+i)%len(kinds)]()
		late := pool.Go(ctx, p, func(context.Context) error { return nil }, millrace.WithKey("turn"))
		cancelled := make(chan struct{})
		go func() { defer close(cancelled); late.Cancel() }() // a Goexit ends the caller
		<-cancelled
		add(future.Cancelled, late)
	}
	for i, f := range fs {
		<-f.Done()
		if f.State() != want[i] {
			t.Errorf("task %d has %v, want %v", i, f.State(), want[i])
		}
	}
	close(release)
	if _, err := hasTurn.Await(ctx); err != nil {
		t.Error(err)
	}
	if n := p.Stats().DroppedObservers; n != 1 {
		t.Errorf("%d observers are counted as dropped, want 1", n)
	}
	defer page.Add(p)()
	if html := get(page, "/?once=1").Body.String(); !strings.Contains(html, "<dt>observers dropped</dt><dd>1</dd>") {
		t.Error("the page does not show that an observer was dropped")
	}
	began := time.Now()
	for range 3 {
		pool.Go(ctx, p, func(context.Context) error { time.Sleep(time.Second); return nil })
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took != time.Second {
		t.Errorf("three tasks of a second took %v, want a second: a worker is missing", took)
	}
	if a := ask(t, page, ""); a.Totals.Tasks != 0 {
		t.Errorf("the page still shows %d tasks", a.Totals.Tasks)
	}
}

// A task may return a nil pointer as an error, whose methods panic. That drops no observer: it
// is the most common mistake with errors, and nothing that an observer is to blame for.
func TestNilPointerErrors(t *testing.T) {
	for _, wrong := range []error{(*fs.PathError)(nil), rude{}} {
		for name, o := range map[string]millrace.Observer{
			"Log": observe.Log(slog.New(slog.DiscardHandler), observe.LogOptions{Slow: time.Hour}), "Labels": observe.Labels(),
			"Trace": observe.Trace(), "Page": observe.NewPage(),
		} {
			p := pool.New(millrace.WithWorkers(1), millrace.WithObserver(o))
			ctx, cancel := context.WithCancelCause(t.Context())
			f := pool.Go(ctx, p, func(context.Context) error { cancel(wrong); return wrong })
			<-pool.Go(ctx, p, func(context.Context) error { return nil }).Done() // never ran, because of wrong
			<-f.Done()
			if n := p.Stats().DroppedObservers; n != 0 {
				t.Errorf("%s is dropped because of an error of type %T", name, wrong)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// A rude error has methods that panic.
type rude struct{}

func (rude) Error() string   { panic("no text") }
func (rude) Is(error) bool   { panic("no kinship") }
func (rude) As(any) bool     { panic("no kind") }
func (rude) Unwrap() []error { panic("no parts") }
