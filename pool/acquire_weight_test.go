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

// acquireLater submits a task of weight 5 to p that acquires a permit when begin is called, and
// returns when the task runs.
func acquireLater(p *pool.Pool, opts ...millrace.TaskOption) (f *future.Future[struct{}], begin func()) {
	gate := make(chan struct{})
	ctx, cancel := context.WithTimeout(bg, time.Hour)
	f = pool.Go(ctx, p, func(ctx context.Context) error {
		defer cancel()
		<-gate
		return hold(ctx, p, opts...)
	}, millrace.WithWeight(5))
	synctest.Wait()
	return f, func() { close(gate) }
}

// A task that waits for the weight of one that acquires is passed over by the permit: neither
// could go on otherwise.
func TestAcquireBeforeHeavyTasks(t *testing.T) {
	heavy := millrace.WithWeight(5)
	for name, c := range map[string]struct {
		permit []millrace.TaskOption
		before func(p *pool.Pool) (after func(p *pool.Pool))
	}{
		"one that is pending": {before: func(*pool.Pool) func(*pool.Pool) {
			return func(p *pool.Pool) { pool.Submit(bg, p, nop, heavy) }
		}},
		"one that blocks its submitter": {before: func(*pool.Pool) func(*pool.Pool) {
			return func(p *pool.Pool) {
				pool.Submit(bg, p, nop, heavy)
				go pool.Submit(bg, p, nop, heavy)
				synctest.Wait()
			}
		}},
		"one that wants its slot back": {before: func(p *pool.Pool) func(*pool.Pool) {
			gate := make(chan struct{})
			pool.Go(bg, p, func(ctx context.Context) error {
				pool.Outside(ctx, func() { <-gate })
				return nil
			}, heavy)
			return func(*pool.Pool) { close(gate) }
		}},
		"one before a task of the permit's key": {
			permit: []millrace.TaskOption{millrace.WithKey("k")},
			before: func(*pool.Pool) func(*pool.Pool) {
				return func(p *pool.Pool) {
					pool.Submit(bg, p, nop, heavy)
					pool.Submit(bg, p, nop, millrace.WithKey("k"), millrace.WithDelay(time.Nanosecond))
					time.Sleep(time.Second)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(8), millrace.WithQueue(1))
				after := c.before(p)
				synctest.Wait()
				f, begin := acquireLater(p, append(c.permit, millrace.WithWeight(3))...)
				after(p)
				synctest.Wait()
				start := time.Now()
				begin()
				if _, err := f.Await(bg); err != nil || time.Since(start) > 0 {
					t.Errorf("Acquire() = %v after %v, want nil at once", err, time.Since(start))
				}
				p.Close()
			})
		})
	}
}

// A permit that has to wait for a task of its key that is too heavy beside the one that acquires is
// refused.
func TestAcquireBehindTooHeavyTasksOfItsKey(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(8))
		k := millrace.WithKey("k")
		f, begin := acquireLater(p, k)
		behind := pool.Submit(bg, p, nop, k, millrace.WithWeight(4))
		begin()
		_, err := f.Await(bg)
		wantIs(t, "Acquire()", err, future.ErrDeadlock)
		wantValue(t, "the other task", behind, 1)
		p.Close()
	})
}

// Otherwise a permit waits behind a heavy task like any other: light ones would keep it waiting for
// ever.
func TestAcquireBehindHeavyTasks(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4), millrace.WithMaxWeight(8))
		_, release := holdWeight(p, 3)
		f, begin := acquireLater(p, millrace.WithWeight(0))
		pool.Submit(bg, p, nop, millrace.WithWeight(3))
		time.AfterFunc(time.Second, release)
		start := time.Now()
		begin()
		if _, err := f.Await(bg); err != nil || time.Since(start) != time.Second {
			t.Errorf("Acquire() = %v after %v, want nil when the task before it has started", err, time.Since(start))
		}
		p.Close()
	})
}

// wantGrantedBy lets a task acquire, and wants that release lets it go on at once.
func wantGrantedBy(t *testing.T, f *future.Future[struct{}], begin, release func()) {
	t.Helper()
	begin()
	synctest.Wait()
	start := time.Now()
	release()
	if _, err := f.Await(bg); err != nil || time.Since(start) > 0 {
		t.Errorf("Acquire() = %v after %v, want nil at once", err, time.Since(start))
	}
}

