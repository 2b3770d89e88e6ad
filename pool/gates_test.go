package pool_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Gates: what a task may cost. A change that needs more is a decision, not an
// accident.

// onlyTasksAllocate skips a test of what tasks allocate, if something else allocates as well.
func onlyTasksAllocate(t *testing.T) {
	t.Helper()
	switch {
	case racing:
		t.Skip("the race detector allocates")
	case audited:
		t.Skip("the audit of each section allocates")
	}
}

// Submit of a function that is there, and Await: one allocation, the task.
func TestAllocations(t *testing.T) {
	onlyTasksAllocate(t)
	p := pool.New(one)
	defer p.Close()
	for _, c := range []struct {
		what string
		most float64
		run  func()
	}{
		{"Submit, Await", 1, func() { pool.Submit(bg, p, nop).Await(bg) }},
		{"Submit, Poll, Cancel", 1, func() { f := pool.Submit(bg, p, nop); f.Poll(); f.Cancel(); f.Await(bg) }},
		{"Submit with WithPriority", 1, func() { pool.Submit(bg, p, nop, millrace.WithPriority(1)).Await(bg) }},
		{"Submit with WithWeight", 1, func() { pool.Submit(bg, p, nop, millrace.WithWeight(0)).Await(bg) }},
		{"Submit with WithKey", 1, func() { pool.Submit(bg, p, nop, millrace.WithKey("a")).Await(bg) }},
		{"Submit with WithTimeout", 3, func() { pool.Submit(bg, p, nop, millrace.WithTimeout(time.Hour)).Await(bg) }},
		{"Submit with WithFlow", 2, func() { pool.Submit(bg, p, nop, millrace.WithFlow("a")).Await(bg) }},
		{"Submit with WithRetry", 2, func() { pool.Submit(bg, p, nop, millrace.WithRetry(never)).Await(bg) }},
		{"Acquire and release", 3, func() { release, _ := pool.Acquire(bg, p); release() }},
		{"Submit with an ended context", 2, func() { pool.Submit(endedCtx, p, nop).Poll() }},
		{"Scope, with a context that cannot end", 5, func() {
			pool.Scope(bg, p, func(context.Context, *pool.Group) error { return nil })
		}},
		{"Stats", 0, func() { p.Stats() }},
		{"Err", 0, func() { p.Err() }},
	} {
		for range 100 {
			c.run() // slabs and free lists are filled
		}
		if got := testing.AllocsPerRun(1000, c.run); got > c.most {
			t.Errorf("%s: %v allocations, want at most %v", c.what, got, c.most)
		}
	}
}

var endedCtx = ended(errBoom)

func never(int, error) (time.Duration, bool) { return 0, false }

// runBatch submits a task for each of fs, and awaits them.
func runBatch(fs []*intFuture, ex pool.Executor, opts ...millrace.TaskOption) {
	for i := range fs {
		fs[i] = pool.Submit(bg, ex, nop, opts...)
	}
	for _, f := range fs {
		f.Await(bg)
	}
}

// A call of a request, whose context can end and is its own, allocates no more than this: two of
// the objects are the request's context. There is some room, as the scheduler says how many
// goroutines take part.
func TestAllocationsOfRequest(t *testing.T) {
	onlyTasksAllocate(t)
	p := pool.New(millrace.WithWorkers(8))
	defer p.Close()
	for _, c := range []struct {
		what string
		most float64
		run  func(ctx context.Context)
	}{
		{"Submit, Await", 6, func(ctx context.Context) { pool.Submit(ctx, p, nop).Await(ctx) }},
		{"All of 3", 18, func(ctx context.Context) {
			future.All(ctx, pool.Submit(ctx, p, nop), pool.Submit(ctx, p, nop), pool.Submit(ctx, p, nop))
		}},
		{"Then", 24, func(ctx context.Context) { pool.Then(ctx, p, pool.Submit(ctx, p, nop), identity).Await(ctx) }},
		{"Join", 26, func(ctx context.Context) { pool.Join(ctx, p, nop, nop) }},
		{"First of 3", 27, func(ctx context.Context) { pool.First(ctx, p, nop, nop, nop) }},
		{"MapSlice of 3", 35, func(ctx context.Context) { pool.MapSlice(ctx, p, []int{1, 2, 3}, identity) }},
		{"Scope of 2", 21, func(ctx context.Context) {
			pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
				a, b := pool.Submit(ctx, g, nop), pool.Submit(ctx, g, nop)
				a.Await(ctx)
				b.Await(ctx)
				return nil
			})
		}},
	} {
		run := func() {
			ctx, cancel := context.WithCancel(bg)
			c.run(ctx)
			cancel()
		}
		for range 100 {
			run() // slabs and free lists are filled
		}
		if got := testing.AllocsPerRun(1000, run); got > c.most {
			t.Errorf("%s: %v allocations, want at most %v", c.what, got, c.most)
		}
	}
}

