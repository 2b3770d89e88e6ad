package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Shutdown returns at the end of its context, whatever blocks, and says what that is.
func TestShutdownIsNotHeldUp(t *testing.T) {
	for name, c := range map[string]struct {
		opts  func(block func()) millrace.PoolOption
		start func(p *pool.Pool, block func())
	}{
		"OnDone": {
			start: func(p *pool.Pool, block func()) {
				gate := make(chan struct{})
				f := pool.Submit(bg, p, func(context.Context) (int, error) { <-gate; return 1, nil })
				f.OnDone(func(*intFuture) { block() })
				close(gate)
			},
		},
		"Init of a cancelled task": {
			opts: func(block func()) millrace.PoolOption {
				return millrace.WithInit(func(ctx context.Context) (context.Context, error) { block(); return ctx, nil })
			},
			start: func(p *pool.Pool, _ func()) {
				f := pool.Submit(bg, p, nop)
				synctest.Wait()
				f.Cancel()
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) {
				gate := make(chan struct{})
				block := func() { <-gate }
				opts := []millrace.PoolOption{one}
				if c.opts != nil {
					opts = append(opts, c.opts(block))
				}
				p := pool.New(opts...)
				c.start(p, block)
				synctest.Wait()
				ctx, cancel := context.WithTimeout(bg, time.Second)
				defer cancel()
				begin := time.Now()
				err := p.Shutdown(ctx)
				down, ok := errors.AsType[*pool.ShutdownError](err)
				if took := time.Since(begin); took != time.Second || !ok || down.Callbacks != 1 || down.Running != 0 {
					t.Errorf("Shutdown() = %v after %v, want one callback left after 1s", err, took)
				}
				close(gate)
				p.Close()
			})
		})
	}
}

// Called in a function of OnDone, it does not wait for itself beyond its context.
func TestShutdownInOnDone(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate := make(chan struct{})
		f := pool.Submit(bg, p, func(context.Context) (int, error) { <-gate; return 1, nil })
		result := make(chan error, 1)
		f.OnDone(func(*intFuture) {
			ctx, cancel := context.WithTimeout(bg, time.Second)
			defer cancel()
			result <- p.Shutdown(ctx)
		})
		close(gate)
		begin := time.Now()
		if <-result; time.Since(begin) > time.Second {
			t.Errorf("Shutdown() in OnDone took %v, want 1s at most", time.Since(begin))
		}
		p.Close()
	})
}

// A panic in OnDone is counted, apart from those of tasks.
func TestCallbackPanicsAreCounted(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate := make(chan struct{})
		f := pool.Submit(bg, p, func(context.Context) (int, error) { <-gate; return 1, nil })
		f.OnDone(func(*intFuture) { panic("a") })
		f.OnDone(func(*intFuture) { panic("b") })
		close(gate)
		p.Close()
		if s := stats(t, p); s.CallbackPanics != 2 || s.Panicked != 0 {
			t.Errorf("Stats() = %+v, want 2 panics of callbacks, and none of tasks", s)
		}
	})
}
