package pool_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/pool"
)

// A pending task costs at most 256 bytes of heap.
func TestBytesOfPendingTask(t *testing.T) {
	const n = 100_000
	p := pool.New(one)
	defer p.Close()
	defer blocker(p, 1)()
	before := memory.InUse()
	for range n {
		pool.Submit(bg, p, nop)
	}
	got := (float64(memory.InUse()) - float64(before)) / n
	t.Logf("a pending task takes %.0f bytes", got)
	if got > 256 {
		t.Errorf("a pending task takes %.0f bytes, want at most 256", got)
	}
}

// Long-lived things do not grow with the tasks that have come and gone: a
// context, a pool's context, a group, a scope, an idle pool, a future that many
// were submitted after.
func TestNothingGrows(t *testing.T) {
	const n = many / 10
	ctx, cancel := context.WithCancel(context.WithValue(bg, key{}, 1))
	defer cancel()
	p := pool.New(two, millrace.WithContext(ctx))
	defer p.Close()
	looks := func(ctx context.Context) (int, error) { ctx.Done(); return 1, nil }
	var told sync.WaitGroup // of what has a goroutine of its own, which the runtime keeps room for
	derives := func(ctx context.Context) (int, error) { told.Add(1); context.AfterFunc(ctx, told.Done); return 1, nil }
	g, h := pool.NewGroup(ctx, p), pool.NewGroup(ctx, p, millrace.CollectErrors(), millrace.WithLimit(2))
	in := future.Resolved(1)
	for name, task := range map[string]func() *intFuture{
		"tasks under one context":          func() *intFuture { return pool.Submit(ctx, p, nop) },
		"tasks that look at their context": func() *intFuture { return pool.Submit(ctx, p, looks) },
		"tasks that derive from it":        func() *intFuture { return pool.Submit(ctx, p, derives) },
		"tasks that failed":                func() *intFuture { return pool.Submit(ctx, p, boom) },
		"cancelled tasks":                  func() *intFuture { f := pool.Submit(ctx, p, nop); f.Cancel(); return f },
		"members of one group":             func() *intFuture { return pool.Submit(ctx, g, looks) },
		"members of a group that collects": func() *intFuture { return pool.Submit(ctx, h, nop) },
		"groups under one context":         func() *intFuture { g := pool.NewGroup(ctx, p); f := pool.Submit(ctx, g, nop); g.Wait(); return f },
		"groups over one group":            func() *intFuture { i := pool.NewGroup(ctx, g); f := pool.Submit(ctx, i, nop); i.Wait(); return f },
		"tasks after one future":           func() *intFuture { return pool.Then(ctx, p, in, identity) },
		"tasks with timeouts":              func() *intFuture { return pool.Submit(ctx, p, nop, millrace.WithTimeout(1e15)) },
		"tasks with keys and priorities": func() *intFuture {
			return pool.Submit(ctx, p, nop, millrace.WithKey(new(int)), millrace.WithPriority(3))
		},
		"tasks with priorities of their own": func() func() *intFuture {
			i := 0
			return func() *intFuture { i++; return pool.Submit(ctx, p, nop, millrace.WithPriority(i)) }
		}(),
	} {
		wait := func() { // with at most 100 at once
			for range n / 100 {
				fs := make([]*intFuture, 100)
				for i := range fs {
					fs[i] = task()
				}
				future.AllSettled(bg, fs...)
				told.Wait()
			}
		}
		for range 10 {
			task().Await(bg) // what is kept for further use is there
		}
		before := memory.InUse()
		wait()
		memory.WantNoMore(t, fmt.Sprint(n, " ", name), before, 4*n+100_000)
	}
	g.Wait()
	h.Wait()
}

// Long-lived contexts that tasks are submitted with in turns keep nothing of those that have settled.
func TestContextsInTurnsDoNotGrow(t *testing.T) {
	const n = 20_000
	p := pool.New(one)
	defer p.Close()
	var ctxs [2]context.Context
	for i := range ctxs {
		ctx, cancel := context.WithCancel(bg)
		defer cancel()
		ctxs[i] = ctx
	}
	before := memory.InUse()
	for i := range n {
		p.Pause() // so that the task pends, and the pool watches its context
		f := pool.Submit(ctxs[i%2], p, nop)
		p.Resume()
		f.Await(bg)
	}
	memory.WantNoMore(t, fmt.Sprint(n, " tasks of two contexts"), before, 20*n)
}

// A pool does not keep room for as many contexts as it has had pending tasks of at once.
func TestManyContextsLeaveNoRoom(t *testing.T) {
	if audited {
		t.Skip("each section looks at all tasks")
	}
	const n = many / 10
	p := pool.New(two)
	defer p.Close()
	before := memory.InUse()
	p.Pause()
	fs, cancels := make([]*intFuture, n), make([]context.CancelFunc, n)
	for i := range fs {
		ctx, cancel := context.WithCancel(bg)
		fs[i], cancels[i] = pool.Submit(ctx, p, nop), cancel
	}
	p.Resume()
	future.AllSettled(bg, fs...)
	for _, cancel := range cancels {
		cancel()
	}
	memory.WantNoMore(t, fmt.Sprintf("tasks of %d contexts", n), before, 10*n+100_000)
}

// Waits that end on a pending task do not pile up on it, nor do functions of
// OnDone that are taken back.
func TestWaitsDoNotPileUp(t *testing.T) {
	p, release := busyPool()
	f := pool.Submit(bg, p, nop)
	ctx := ended(errBoom)
	before := memory.InUse()
	for range many / 20 {
		f.Await(ctx)
		future.All(ctx, f, f)
		f.OnDone(func(*intFuture) {})()
		pool.Then(ctx, p, f, identity)
		pool.Then(bg, p, f, identity).Cancel()
	}
	memory.WantNoMore(t, fmt.Sprint(many/20, " waits"), before, many/2+100_000)
	release()
	p.Close()
}

// What a deep recursion needed is given back.
func TestRecursionLeavesNothing(t *testing.T) {
	const deep = deepest / 20
	p := pool.New(one, millrace.WithIdleTimeout(0))
	defer p.Close()
	var rec func(n int) func(context.Context) (int, error)
	rec = func(n int) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			if n == 0 {
				return 0, nil
			}
			return pool.Submit(ctx, p, rec(n-1)).Await(ctx)
		}
	}
	pool.Submit(bg, p, rec(deep)).Await(bg) // the runtime keeps what it has once had for goroutines
	for p.Stats().Goroutines > 0 {          // the second one is to have the room of those
		runtime.Gosched()
	}
	before := memory.InUse()
	pool.Submit(bg, p, rec(deep)).Await(bg)
	memory.WantNoMore(t, fmt.Sprintf("a second recursion %d deep", deep), before, 200_000)
}