// A task that starts when it is submitted does not go through the queue: that would need places
// for its priority and its flow.
func TestAllocationsOfTaskThatStartsAtOnce(t *testing.T) {
	onlyTasksAllocate(t)
	allocations := func(opt millrace.TaskOption) float64 {
		return testing.AllocsPerRun(200, func() {
			p := pool.New(one)
			pool.Submit(bg, p, nop, opt).Await(bg)
			p.Close()
		})
	}
	usual := allocations(millrace.WithPriority(0))
	if got := allocations(millrace.WithPriority(1)); got > usual+1 {
		t.Errorf("WithPriority(1): %v allocations, want at most 1 more than %v", got, usual)
	}
	if got := allocations(millrace.WithFlow("a")); got > usual+2 {
		t.Errorf("WithFlow: %v allocations, want at most 2 more than %v", got, usual)
	}
}

// A task of a batch, with many workers, allocates as little.
func TestAllocationsOfBatch(t *testing.T) {
	onlyTasksAllocate(t)
	const batch = 1000
	p := pool.New(millrace.WithWorkers(8))
	defer p.Close()
	fs := make([]*intFuture, batch)
	run := func(ex pool.Executor) float64 {
		return testing.AllocsPerRun(20, func() { runBatch(fs, ex) }) / batch
	}
	if got := run(p); got > 1.2 {
		t.Errorf("%.3f allocations a task, want 1 and a share of a slab", got)
	}
	g := pool.NewGroup(bg, p)
	defer g.Wait()
	if got := run(g); got > 2.2 {
		t.Errorf("%.3f allocations a member of a group, want at most 2", got)
	}
}

// What a submit takes of memory is what the README says, or less.
func TestBytesOfTask(t *testing.T) {
	onlyTasksAllocate(t)
	const batch = 1000
	p := pool.New(millrace.WithWorkers(8))
	defer p.Close()
	fs := make([]*intFuture, batch)
	for _, c := range []struct {
		what string
		most uint64
		opts []millrace.TaskOption
	}{
		{"a plain task", 100, nil},
		{"a task with a priority", 100 + 140, []millrace.TaskOption{millrace.WithPriority(1)}},
		{"a task with a timeout", 100 + 300, []millrace.TaskOption{millrace.WithTimeout(time.Hour)}},
		{"a task with a key that others have", 100 + 180, []millrace.TaskOption{millrace.WithKey(1)}},
		{"a task with a flow", 100 + 230, []millrace.TaskOption{millrace.WithFlow(1)}},
	} {
		runBatch(fs, p, c.opts...) // slabs and free lists are filled
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 20 {
			runBatch(fs, p, c.opts...)
		}
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) / (20 * batch); got > c.most {
			t.Errorf("%s takes %d bytes, want at most %d", c.what, got, c.most)
		}
	}
}

// An item of a map allocates nothing, also if it looks at its context, or has options
// that its run needs only once. Time stands still, so that runners claim many items at once on any
// machine.
func TestAllocationsOfItems(t *testing.T) {
	onlyTasksAllocate(t)
	const items = 10_000
	for what, opt := range map[string]millrace.MapOption{
		"no option": nil, "WithPriority": millrace.WithPriority(1), "WithKey": millrace.WithKey(1), "WithFlow": millrace.WithFlow(1),
		"WithWeight": millrace.WithWeight(2), "WithTaskName": millrace.WithTaskName("item"), "WithConcurrency": millrace.WithConcurrency(2),
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(4))
			got := testing.AllocsPerRun(5, func() {
				err := pool.ForN(bg, p, items, func(ctx context.Context, _ int) error {
					_, _ = ctx.Deadline()
					_ = ctx.Value(t)
					return ctx.Err()
				}, opt)
				if err != nil {
					t.Error(err)
				}
			}) / items
			if got > 0.1 {
				t.Errorf("%s: %.3f allocations an item, want less than 0.1", what, got)
			}
			p.Close()
		})
	}
}

// A wait inside a task costs little more than one outside.
func TestAllocationsInTask(t *testing.T) {
	onlyTasksAllocate(t)
	p := pool.New(one)
	defer p.Close()
	var got float64
	pool.Go(bg, p, func(ctx context.Context) error {
		got = testing.AllocsPerRun(500, func() { pool.Submit(ctx, p, nop).Await(ctx) })
		return nil
	}).Await(bg)
	if got > 4 {
		t.Errorf("%v allocations for a child and its wait, want at most 4", got)
	}
}

// A batch waited for in one call shares a slab.
func TestAllocationsOfAll(t *testing.T) {
	onlyTasksAllocate(t)
	const batch = 1000
	p := pool.New(millrace.WithWorkers(8))
	defer p.Close()
	fs := make([]*intFuture, batch)
	got := testing.AllocsPerRun(20, func() {
		for i := range fs {
			fs[i] = pool.Submit(bg, p, nop)
		}
		future.All(bg, fs...)
	}) / batch
	if got > 1.2 {
		t.Errorf("%.3f allocations a task waited for by All, want 1 and a share of a slab", got)
	}
}