// What has to run before the permit may be a task without options: a child of the task that has the
// permit's key.
func TestAcquireBeforeHeavyTasksBehindAChild(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(5), millrace.WithMaxWeight(8))
		k := millrace.WithKey("k")
		_, release := holdWeight(p, 3)
		f, begin := acquireLater(p, k)
		heavy := pool.Submit(bg, p, nop, millrace.WithWeight(5))
		parent := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			return pool.Submit(ctx, p, nop).Await(ctx)
		}, k, millrace.WithWeight(0), millrace.WithPriority(1))
		wantGrantedBy(t, f, begin, release)
		wantValue(t, "the parent", parent, 1)
		wantValue(t, "the heavy task", heavy, 1)
		p.Close()
	})
}

// A permit that finds the queue full is granted ahead of those that wait there, and takes none of
// them along.
func TestPermitPastAFullQueueLeavesThoseInIt(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(2), millrace.WithQueue(3), millrace.WithMaxWeight(8))
		f, begin := acquireLater(p, millrace.WithDelay(time.Second))
		queued := []*intFuture{
			pool.Submit(bg, p, nop, millrace.WithWeight(8)),
			pool.Submit(bg, p, nop),
			pool.Submit(bg, p, nop, millrace.WithPriority(-1)),
		}
		begin()
		time.Sleep(time.Minute)
		for i, f := range queued {
			if s := f.State(); s != future.Succeeded {
				t.Errorf("task %d of the queue is %v", i, s)
			}
		}
		if s := f.State(); s != future.Succeeded {
			t.Errorf("the task that acquires is %v", s)
		}
		p.Stop(nil)
		p.Close()
	})
}

// Where one of several tasks has to end before the permit, the one that can start does: here the
// second, behind a heavy one in the queue, because the first waits for the task that acquires.
func TestAcquireBehindOneOfSeveral(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(6), millrace.WithMaxWeight(8))
		f, begin := acquireLater(p, millrace.WithKey("k"), millrace.WithWeight(0))
		gate := make(chan struct{})
		other := func(context.Context) error { <-gate; return nil }
		pool.Go(bg, p, other, millrace.WithWeight(3)) // with that of f all of it is taken
		after := pool.Then(bg, p, f, func(context.Context, struct{}) (int, error) { return 1, nil }, millrace.WithWeight(0))
		heavy := pool.Submit(bg, p, nop, millrace.WithWeight(8))
		light := pool.Submit(bg, p, nop, millrace.WithWeight(3))
		pool.Go(bg, p, func(ctx context.Context) error {
			_, err := future.Any(ctx, after, light)
			return err
		}, millrace.WithKey("k"), millrace.WithWeight(0), millrace.WithPriority(1))
		synctest.Wait()
		wantGrantedBy(t, f, begin, func() { close(gate) })
		wantValue(t, "the heavy task", heavy, 1)
		wantValue(t, "the task behind the first one", after, 1)
		p.Close()
	})
}

// What the search for a task to start before the permit comes to may wait in a circle, which is no
// deadlock if another task can end one of the waits. That one starts.
func TestAcquireBehindTasksThatWaitForEachOther(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(6), millrace.WithMaxWeight(8))
		weightless, k := millrace.WithWeight(0), millrace.WithKey("k")
		f, begin := acquireLater(p, k, weightless)
		_, release := holdWeight(p, 3) // with that of f all of it is taken
		first := make(chan *intFuture)
		second := pool.Submit(bg, p, func(ctx context.Context) (int, error) { return (<-first).Await(ctx) }, weightless)
		heavy := pool.Submit(bg, p, nop, millrace.WithWeight(8))
		light := pool.Submit(bg, p, nop, millrace.WithWeight(3))
		first <- pool.Submit(bg, p, func(ctx context.Context) (int, error) { return future.Any(ctx, second, light) },
			k, weightless, millrace.WithPriority(1))
		synctest.Wait()
		wantGrantedBy(t, f, begin, release)
		wantValue(t, "the second task of the circle", second, 1)
		wantValue(t, "the heavy task", heavy, 1)
		p.Close()
	})
}

// A permit comes ahead of those that wait for weight, and not of one that waits for a worker.
func TestAcquireBehindATaskWithoutItsWorker(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		prepared := make(chan struct{}, 2)
		p := pool.New(two, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			<-prepared
			return ctx, nil
		}))
		prepared <- struct{}{}
		f, begin := holdLater(p)
		waits := pool.Submit(bg, p, nop)
		begin()
		if s := f.State(); s != future.Running {
			t.Errorf("the task that acquires is %v while one waits for its worker", s)
		}
		prepared <- struct{}{}
		wantValue(t, "the one that waits", waits, 1)
		if _, err := f.Await(bg); err != nil {
			t.Errorf("Acquire() = %v", err)
		}
		p.Close()
	})
}
