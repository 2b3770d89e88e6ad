package pool_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A hooked is a context that calls a function before it answers Err.
type hooked struct {
	context.Context
	hook func()
}

func (h *hooked) Err() error {
	h.hook()
	return h.Context.Err()
}

// A function that a worker has taken runs, also if the pool is closed before it begins, and
// takes no more: others may wait for what it does. Here Close comes as that worker asks for
// another one.
func TestTakenRunsBesideClose(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(bg)
		defer cancel()
		h := &hooked{ctx, func() {}}
		p := pool.New(one, millrace.WithContext(h))
		closed := make(chan struct{})
		closes := func() {
			h.hook = func() {} // once
			go func() { p.Close(); close(closed) }()
			synctest.Wait()
		}
		fails := func(context.Context) (int, error) {
			synctest.Wait() // all functions are submitted
			h.hook = closes
			return 0, errBoom
		}
		if v, err := pool.First(bg, p, fails, nop, boom); v != 1 || err != nil {
			t.Errorf("First() = %v, %v beside a Close, want 1 of the function that was taken", v, err)
		}
		<-closed
	})
}
