package pool_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// What the tests of this package share.

type (
	key       struct{}
	intFuture = future.Future[int]
)

var (
	bg      = context.Background()
	errBoom = errors.New("boom")
	one     = millrace.WithWorkers(1)
	two     = millrace.WithWorkers(2)
)

func nop(context.Context) (int, error)  { return 1, nil }
func boom(context.Context) (int, error) { return 0, errBoom }

// waitsFor returns a task that runs until the gate is closed, or has a value for it.
func waitsFor(gate <-chan struct{}) func(context.Context) (int, error) {
	return func(context.Context) (int, error) {
		<-gate
		return 1, nil
	}
}

// knowing submits a task that gets its own future.
func knowing(ex pool.Executor, fn func(ctx context.Context, self *intFuture) (int, error), opts ...millrace.TaskOption) *intFuture {
	self := make(chan *intFuture, 1)
	f := pool.Submit(bg, ex, func(ctx context.Context) (int, error) { return fn(ctx, <-self) }, opts...)
	self <- f
	return f
}

// untilEnd is a task that runs until its context ends, and fails with the cause.
func untilEnd(ctx context.Context) (int, error) {
	<-ctx.Done()
	return 0, context.Cause(ctx)
}

// ended returns a context that has ended with cause.
func ended(cause error) context.Context {
	ctx, cancel := context.WithCancelCause(bg)
	cancel(cause)
	return ctx
}

// blocker keeps n workers of p busy until release is called.
func blocker(p *pool.Pool, n int) (release func()) {
	gate := make(chan struct{})
	for range n {
		started := make(chan struct{})
		pool.Go(bg, p, func(context.Context) error {
			close(started)
			<-gate
			return nil
		})
		<-started
	}
	return func() { close(gate) }
}

// busyPool returns a pool with one worker, which is busy until release is called.
func busyPool(opts ...millrace.PoolOption) (p *pool.Pool, release func()) {
	p = pool.New(append([]millrace.PoolOption{one}, opts...)...)
	return p, blocker(p, 1)
}

// submitMany submits n tasks that do nothing.
func submitMany(ctx context.Context, ex pool.Executor, n int, opts ...millrace.TaskOption) []*intFuture {
	fs := make([]*intFuture, n)
	for i := range fs {
		fs[i] = pool.Submit(ctx, ex, nop, opts...)
	}
	return fs
}

// stats returns a snapshot, which must add up: to a sum of which no part is negative.
func stats(t *testing.T, p *pool.Pool) pool.Stats {
	t.Helper()
	s := p.Stats()
	if sum := uint64(s.Queued+s.Deferred+s.Running+s.Waiting) + s.Succeeded + s.Failed + s.Cancelled; s.Submitted != sum || s.Panicked > s.Failed || min(s.Queued, s.Deferred, s.Running, s.Waiting) < 0 {
		t.Errorf("Stats() = %+v, does not add up: submitted %d, accounted for %d", s, s.Submitted, sum)
	}
	return s
}

// wantIs fails t unless err matches all targets.
func wantIs(t *testing.T, what string, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Errorf("%s = %v, want an error that is %q", what, err, target)
		}
	}
}

// wantNeverRan fails t unless f is cancelled, for all the reasons given.
func wantNeverRan(t *testing.T, what string, f *intFuture, reasons ...error) {
	t.Helper()
	if s := f.State(); s != future.Cancelled {
		t.Errorf("%s: State() = %v, want cancelled", what, s)
		return
	}
	_, err := f.Await(bg)
	wantIs(t, what+": Await()", err, append(reasons, future.ErrCancelled)...)
}

// wantValue fails t unless f succeeds with want.
func wantValue(t *testing.T, what string, f *intFuture, want int) {
	t.Helper()
	if v, err := f.Await(bg); v != want || err != nil {
		t.Errorf("%s: Await() = %v, %v, want %d", what, v, err, want)
	}
}

// wantSucceeded fails t unless n tasks of p have succeeded, and no other has begun: what they
// look at was looked at.
func wantSucceeded(t *testing.T, p *pool.Pool, n uint64) {
	t.Helper()
	if s := stats(t, p); s.Succeeded != n || s.Failed != 0 || s.Cancelled != 0 || s.Submitted != n {
		t.Errorf("Stats() = %+v, want %d tasks that succeeded, and no others", s, n)
	}
}

// wantPanic calls fn, which is to panic with a text that has all the parts.
func wantPanic(t *testing.T, fn func(), parts ...string) {
	t.Helper()
	defer func() {
		t.Helper()
		r := recover()
		for _, part := range parts {
			if r == nil || !strings.Contains(fmt.Sprint(r), part) {
				t.Errorf("panic with %v, want %q in it", r, parts)
				return
			}
		}
	}()
	fn()
}

// A journal is what tasks write their names in, in the order of their starts.
type journal struct {
	mu    sync.Mutex
	names []string
}

func (j *journal) add(name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.names = append(j.names, name)
}

// task returns a task that writes its name.
func (j *journal) task(name string) func(context.Context) (int, error) {
	return func(context.Context) (int, error) {
		j.add(name)
		return 1, nil
	}
}

// then returns a function of Then that writes its name.
func (j *journal) then(name string) func(context.Context, int) (int, error) {
	return func(ctx context.Context, _ int) (int, error) { return j.task(name)(ctx) }
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(j.names, " ")
}

func (j *journal) want(t *testing.T, want string) {
	t.Helper()
	if got := j.String(); got != want {
		t.Errorf("tasks start in the order %q, want %q", got, want)
	}
}

// wantOrder fails t unless the tasks that submit submits while the only worker of the pool
// is busy, and that write into order, start in the order wanted.
func wantOrder(t *testing.T, want string, submit func(p *pool.Pool, order *journal)) {
	t.Helper()
	bubble.Run(t, func(t *testing.T) {
		t.Helper()
		p, release := busyPool()
		var order journal
		submit(p, &order)
		release()
		p.Close()
		order.want(t, want)
	})
}

// A gauge counts what is inside, and remembers the most there was.
type gauge struct{ now, peak atomic.Int64 }

func (g *gauge) add(n int64) {
	for now := g.now.Add(n); ; {
		peak := g.peak.Load()
		if now <= peak || g.peak.CompareAndSwap(peak, now) {
			return
		}
	}
}

func (g *gauge) want(t *testing.T, what string, most int64) {
	t.Helper()
	if got := g.peak.Load(); got > most {
		t.Errorf("%s: %d at once, want at most %d", what, got, most)
	}
}

// races runs all functions at once, each in a goroutine of its own, and waits.
func races(fns ...func()) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for _, fn := range fns {
		wg.Go(func() {
			<-start
			fn()
		})
	}
	close(start)
	wg.Wait()
}
