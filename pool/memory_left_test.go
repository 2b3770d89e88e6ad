package pool_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/pool"
)

// What was linked to a task by others, while it waited or ran, is not kept by what they leave
// behind: an idle pool, or a settled future.

// A future that has settled does not keep what continued with it, and before that it does not
// keep what has given up.
func TestFutureKeepsNoContinuation(t *testing.T) {
	p := pool.New(one, millrace.WithIdleTimeout(time.Hour))
	defer p.Close()
	open, settled := future.NewPromise[int](), future.NewPromise[int]()
	memory.WantFreed(t, "the error of a Then that was aborted", abortedThen(p, open.Future()))
	memory.WantFreed(t, "the value of a Then", settledThen(p, settled))
	runtime.KeepAlive(open)
	runtime.KeepAlive(settled)
}

//go:noinline
func settledThen(p *pool.Pool, in *future.Promise[int]) weak.Pointer[memory.Ballast] {
	f := pool.Then(bg, p, in.Future(), func(context.Context, int) (*memory.Ballast, error) { return memory.NewBallast(), nil })
	in.Resolve(1)
	b, _ := f.Await(bg)
	return weak.Make(b)
}

//go:noinline
func abortedThen(p *pool.Pool, in *intFuture) weak.Pointer[memory.Ballast] {
	cause := &ballastError{memory.NewBallast()}
	f := pool.Then(bg, p, in, func(context.Context, int) (int, error) { return 1, nil })
	in.OnDone(func(*intFuture) {})
	f.Abort(cause)
	return weak.Make(cause.Ballast)
}

// A ballastError is held by the future of the task that it has ended.
type ballastError struct{ *memory.Ballast }

func (*ballastError) Error() string { return "ballast" }

// An idle pool does not keep what children of a task have returned.
func TestPoolKeepsNoChild(t *testing.T) {
	p := pool.New(one, millrace.WithIdleTimeout(time.Hour))
	defer p.Close()
	for _, n := range []int{1, 2, 10} {
		memory.WantFreed(t, "the value of a child", watchedChild(p, n))
		memory.WantFreed(t, "a child that never ran", orphan(p, n))
	}
}

//go:noinline
func watchedChild(p *pool.Pool, n int) (w weak.Pointer[memory.Ballast]) {
	pool.Go(bg, p, func(ctx context.Context) error {
		f := pool.Submit(ctx, p, func(context.Context) (*memory.Ballast, error) { return memory.NewBallast(), nil })
		submitMany(ctx, p, n-1)
		b, err := f.Await(ctx)
		w = weak.Make(b)
		return err
	}).Await(bg)
	return w
}

// orphan returns the first of n children that are pending when their parent returns.
//
//go:noinline
func orphan(p *pool.Pool, n int) (w weak.Pointer[intFuture]) {
	pool.Go(bg, p, func(ctx context.Context) error {
		w = weak.Make(submitMany(ctx, p, n)[0])
		return nil
	}).Await(bg)
	return w
}

// A pool does not keep the context of a task that has settled, also if one with another context
// ran before it.
func TestPoolKeepsNoContext(t *testing.T) {
	p := pool.New(one, millrace.WithIdleTimeout(time.Hour))
	defer p.Close()
	for range 3 {
		memory.WantFreed(t, "a value of the context of a task that ran", watchedContext(p))
		memory.WantFreed(t, "a value of the context of one that was cancelled", watchedContext(p, millrace.WithDelay(time.Hour)))
		memory.WantFreed(t, "a value of a context without an end", watchedValue(p))
	}
}

//go:noinline
func watchedValue(p *pool.Pool) weak.Pointer[memory.Ballast] {
	b := memory.NewBallast()
	pool.Submit(context.WithValue(bg, key{}, b), p, nop).Await(bg)
	return weak.Make(b)
}

//go:noinline
func watchedContext(p *pool.Pool, opts ...millrace.TaskOption) weak.Pointer[memory.Ballast] {
	type key struct{}
	b := memory.NewBallast()
	ctx, cancel := context.WithCancel(context.WithValue(bg, key{}, b))
	f := pool.Submit(ctx, p, nop, opts...)
	if len(opts) > 0 {
		cancel()
	}
	f.Await(bg)
	cancel()
	return weak.Make(b)
}

