package pool_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task that has started keeps an idle prepared worker for itself: the end of the pool,
// at that very moment, must not end that worker.
func TestPreparedWorkersStayForWhatStarted(t *testing.T) {
	for name, end := range map[string]func(*pool.Pool){
		"Stop": func(p *pool.Pool) { p.Stop(nil) },
		"Seal": (*pool.Pool).Seal,
	} {
		t.Run(name, func(t *testing.T) {
			for range 200 {
				bubble.Run(t, func(t *testing.T) {
					p := pool.New(two, millrace.WithInit(func(ctx context.Context) (context.Context, error) { return ctx, nil }))
					release := blocker(p, 2)
					release()
					synctest.Wait() // two prepared workers are idle

					gate := make(chan struct{})
					wait := waitsFor(gate)
					a, b := pool.Submit(bg, p, wait), pool.Submit(bg, p, wait)
					end(p)
					synctest.Wait()
					if s := p.Stats(); s.Running != 2 || s.Goroutines != 2 {
						t.Errorf("Stats() = %+v, want 2 running on 2 goroutines", s)
					}
					close(gate)
					p.Close()
					wantValue(t, "the first", a, 1)
					wantValue(t, "the second", b, 1)
				})
			}
		})
	}
}

// A prepared worker that was kept, and is not needed after all, ends however the other one
// does.
func TestPreparedWorkersGoAfterGoexit(t *testing.T) {
	for range 200 {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two, millrace.WithInit(func(ctx context.Context) (context.Context, error) { return ctx, nil }))
			release := blocker(p, 2)
			release()
			synctest.Wait() // two prepared workers rest

			f := pool.Submit(bg, p, func(context.Context) (int, error) { runtime.Goexit(); return 1, nil })
			p.Seal()
			synctest.Wait()
			if s := p.Stats(); s.Goroutines != 0 {
				t.Errorf("Stats() = %+v, want no goroutine", s)
			}
			p.Close()
			_, err := f.Await(bg)
			wantIs(t, "the task", err, future.ErrGoexit)
		})
	}
}

// A task that has started does not wait for a function of OnDone that its worker calls
// first: another worker is prepared.
func TestStartedTaskWaitsForNoFunction(t *testing.T) {
	for range 20 { // the end of the context may reach the pool before the worker does
		bubble.Run(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(bg)
			p := pool.New(two, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
				cancel() // the worker finds the first task ended, and starts the second
				return ctx, nil
			}))
			p.Pause()
			gate := make(chan struct{})
			pool.Submit(ctx, p, nop).OnDone(func(*intFuture) { <-gate })
			f := pool.Submit(bg, p, nop)
			p.Resume()
			synctest.Wait()
			if s := f.State(); s != future.Succeeded {
				t.Errorf("State() = %v, want succeeded; %+v", s, p.Stats())
			}
			close(gate)
			p.Close()
		})
	}
}

// Nor does it lose its worker if such a function calls Goexit, though no other worker can be
// prepared: it has started, and runs.
func TestStartedTaskKeepsItsWorker(t *testing.T) {
	for range 20 {
		bubble.Run(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(bg)
			prepared := false
			p := pool.New(one, millrace.WithInit(func(ctx context.Context) (context.Context, error) {
				if prepared {
					return nil, errBoom
				}
				prepared = true
				cancel() // the worker finds the first task ended, and starts the second
				return ctx, nil
			}))
			p.Pause()
			pool.Submit(ctx, p, nop).OnDone(func(*intFuture) { runtime.Goexit() })
			f := pool.Submit(bg, p, nop)
			p.Resume()
			synctest.Wait()
			if s := f.State(); s != future.Succeeded {
				t.Fatalf("State() = %v, want succeeded; %+v", s, p.Stats())
			}
			p.Close()
		})
	}
}
