package taskctx_test

import (
	"context"
	"sync"
	"testing"
)

// late is a context of a type of its own: the standard library has to start a goroutine to
// tell what is derived from it, which then ends later than it.
type late struct {
	context.Context
	done chan struct{}
	mu   sync.Mutex
	err  error
}

func (l *late) Done() <-chan struct{} { return l.done }

func (l *late) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func (l *late) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
	close(l.done)
}

// An item ends as the context above it does, with that one's error, also if the real
// context has not been told yet.
func TestErrIsThatOfTheParent(t *testing.T) {
	for _, want := range []error{context.DeadlineExceeded, context.Canceled, errBoom} {
		for range 100 {
			parent := &late{Context: bg, done: make(chan struct{})}
			c := block(parent).Take()
			done := c.Done()
			parent.end(want)
			if got := c.Err(); got != want {
				t.Fatalf("Err() = %v, want %v", got, want)
			}
			check(t, "after that", c, want, want)
			<-done
		}
	}
}
