package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// User code never runs under a lock. Here all of it calls back into the pool: under its
// lock that would hang.

// meddle calls what takes the pool's lock and does not block.
func meddle(p *pool.Pool) {
	p.Stats()
	p.Resize(1)
	pool.Submit(bg, p, nop).Cancel()
	pool.Then(bg, p, future.NewPromise[int]().Future(), identity).Cancel()
}

// A meddler is a context whose every method meddles.
type meddler struct {
	context.Context
	p *pool.Pool
}

func (m meddler) Done() <-chan struct{}       { meddle(m.p); return m.Context.Done() }
func (m meddler) Err() error                  { meddle(m.p); return m.Context.Err() }
func (m meddler) Value(k any) any             { meddle(m.p); return m.Context.Value(k) }
func (m meddler) Deadline() (time.Time, bool) { meddle(m.p); return m.Context.Deadline() }

// A meddlingError meddles when it is asked anything.
type meddlingError struct{ p *pool.Pool }

func (e meddlingError) Error() string { meddle(e.p); return "meddling" }
func (e meddlingError) Is(error) bool { meddle(e.p); return false }

func TestUserContextsUnderNoLock(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		inner, cancel := context.WithCancelCause(bg)
		ctx := meddler{inner, p}
		running := pool.Submit(ctx, p, untilEnd, millrace.WithTimeout(time.Hour))
		synctest.Wait()
		g := pool.NewGroup(ctx, p, millrace.WithLimit(1))
		fs := submitMany(ctx, p, 3, millrace.WithKey(1), millrace.WithPriority(1))
		fs = append(fs, submitMany(ctx, g, 3)...)
		fs = append(fs, pool.Then(ctx, p, fs[0], identity))
		go pool.MapSlice(ctx, p, []int{1, 2, 3}, identity)
		synctest.Wait()
		cancel(meddlingError{p})
		if _, err := running.Await(bg); err != (meddlingError{p}) {
			t.Errorf("Await() = %T, want the cause", err)
		}
		future.AllSettled(ctx, fs...)
		g.Wait()
		p.Close()
		for _, f := range fs {
			if s := f.State(); s != future.Cancelled {
				t.Errorf("State() = %v, want cancelled", s)
			}
		}
	})
}

func TestUserContextsInTasksUnderNoLock(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		for way, wait := range lending {
			_, err := pool.Go(meddler{bg, p}, p, func(ctx context.Context) error { return wait(meddler{ctx, p}, p, 3, nop) }).Await(bg)
			if err != nil {
				t.Errorf("%s with a context of another type = %v, want nil", way, err)
			}
		}
		p.Close()
	})
}

func TestUserErrorsUnderNoLock(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		fails := func(context.Context) (int, error) { return 0, meddlingError{p} }
		g := pool.NewGroup(bg, p)
		h := pool.NewGroup(bg, g, millrace.CollectErrors())
		pool.Submit(bg, g, fails)
		pool.Submit(bg, h, fails)
		f := pool.Submit(bg, p, func(context.Context) (int, error) { panic(meddlingError{p}) })
		pool.Then(bg, p, f, identity).Await(bg)
		h.Wait()
		g.Wait()
		if err := pool.ForEach(bg, p, count(3), func(context.Context, int) error { return meddlingError{p} }); err == nil {
			t.Error("ForEach() = nil, want the error")
		}
		p.Stop(meddlingError{p})
		p.Err()
		p.Close()
	})
}

// Functions of OnDone run under none either, whichever goroutine settles the future.
func TestOnDoneUnderNoLock(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithQueue(8), millrace.WithOverflow(millrace.DropOldest))
		ctx, cancel := context.WithCancel(bg)
		release := blocker(p, 1)
		told := 0
		var fs []*intFuture
		for range 7 {
			f := pool.Submit(ctx, p, nop)
			f.OnDone(func(f *intFuture) {
				meddle(p)
				f.OnDone(func(*intFuture) { meddle(p) })
				told++
			})
			fs = append(fs, f)
		}
		fs[0].Cancel()
		fs[1].Abort(errBoom)
		for range 4 { // two places are free, then two are dropped
			pool.Submit(bg, p, nop, millrace.WithPriority(1))
		}
		cancel()
		synctest.Wait()
		release()
		p.Close()
		if told != len(fs) {
			t.Errorf("%d functions of OnDone have run, want %d", told, len(fs))
		}
	})
}

// A pool can be closed, stopped and waited for from inside user functions, as
// far as they are no tasks of it.
func TestLifecycleFromOnDone(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p, q := pool.New(one), pool.New(one)
		closed := make(chan error, 1)
		f := pool.Submit(bg, q, nop)
		f.OnDone(func(*intFuture) {
			p.Seal()
			p.Stop(errBoom)
			closed <- p.Close()
		})
		<-closed
		pool.Submit(bg, q, nop).OnDone(func(*intFuture) { q.Seal(); q.Stop(nil) })
		q.Close()
		if p.Err() == nil || q.Err() == nil {
			t.Errorf("Err() = %v, %v, want both ended", p.Err(), q.Err())
		}
	})
}

// Nor is the cause of a context asked for anything under a lock. A member that submits to
// its group on a full queue waits for its child, which outlives it.
func TestCauseUnderNoLock(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one, millrace.WithQueue(0))
		g := pool.NewGroup(bg, p)
		paused := make(chan struct{})
		f := pool.Submit(bg, g, func(ctx context.Context) (int, error) {
			<-paused
			pool.Submit(ctx, g, nop)
			return 1, nil
		})
		synctest.Wait()
		p.Pause()
		close(paused)
		synctest.Wait()
		f.Abort(countingError{p})
		wantValue(t, "the member", f, 1)
		p.Resume()
		g.Wait()
		p.Close()
	})
}

// A countingError asks for the figures of a pool when it is compared.
type countingError struct{ p *pool.Pool }

func (countingError) Error() string   { return "counting" }
func (e countingError) Is(error) bool { e.p.Stats(); return false }
