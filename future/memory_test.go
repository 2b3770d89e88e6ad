package future_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/memory"
)

// launch starts a task with a function and a context that hold one ballast each.
//
//go:noinline
func launch(fn func(context.Context, *memory.Ballast)) (f *intFuture, function, ctx weak.Pointer[memory.Ballast]) {
	held, value := memory.NewBallast(), memory.NewBallast()
	f = future.Go(context.WithValue(bg, key{}, value), func(ctx context.Context) (int, error) {
		fn(ctx, held)
		return 1, nil
	})
	return f, weak.Make(held), weak.Make(value)
}

// A settled future keeps neither its function nor its context, whether the task
// looked at the context or not, and whatever its end.
func TestSettledKeepsNothing(t *testing.T) {
	for name, fn := range map[string]func(context.Context, *memory.Ballast){
		"a function":                     func(context.Context, *memory.Ballast) {},
		"a function with a context":      func(ctx context.Context, _ *memory.Ballast) { ctx.Done() },
		"a function that derives":        func(ctx context.Context, _ *memory.Ballast) { context.AfterFunc(ctx, func() {}) },
		"a function that calls Goexit":   func(context.Context, *memory.Ballast) { runtime.Goexit() },
		"a function that panics":         func(context.Context, *memory.Ballast) { panic("a") },
		"a function that keeps a future": func(context.Context, *memory.Ballast) { future.NewPromise[int]().Future().OnDone(func(*intFuture) {}) },
	} {
		f, function, ctx := launch(fn)
		f.Await(bg)
		memory.WantFreed(t, name, function)
		memory.WantFreed(t, "the context of "+name, ctx)
		runtime.KeepAlive(f)
	}
}

// A settled promise does not keep the function that aborts its work.
func TestSettledPromiseKeepsNoFunction(t *testing.T) {
	for name, settle := range map[string]func(*future.Promise[int]) bool{
		"Resolve":  func(p *future.Promise[int]) bool { return p.Resolve(1) },
		"Reject":   func(p *future.Promise[int]) bool { return p.Reject(errBoom) },
		"NeverRan": func(p *future.Promise[int]) bool { return p.NeverRan(errBoom) },
	} {
		p, function := abortable()
		if !settle(p) {
			t.Errorf("%s() = false, want true", name)
		}
		memory.WantFreed(t, "the function of a promise after "+name, function)
		runtime.KeepAlive(p)
	}
}

//go:noinline
func abortable() (*future.Promise[int], weak.Pointer[memory.Ballast]) {
	held := memory.NewBallast()
	abort := func(error) bool { return *held == memory.Ballast{} }
	return future.NewPromiseFunc[int](abort), weak.Make(held)
}

// Functions of OnDone are let go of when they have run, and when they are
// taken back.
func TestOnDoneKeepsNothing(t *testing.T) {
	register := func(f *intFuture) (func() bool, weak.Pointer[memory.Ballast]) {
		b := memory.NewBallast()
		return f.OnDone(func(*intFuture) { runtime.KeepAlive(b) }), weak.Make(b)
	}
	p := future.NewPromise[int]()
	stop, stopped := register(p.Future())
	stop()
	memory.WantFreed(t, "a function that was stopped", stopped)
	runtime.KeepAlive(stop)
	stop, ran := register(p.Future())
	_, ranToo := register(p.Future())
	p.Resolve(1)
	memory.WantFreed(t, "a function that ran", ran)
	memory.WantFreed(t, "another function that ran", ranToo)
	_, late := register(p.Future())
	memory.WantFreed(t, "a function that ran at once", late)
	runtime.KeepAlive(stop)
	runtime.KeepAlive(p)
}

// beside calls wait with a context and a pending future of their own beside f,
// which is to end the wait or not be needed for it.
//
//go:noinline
func beside(f *intFuture, wait func(context.Context, ...*intFuture)) (weak.Pointer[memory.Ballast], weak.Pointer[intFuture]) {
	b, other := memory.NewBallast(), future.NewPromise[int]().Future()
	ctx, cancel := context.WithCancel(context.WithValue(bg, key{}, b))
	cancel()
	wait(ctx, f, other)
	return weak.Make(b), weak.Make(other)
}

