package main

import (
	"context"
	"sync"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A Flight makes one call of all that are wanted with the same key at the same
// time. Its methods may be called concurrently. Make one with [NewFlight].
type Flight[K comparable, V any] struct {
	ex   pool.Executor
	call func(context.Context, K) (V, error)

	mu struct {
		sync.Mutex
		calls map[K]*future.Future[V] // those under way
	}
}

// NewFlight returns a flight of calls that run on ex. Its queue must have no bound, or
// refuse what is beyond it (millrace.Reject): a submit that waits for a place would hold up
// all callers, and those calls that could make room.
func NewFlight[K comparable, V any](ex pool.Executor, call func(context.Context, K) (V, error)) *Flight[K, V] {
	f := &Flight[K, V]{ex: ex, call: call}
	f.mu.calls = map[K]*future.Future[V]{}
	return f
}

// Get returns what the call with a key returns: a call that runs already, or else a new
// one. The end of ctx ends the wait, and not the call: others may want it.
func (f *Flight[K, V]) Get(ctx context.Context, key K) (V, error) {
	call, mine := f.join(ctx, key)
	if mine {
		// Not under the lock: if the call has settled, the function runs now.
		call.OnDone(func(*future.Future[V]) { f.forget(key) })
	}
	return call.Await(ctx)
}

// join returns the call under way, or a new one, which its maker has to see to.
func (f *Flight[K, V]) join(ctx context.Context, key K) (call *future.Future[V], mine bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if call, ok := f.mu.calls[key]; ok {
		return call, false
	}
	call = pool.Submit(context.WithoutCancel(ctx), f.ex, func(ctx context.Context) (V, error) { return f.call(ctx, key) })
	f.mu.calls[key] = call
	return call, true
}

func (f *Flight[K, V]) forget(key K) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.mu.calls, key)
}
