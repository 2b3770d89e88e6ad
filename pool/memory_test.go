package pool_test

import (
	"context"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/pool"
)

// Nothing is retained. These tests run outside of bubbles, whose time stands still while
// the collector is at work.

// A watched is a settled future and what its task held.
type watched struct {
	f                       *intFuture
	function, ctx, argument weak.Pointer[memory.Ballast]
}

func (w watched) want(t *testing.T, name string) {
	t.Helper()
	memory.WantFreed(t, "the function of a task "+name, w.function)
	memory.WantFreed(t, "the context of a task "+name, w.ctx)
	memory.WantFreed(t, "what a task held "+name, w.argument)
	runtime.KeepAlive(w.f)
}

// ends are the ways for a task to end, the task being given what it is to hold.
var ends = map[string]struct {
	pending bool
	run     func(context.Context, *memory.Ballast) // in the task
	end     func(*intFuture)                       // from outside, while a blocker runs
}{
	"that returned": {run: func(context.Context, *memory.Ballast) {}},
	"that derived":  {run: func(ctx context.Context, _ *memory.Ballast) { context.AfterFunc(ctx, func() {}) }},
	"that looked":   {run: func(ctx context.Context, _ *memory.Ballast) { ctx.Done() }},
	"that panicked": {run: func(context.Context, *memory.Ballast) { panic("a") }},
	"that exited":   {run: func(context.Context, *memory.Ballast) { runtime.Goexit() }},
	"that waited":   {run: func(ctx context.Context, _ *memory.Ballast) { future.Go(ctx, nop).Await(ctx) }},
	"that was cancelled": {pending: true, end: func(f *intFuture) {
		f.Cancel()
	}},
	"that was aborted": {pending: true, end: func(f *intFuture) { f.Abort(errBoom) }},
}

// watchedTask runs a task that ends in the given way. If it never ran, a blocker
// still holds the worker when this returns.
//
//go:noinline
func watchedTask(p *pool.Pool, end struct {
	pending bool
	run     func(context.Context, *memory.Ballast)
	end     func(*intFuture)
}, opts ...millrace.TaskOption) watched {
	function, value, argument := memory.NewBallast(), memory.NewBallast(), memory.NewBallast()
	ctx, cancel := context.WithCancel(context.WithValue(bg, key{}, value))
	_ = cancel // the context does not end, as that of a service does not
	if end.pending {
		defer blocker(p, 1)()
	}
	f := pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
		end.run(ctx, argument)
		runtime.KeepAlive(function)
		return 1, nil
	}, opts...)
	if end.pending {
		end.end(f)
	}
	f.Await(bg)
	return watched{f, weak.Make(function), weak.Make(value), weak.Make(argument)}
}

// Neither the settled future nor the idle worker, nor the place in the queue
// that it had, holds what a task was made of.
func TestNothingIsRetained(t *testing.T) {
	for name, opts := range map[string][]millrace.TaskOption{
		"plain":         nil,
		"with a key":    {millrace.WithKey(1)},
		"with priority": {millrace.WithPriority(2)},
		"with weight":   {millrace.WithWeight(2)},
		"with a retry":  {millrace.WithRetry(func(int, error) (time.Duration, bool) { return 0, false })},
	} {
		for way, end := range ends {
			p := pool.New(one, millrace.WithMaxWeight(3), millrace.WithIdleTimeout(time.Hour))
			watchedTask(p, end, opts...).want(t, name+" "+way)
			p.Close()
		}
	}
}