// A wait that has ended leaves nothing on the futures that are still pending:
// neither its context nor its other futures.
func TestWaitLeavesNothing(t *testing.T) {
	breaking := func(ctx context.Context, fs ...*intFuture) {
		for range future.AsCompleted(bg, append(fs, future.Resolved(1))...) {
			break
		}
	}
	panicking := func(ctx context.Context, fs ...*intFuture) {
		defer func() { recover() }()
		for range future.AsCompleted(bg, append(fs, future.Resolved(1))...) {
			panic("a")
		}
	}
	ending := func(ctx context.Context, fs ...*intFuture) {
		for range future.AsCompleted(ctx, fs...) {
		}
	}
	all := map[string]func(context.Context, ...*intFuture){"AsCompleted, break": breaking, "AsCompleted, panic": panicking, "AsCompleted, end of ctx": ending}
	for _, w := range waits {
		all[w.name] = func(ctx context.Context, fs ...*intFuture) { w.wait(ctx, fs...) }
		all[w.name+", decided"] = func(_ context.Context, fs ...*intFuture) {
			w.wait(ended(errBoom), append(fs, future.Resolved(1), future.Rejected[int](errBoom))...)
		}
	}
	for name, wait := range all {
		pending := future.NewPromise[int]()
		ctx, other := beside(pending.Future(), wait)
		memory.WantFreed(t, name+": the context", ctx)
		memory.WantFreed(t, name+": the other future", other)
		runtime.KeepAlive(pending)
	}
}

// The other way round: a context that lives on keeps no future that was waited
// for under it.
func TestContextKeepsNoFuture(t *testing.T) {
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	for _, w := range waits {
		memory.WantFreed(t, w.name+": the future", resolveSoon(func(f *intFuture) { w.wait(ctx, f) }))
	}
	memory.WantFreed(t, "the future of Go", resolveSoon(func(*intFuture) {
		future.Go(ctx, func(ctx context.Context) (int, error) { ctx.Done(); return 1, nil }).Await(ctx)
	}))
}

//go:noinline
func resolveSoon(wait func(*intFuture)) weak.Pointer[intFuture] {
	p := future.NewPromise[int]()
	go p.Resolve(1)
	wait(p.Future())
	return weak.Make(p.Future())
}

// Waits that end on a pending future do not pile up on it.
func TestWaitsDoNotPileUp(t *testing.T) {
	const n = 20_000
	p := future.NewPromise[int]()
	ctx := ended(errBoom)
	before := memory.InUse()
	for range n {
		for _, w := range waits {
			w.wait(ctx, p.Future())
		}
		p.Future().OnDone(func(*intFuture) {})()
	}
	if grown := int(memory.InUse()) - int(before); grown > 10*n {
		t.Errorf("%d waits of each kind left %d bytes, want nearly none", n, grown)
	}
	runtime.KeepAlive(p)
}

// AsCompleted lets go of each future as it yields it, be it settled before the
// loop or within.
func TestAsCompletedReleases(t *testing.T) {
	var watched []weak.Pointer[memory.Ballast]
	i := 0
	for f := range future.AsCompleted(bg, loaded(&watched)...) {
		f.Poll()
		if i > 0 {
			memory.WantFreed(t, "a future that was yielded", watched[i-1])
		}
		i++
	}
	if i != len(watched) {
		t.Errorf("AsCompleted() yielded %d futures, want %d", i, len(watched))
	}
}

// loaded returns futures that hold a ballast each: two are settled, and each of
// the others settles when the one before it is let go of.
//
//go:noinline
func loaded(watched *[]weak.Pointer[memory.Ballast]) []*future.Future[*memory.Ballast] {
	var fs []*future.Future[*memory.Ballast]
	var collected []chan struct{}
	for range 6 {
		b := memory.NewBallast()
		*watched = append(*watched, weak.Make(b))
		// Whoever polled a weak pointer for it would keep the object alive: to look
		// at one while the collector marks is to use it.
		gone := make(chan struct{})
		runtime.AddCleanup(b, func(gone chan struct{}) { close(gone) }, gone)
		collected = append(collected, gone)
		p := future.NewPromise[*memory.Ballast]()
		if fs = append(fs, p.Future()); len(fs) <= 2 {
			p.Resolve(b)
			continue
		}
		before := collected[len(fs)-3]
		go func() {
			<-before
			p.Resolve(b)
		}()
	}
	return slices.Clip(fs)
}
