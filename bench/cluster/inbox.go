//go:build unix

package main

import (
	"context"
	"errors"
	"sync"
)

// An inbox is where the results of the peers' calls come together: those have no futures.
type inbox struct {
	mu      sync.Mutex
	waiting map[int]chan result
}

// A result is what a call has come to.
type result struct {
	N, Value int
	Err      string `json:",omitempty"`
}

// expect notes a call before it is submitted.
func (b *inbox) expect(n int) <-chan result {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == nil {
		b.waiting = make(map[int]chan result)
	}
	ch := make(chan result, 1)
	b.waiting[n] = ch
	return ch
}

func (b *inbox) deliver(r result) {
	b.mu.Lock()
	ch := b.waiting[r.N]
	delete(b.waiting, r.N)
	b.mu.Unlock()
	if ch != nil {
		ch <- r
	}
}

// waits reports whether there are calls without a result.
func (b *inbox) waits() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting) > 0
}

// A pending is a call of an inbox.
type pending struct {
	result <-chan result
	cancel func(context.Context) error
}

func (p pending) abort(ctx context.Context) error { return p.cancel(ctx) }

func (p pending) wait(ctx context.Context) (int, error) {
	select {
	case r := <-p.result:
		switch r.Err {
		case "":
			return r.Value, nil
		case errAborted.Error():
			return 0, errAborted
		}
		return 0, errors.New(r.Err)
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// sum waits for calls.
func sum(ctx context.Context, calls []<-chan result) (total int, err error) {
	for _, c := range calls {
		v, err := pending{result: c}.wait(ctx)
		if err != nil {
			return total, err
		}
		total += v
	}
	return total, nil
}