// A blocker holds the worker: what was cancelled does not wait for it.
func TestCancelledIsCollectedAtOnce(t *testing.T) {
	for name, end := range map[string]func(*intFuture, context.CancelFunc, *pool.Pool){
		"Cancel":     func(f *intFuture, _ context.CancelFunc, _ *pool.Pool) { f.Cancel() },
		"Abort":      func(f *intFuture, _ context.CancelFunc, _ *pool.Pool) { f.Abort(errBoom) },
		"end of ctx": func(f *intFuture, cancel context.CancelFunc, _ *pool.Pool) { cancel(); f.Await(bg) },
		"Stop":       func(f *intFuture, _ context.CancelFunc, p *pool.Pool) { p.Stop(nil) },
	} {
		p, release := busyPool()
		before, middle, after := pendingTask(p), pendingTask(p), pendingTask(p)
		end(middle.f, middle.cancel, p)
		middle.want(t, "ended by "+name)
		runtime.KeepAlive(before)
		runtime.KeepAlive(after)
		release()
		p.Close()
	}
}

type pending struct {
	watched
	cancel context.CancelFunc
}

//go:noinline
func pendingTask(p *pool.Pool) pending {
	function, value := memory.NewBallast(), memory.NewBallast()
	ctx, cancel := context.WithCancel(context.WithValue(bg, key{}, value))
	f := pool.Submit(ctx, p, func(context.Context) (int, error) { runtime.KeepAlive(function); return 1, nil })
	return pending{watched{f, weak.Make(function), weak.Make(new(memory.Ballast)), weak.Make(new(memory.Ballast))}, cancel}
}

// A Then lets go of its input's future with its function.
func TestThenRetainsNothing(t *testing.T) {
	p := pool.New(one, millrace.WithIdleTimeout(time.Hour))
	defer p.Close()
	f, input, function := watchedThen(p)
	memory.WantFreed(t, "the input of a Then", input)
	memory.WantFreed(t, "the function of a Then", function)
	runtime.KeepAlive(f)
}

//go:noinline
func watchedThen(p *pool.Pool) (f *intFuture, input, function weak.Pointer[memory.Ballast]) {
	value, fn := memory.NewBallast(), memory.NewBallast()
	in := pool.Submit(bg, p, func(context.Context) (*memory.Ballast, error) { return value, nil })
	f = pool.Then(bg, p, in, func(context.Context, *memory.Ballast) (int, error) { runtime.KeepAlive(fn); return 1, nil })
	f.Await(bg)
	return f, weak.Make(value), weak.Make(fn)
}

// Groups and scopes that are kept hold nothing of their members.
func TestGroupRetainsNothing(t *testing.T) {
	for name, opts := range map[string][]millrace.GroupOption{"": nil, "that collects": {millrace.CollectErrors()}, "with a limit": {millrace.WithLimit(1)}} {
		p := pool.New(two, millrace.WithIdleTimeout(time.Hour))
		g := pool.NewGroup(bg, p, opts...)
		memory.WantFreed(t, "the function of a member of a group "+name, watchedMember(g))
		g.Wait()
		p.Close()
	}
}

//go:noinline
func watchedMember(g *pool.Group) weak.Pointer[memory.Ballast] {
	b := memory.NewBallast()
	pool.Go(bg, g, func(context.Context) error { runtime.KeepAlive(b); return nil }).Await(bg)
	return weak.Make(b)
}

// Maps leave nothing of their items, inputs and functions with the pool.
func TestMapRetainsNothing(t *testing.T) {
	p := pool.New(two, millrace.WithIdleTimeout(time.Hour))
	defer p.Close()
	for name, brk := range map[string]bool{"that ended": false, "with a break": true} {
		item, function := watchedMap(p, brk)
		memory.WantFreed(t, "an item of a map "+name, item)
		memory.WantFreed(t, "the function of a map "+name, function)
	}
}

//go:noinline
func watchedMap(p *pool.Pool, brk bool) (item, function weak.Pointer[memory.Ballast]) {
	b, fn := memory.NewBallast(), memory.NewBallast()
	in := func(yield func(*memory.Ballast) bool) {
		for range 3 {
			if !yield(b) {
				return
			}
		}
	}
	for range pool.Map(bg, p, in, func(context.Context, *memory.Ballast) (int, error) { runtime.KeepAlive(fn); return 1, nil }) {
		if brk {
			break
		}
	}
	return weak.Make(b), weak.Make(fn)
}
