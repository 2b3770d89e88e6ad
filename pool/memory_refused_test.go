package pool_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// The future of a task that could not be taken keeps nothing of what it was submitted
// with, nor does the pool.
func TestRefusedKeepsNothing(t *testing.T) {
	type thing struct{ n [1 << 10]int }
	closed := func() pool.Executor {
		g := pool.NewGroup(bg, pool.New())
		g.Wait()
		return g
	}
	for name, submit := range map[string]func(p *pool.Pool, it *thing) *intFuture{
		"ended context": func(p *pool.Pool, it *thing) *intFuture {
			return pool.Submit(ended(errBoom), p, nop, millrace.WithKey(it), millrace.WithFlow(it))
		},
		"closed group": func(_ *pool.Pool, it *thing) *intFuture {
			return pool.Submit(context.WithValue(bg, key{}, it), closed(), nop, millrace.WithKey(it))
		},
		"Then, closed group": func(_ *pool.Pool, it *thing) *intFuture {
			of := func(context.Context, *thing) (int, error) { return it.n[0], nil }
			return pool.Then(bg, closed(), future.Resolved(it), of)
		},
		"too heavy": func(p *pool.Pool, it *thing) *intFuture {
			return pool.Submit(bg, p, nop, millrace.WithKey(it), millrace.WithWeight(2))
		},
		"full queue": func(p *pool.Pool, it *thing) *intFuture {
			p.Pause()
			pool.Submit(bg, p, nop)
			return pool.Submit(bg, p, nop, millrace.WithKey(it), millrace.WithOverflow(millrace.Reject))
		},
		"dropped, blocked": func(p *pool.Pool, it *thing) (f *intFuture) {
			p.Pause()
			pool.Submit(bg, p, nop)
			go func() { f = pool.Submit(bg, p, nop, millrace.WithKey(it), millrace.WithMaxWait(time.Hour)) }()
			synctest.Wait()
			p.Drop(nil)
			synctest.Wait()
			return f
		},
		"cancelled, waits for its group's rate": func(p *pool.Pool, it *thing) *intFuture {
			g := pool.NewGroup(context.WithValue(bg, key{}, it), p, millrace.WithRate(0.001, 1))
			pool.Submit(bg, g, nop).Await(bg)
			f := pool.Submit(bg, g, nop)
			synctest.Wait()
			f.Cancel()
			return f
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one, millrace.WithQueue(1), millrace.WithMaxWeight(1))
			kept, f := func() (weak.Pointer[thing], *intFuture) {
				it := new(thing)
				return weak.Make(it), submit(p, it)
			}()
			if f.State() != future.Cancelled {
				t.Errorf("%s: %v, want cancelled", name, f)
			}
			for range 5 {
				runtime.GC()
				synctest.Wait()
			}
			if kept.Value() != nil {
				t.Errorf("%s: what the task was submitted with is kept", name)
			}
			runtime.KeepAlive(f)
			p.Stop(nil)
			p.Close()
		})
	}
}
