package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// errUnavailable is a failure that may be gone at the next attempt.
var errUnavailable = errors.New("backend: unavailable")

// A backend answers calls. It takes a while for each, and longer for all of them
// if there are more than its capacity: then it does less in a second, not as much.
type backend struct {
	latency  time.Duration // of a call
	capacity int           // calls at once without getting slower
	fails    float64       // the share of calls that fail
	chunks   int           // of a stream
	active   atomic.Int64
	most     atomic.Int64 // calls that were ever active at once
}

func newBackend(capacity int) *backend {
	return &backend{latency: 20 * time.Millisecond, capacity: capacity, fails: 0.02, chunks: 5}
}

// call returns an item.
func (b *backend) call(ctx context.Context, item string) (string, error) {
	n := b.enter()
	defer b.active.Add(-1)
	if err := sleep(ctx, b.slowed(n)); err != nil {
		return "", err
	}
	if rand.Float64() < b.fails {
		return "", errUnavailable
	}
	return "item " + item, nil
}

// stream returns the chunks of a stream, as they come.
func (b *backend) stream(ctx context.Context, item string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		n := b.enter()
		defer b.active.Add(-1)
		for i := range b.chunks {
			err := sleep(ctx, b.slowed(n))
			if !yield(fmt.Sprintf("chunk %d of item %s\n", i+1, item), err) || err != nil {
				return
			}
		}
	}
}

// enter counts a call, and returns how many there are now.
func (b *backend) enter() int64 {
	n := b.active.Add(1)
	for most := b.most.Load(); n > most && !b.most.CompareAndSwap(most, n); {
		most = b.most.Load()
	}
	return n
}

// slowed returns how long a call takes beside so many: with twice as many as its
// capacity, four times as long.
func (b *backend) slowed(n int64) time.Duration {
	load := max(1, float64(n)/float64(b.capacity))
	return time.Duration(float64(b.latency) * load * load)
}

// sleep is time.Sleep, until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