// A context that goes on, with a task that is still pending, keeps none that has settled.
func TestContextKeepsNoTask(t *testing.T) {
	p, release := busyPool()
	ctx, cancel := context.WithCancel(bg)
	w := watchedTaskOf(ctx, p, release)
	submitMany(ctx, p, 20, millrace.WithDelay(time.Hour))
	memory.WantFreed(t, "the value of a task", w)
	cancel()
	p.Close()
}

//go:noinline
func watchedTaskOf(ctx context.Context, p *pool.Pool, release func()) weak.Pointer[memory.Ballast] {
	f := pool.Submit(ctx, p, func(context.Context) (*memory.Ballast, error) { return memory.NewBallast(), nil })
	fs := append(submitMany(ctx, p, 1), submitMany(ctx, p, 1, millrace.WithDelay(time.Hour))...)
	release()
	fs[0].Await(bg)
	b, _ := f.Await(bg)
	return weak.Make(b)
}

// Nor does it keep the context of a task whose children were cancelled while it waited.
func TestPoolKeepsNoWait(t *testing.T) {
	p := pool.New(one, millrace.WithIdleTimeout(time.Hour))
	defer p.Close()
	w := watchedWait(p)
	pool.Submit(bg, p, nop).Await(bg)
	memory.WantFreed(t, "the context of a task that waited", w)
}

//go:noinline
func watchedWait(p *pool.Pool) weak.Pointer[memory.Ballast] {
	b := memory.NewBallast()
	pool.Go(context.WithValue(bg, key{}, b), p, func(ctx context.Context) error {
		fs := submitMany(bg, p, 2, millrace.WithDelay(time.Hour))
		go func() {
			for p.Stats().Waiting == 0 {
				runtime.Gosched()
			}
			fs[0].Cancel()
			fs[1].Cancel()
		}()
		_, err := future.AllSettled(ctx, fs...)
		return err
	}).Await(bg)
	return weak.Make(b)
}

// The future of a member that was refused keeps neither its group nor its pool.
func TestRefusedMemberKeepsNoGroup(t *testing.T) {
	f, group := refusedMember()
	if _, err := f.Await(bg); !errors.Is(err, pool.ErrQueueFull) {
		t.Errorf("a member without a place: %v, want ErrQueueFull", err)
	}
	memory.WantFreed(t, "the context of the group of a refused member", group)
	runtime.KeepAlive(f)
}

//go:noinline
func refusedMember() (*intFuture, weak.Pointer[memory.Ballast]) {
	b := memory.NewBallast()
	p, release := busyPool(millrace.WithQueue(0), millrace.WithOverflow(millrace.Reject))
	g := pool.NewGroup(context.WithValue(bg, key{}, b), p, millrace.IgnoreErrors())
	f := pool.Submit(bg, g, nop)
	release()
	g.Wait()
	p.Close()
	return f, weak.Make(b)
}

// A set that a task has emptied keeps none of its futures.
func TestSetKeepsNoFuture(t *testing.T) {
	p := pool.New(one, millrace.WithIdleTimeout(time.Hour))
	defer p.Close()
	s := future.NewSet[*memory.Ballast]()
	yielded, waited := emptied(p, s)
	memory.WantFreed(t, "the value of a future that a set has yielded", yielded)
	memory.WantFreed(t, "the value of a task that has emptied a set", waited)
	runtime.KeepAlive(s)
}

//go:noinline
func emptied(p *pool.Pool, s *future.Set[*memory.Ballast]) (yielded, waited weak.Pointer[memory.Ballast]) {
	last, _ := pool.Submit(bg, p, func(ctx context.Context) (*memory.Ballast, error) {
		for range 2 {
			s.Add(pool.Submit(ctx, p, func(context.Context) (*memory.Ballast, error) { return memory.NewBallast(), nil }))
		}
		for f := range s.All(ctx) {
			b, _ := f.Await(ctx)
			yielded = weak.Make(b)
		}
		return memory.NewBallast(), nil
	}).Await(bg)
	return yielded, weak.Make(last)
}
