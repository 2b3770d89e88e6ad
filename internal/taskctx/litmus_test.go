package taskctx_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace/internal/litmus"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A task that ends while its context is asked for a channel for the first time leaves a
// closed one, whoever comes first; and while its error is asked for.
func TestEndAgainstLook(t *testing.T) {
	for name, look := range map[string]func(context.Context){
		"Done": func(ctx context.Context) { ctx.Done() },
		"Err":  func(ctx context.Context) { _ = ctx.Err() },
		"derive": func(ctx context.Context) {
			_, cancel := context.WithCancel(ctx)
			cancel()
		},
	} {
		t.Run(name, func(t *testing.T) {
			looking(t, (*taskctx.Block).Take, look, func(b *taskctx.Block) { b.EndLast() })
		})
	}
	t.Run("a loop", func(t *testing.T) {
		var at progress
		l := taskctx.NewLoop(&at)
		begin := func(b *taskctx.Block) *taskctx.Item {
			b.Stretch(l, 2)
			return b.At(0)
		}
		looking(t, begin, func(ctx context.Context) { ctx.Done() }, func(b *taskctx.Block) {
			at.Add(1)
			if b.Looked() != 0 {
				b.Stop(1)
				b.Sync()
			}
		})
	})
}

// progress is the word that a loop moves.
type progress struct{ atomic.Uint64 }

func (p *progress) Last() uint64 { return p.Load() }

// looking has one goroutine look at an item that another one ends, over and over.
func looking(t *testing.T, begin func(*taskctx.Block) *taskctx.Item, look func(context.Context), end func(*taskctx.Block)) {
	var b *taskctx.Block
	var c *taskctx.Item
	stores, chance := litmus.NewMemory(), litmus.NewChance()
	litmus.Pair{
		Before: func(int) {
			b = block(bg)
			c = begin(b)
		},
		A: func(int) {
			stores.Spin(512)
			stores.Store(stores.Next(32))
			end(b)
		},
		B: func(int) {
			chance.Spin(512)
			look(c)
		},
		After: func(n int) {
			select {
			case <-c.Done():
			default:
				t.Errorf("round %d: the context of a task that has returned lives", n)
			}
		},
	}.Run(t, 1)
}

// The cause of the end of a task that was aborted, and returns, is that of the abort, also while
// another goroutine makes the real context.
func TestEndOfAbortedAgainstLook(t *testing.T) {
	var b *taskctx.Block
	var c *taskctx.Item
	cause := errors.New("cause")
	end, look := litmus.NewMemory(), litmus.NewChance()
	litmus.Pair{
		Before: func(int) {
			b = block(bg)
			c = b.Take()
			c.Abort(cause)
		},
		A: func(int) {
			end.Spin(512)
			b.EndLast()
		},
		B: func(int) {
			look.Spin(512)
			c.Done()
		},
		After: func(n int) {
			if got := context.Cause(c); got != cause {
				t.Errorf("round %d: the cause is %v, want that of the abort", n, got)
			}
		},
	}.Run(t, 1)
}

// A task that has ended finds its context ended, also while another goroutine is about to
// make the real one.
func TestLookBehindLook(t *testing.T) {
	var b *taskctx.Block
	var c *taskctx.Item
	stores, chance := litmus.NewMemory(), litmus.NewChance()
	litmus.Pair{
		Before: func(int) {
			b = block(bg)
			c = b.Take()
		},
		A: func(n int) {
			b.EndLast()
			stores.Spin(1024)
			if c.Err() == nil {
				t.Errorf("round %d: the context of a task that has returned lives", n)
			}
		},
		B: func(int) {
			chance.Spin(64)
			c.Done()
		},
	}.Run(t, 1)
}
