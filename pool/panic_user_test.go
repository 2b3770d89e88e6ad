package pool_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Ways not to return, for user functions of any kind.
var exits = map[string]func(){
	"panic":  func() { panic("exit") },
	"Goexit": runtime.Goexit,
}

// Functions of OnDone are isolated: the others still run, and the pool lives on.
func TestExitInOnDone(t *testing.T) {
	for name, exit := range exits {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool()
			f := pool.Submit(bg, p, nop)
			var order journal
			f.OnDone(func(*intFuture) { order.add("1"); exit() })
			f.OnDone(func(*intFuture) { order.add("2"); exit() })
			f.OnDone(func(*intFuture) { order.add("3") })
			after := pool.Submit(bg, p, nop)
			release()
			wantValue(t, name+": the task", f, 1)
			wantValue(t, name+": the one behind it", after, 1)
			p.Close()
			order.want(t, "1 2 3")
			if s := stats(t, p); s.Succeeded != 3 || s.Panicked != 0 || s.Goroutines != 0 {
				t.Errorf("%s: Stats() = %+v, want 3 succeeded, no panic", name, s)
			}
		})
	}
}

// Functions of OnDone are isolated also if the task itself panics, and if it never runs.
func TestExitInOnDoneOfExits(t *testing.T) {
	for name, exit := range exits {
		bubble.Run(t, func(t *testing.T) {
			p, release := busyPool()
			var order journal
			for what, f := range map[string]*intFuture{
				"exited":    pool.Submit(bg, p, func(context.Context) (int, error) { exit(); return 0, nil }),
				"cancelled": pool.Submit(bg, p, nop),
			} {
				f.OnDone(func(*intFuture) { exit() })
				f.OnDone(func(*intFuture) { order.add(what) })
				if what == "cancelled" {
					go f.Cancel() // a Goexit takes the goroutine that cancels along
				}
				synctest.Wait()
			}
			release()
			p.Close()
			if got := order.String(); got != "cancelled exited" {
				t.Errorf("%s: the functions behind it ran for %q, want cancelled and exited", name, got)
			}
		})
	}
}

// A panic in a function of OnDone is contained in the goroutine that settles,
// whoever's it is.
func TestPanicInOnDoneOfCancel(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(one)
		defer p.Close()
		defer blocker(p, 1)()
		for name, settle := range map[string]func(*intFuture, context.CancelFunc){
			"Cancel": func(f *intFuture, _ context.CancelFunc) { f.Cancel() },
			"Abort":  func(f *intFuture, _ context.CancelFunc) { f.Abort(errBoom) },
			"ctx":    func(f *intFuture, cancel context.CancelFunc) { cancel(); f.Await(bg) },
		} {
			ctx, cancel := context.WithCancel(bg)
			f := pool.Submit(ctx, p, nop)
			told := make(chan int, 1)
			f.OnDone(func(*intFuture) { panic("in OnDone") })
			f.OnDone(func(*intFuture) { told <- 1 })
			settle(f, cancel)
			<-told
			wantNeverRan(t, name, f)
			cancel()
		}
	})
}

// A panic or Goexit of a scope's function goes on, once the members, cancelled
// with the reason, have settled.
func TestExitInScope(t *testing.T) {
	for name, exit := range exits {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			var running, pending *intFuture
			var scope context.Context
			recovered, returned := scopeThatExits(func() {
				pool.Scope(bg, p, func(ctx context.Context, g *pool.Group) error {
					scope = ctx
					running = pool.Submit(bg, g, untilEnd)
					synctest.Wait()
					pending = pool.Submit(bg, g, nop)
					exit()
					return nil
				})
			})
			if returned || (recovered == "exit") != (name == "panic") {
				t.Errorf("%s: recovered %v, returned %v, want it to go on", name, recovered, returned)
			}
			wantNeverRan(t, name+": the pending member", pending)
			if running.State() != future.Failed || scope.Err() == nil {
				t.Errorf("%s: the running member is %v, the scope's context %v, want both ended", name, running.State(), scope.Err())
			}
			p.Close()
		})
	}
}

// scopeThatExits calls fn on a goroutine and tells how it ended.
func scopeThatExits(fn func()) (recovered any, returned bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { recovered = recover() }()
		fn()
		returned = true
	}()
	<-done
	return recovered, returned
}

// A scope that exits inside a task makes it the task's outcome.
func TestExitInScopeInTask(t *testing.T) {
	for name, exit := range exits {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			var members []*intFuture
			f := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				return 0, pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
					members = submitMany(ctx, g, 3)
					exit()
					return nil
				})
			})
			_, err := f.Await(bg)
			var pe *future.PanicError
			if name == "panic" && !(errors.As(err, &pe) && pe.Value == "exit") || name == "Goexit" && err != future.ErrGoexit {
				t.Errorf("%s: Await() = %v, want what its function ended with", name, err)
			}
			for _, m := range members {
				wantNeverRan(t, name+": a member", m)
			}
			blocker(p, 1)()
			p.Close()
		})
	}
}

// Hostile causes of contexts and of Stop are passed on without being asked.
func TestHostileCauses(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		release := blocker(p, 1)
		ctx, cancel := context.WithCancelCause(bg)
		running := pool.Submit(ctx, p, func(ctx context.Context) (int, error) { defer p.Stop(hostile{}); return untilEnd(ctx) })
		synctest.Wait()
		pending, aborted, stopped := pool.Submit(ctx, p, nop), pool.Submit(bg, p, nop), pool.Submit(bg, p, nop)
		for range pool.Map(ended(hostile{}), p, endless, identity) {
		}
		pool.MapSlice(ended(hostile{}), p, []int{1}, identity)
		aborted.Abort(hostile{})
		cancel(hostile{})
		if _, err := running.Await(bg); err != (hostile{}) {
			t.Errorf("Await() = %T, want the cause", err)
		}
		release()
		p.Close()
		for name, f := range map[string]*intFuture{"under ctx": pending, "aborted": aborted, "stopped": stopped} {
			if r, ok := f.Poll(); !ok || r.Err == nil || f.State() != future.Cancelled {
				t.Errorf("%s: %v, want cancelled with an error", name, f)
			}
		}
	})
}
