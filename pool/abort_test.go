package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task that has started and has no goroutine yet hears of Abort, and of Stop.
func TestEndOfJustStarted(t *testing.T) {
	for name, end := range map[string]func(*pool.Pool, *intFuture){
		"Abort": func(_ *pool.Pool, f *intFuture) { f.Abort(errBoom) },
		"Stop":  func(p *pool.Pool, _ *intFuture) { p.Stop(errBoom) },
	} {
		for range 50 {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(one)
				f := pool.Submit(bg, p, untilEnd)
				if f.State() != future.Running {
					t.Fatalf("State() = %v, want running: there is a free slot", f.State())
				}
				end(p, f)
				_, err := f.Await(bg)
				wantIs(t, name+" of a task that has just started: Await()", err, errBoom)
				p.Close()
			})
		}
	}
}

// A second Abort of a task that goes on has no effect, and says so.
func TestAbortTwice(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		gate := make(chan struct{})
		f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			<-gate
			return 0, context.Cause(ctx)
		})
		synctest.Wait()
		if !f.Abort(errBoom) || f.Abort(nil) {
			t.Error("Abort() = false, or true twice")
		}
		close(gate)
		_, err := f.Await(bg)
		wantIs(t, "Await()", err, errBoom)
		p.Close()
	})
}

// Nor has it one on a task whose context has ended, though neither the pool nor the task
// knows of that yet.
func TestAbortAfterTheEndOfAContext(t *testing.T) {
	for name, submit := range map[string]func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) *intFuture{
		"submit": func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) *intFuture {
			return pool.Submit(ctx, p, fn)
		},
		"group": func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) *intFuture {
			return pool.Submit(bg, pool.NewGroup(ctx, p), fn)
		},
		"pool": func(ctx context.Context, p *pool.Pool, fn func(context.Context) (int, error)) *intFuture {
			return pool.Submit(bg, p, fn)
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(bg)
			p := pool.New(one)
			if name == "pool" {
				p = pool.New(one, millrace.WithContext(ctx))
			}
			gate := make(chan struct{})
			f := submit(ctx, p, func(ctx context.Context) (int, error) { <-gate; return 0, context.Cause(ctx) })
			synctest.Wait()
			end := errors.New("the end")
			cancel(end)
			if f.Abort(errBoom) {
				t.Errorf("Abort() after the end of the %s's context = true, want false", name)
			}
			close(gate)
			_, err := f.Await(bg)
			wantIs(t, "the cause of the "+name+"'s context", err, end)
			p.Close()
		})
	}
}

// A task that is aborted before its worker has come for it is told when it runs.
func TestAbortBeforeWorkerComes(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		for range 100 {
			f := pool.Submit(bg, p, untilEnd)
			if !f.Abort(errBoom) {
				t.Error("Abort() = false, want true")
			}
			_, err := f.Await(bg)
			wantIs(t, "Await() of an aborted task", err, errBoom)
		}
		p.Close()
	})
}
