//go:build unix

package pool_test

import (
	"context"
	"flag"
	"runtime"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

var growth = flag.Int("growth", 0, "how many tasks of each kind TestGrowth has at once; 0: it is skipped")

// TestGrowth makes many tasks of one kind pend at once, and lets them run, or end otherwise. Ten
// times as many must not cost more than ten times the processor time, but for caches and heaps.
func TestGrowth(t *testing.T) {
	if *growth == 0 {
		t.Skip("takes a minute: go test ./pool -run TestGrowth -growth 100000")
	}
	const most = 4 // times as much for each: a cost that grows with the number is 10 times
	for name, work := range growing {
		t.Run(name, func(t *testing.T) {
			few, many := costOf(work, *growth/10), costOf(work, *growth)
			t.Logf("%v each of %d, %v each of %d", few, *growth/10, many, *growth)
			if many > most*few {
				t.Errorf("each of %d costs %v, each of %d %v, want at most %d times that", *growth, many, *growth/10, few, most)
			}
		})
	}
}

// costOf returns the processor time that work takes for each of n, the least of three runs.
func costOf(work func(n int), n int) (least time.Duration) {
	for i := range 3 {
		runtime.GC()
		began := processorTime()
		work(n)
		if d := (processorTime() - began) / time.Duration(n); i == 0 || d < least {
			least = d
		}
	}
	return least
}

type ownOptions = []millrace.TaskOption

// growing are kinds of work, by what there is much of.
var growing = map[string]func(n int){
	"plain tasks":        pendAndRun(func(int) ownOptions { return nil }),
	"priorities, rising": pendAndRun(func(i int) ownOptions { return ownOptions{millrace.WithPriority(i)} }),
	"priorities, falling": pendAndRun(func(i int) ownOptions {
		return ownOptions{millrace.WithPriority(-i)}
	}),
	"keys":         pendAndRun(func(i int) ownOptions { return ownOptions{millrace.WithKey(i)} }),
	"one key":      pendAndRun(func(int) ownOptions { return ownOptions{millrace.WithKey(1)} }),
	"flows":        pendAndRun(func(i int) ownOptions { return ownOptions{millrace.WithFlow(i)} }),
	"two flows":    pendAndRun(func(i int) ownOptions { return ownOptions{millrace.WithFlow(i % 2)} }),
	"weights":      pendAndRun(func(i int) ownOptions { return ownOptions{millrace.WithWeight(int64(i % 5))} }, millrace.WithMaxWeight(8)),
	"a wide queue": pendAndRun(func(int) ownOptions { return nil }, millrace.WithQueue(1<<30)),
	"waiting limits": pendAndRun(func(int) ownOptions {
		return ownOptions{millrace.WithMaxWait(time.Hour)}
	}),
	"timeouts": pendAndRun(func(int) ownOptions { return ownOptions{millrace.WithTimeout(time.Hour)} }),
	"priorities of one key": pendAndRun(func(i int) ownOptions {
		return ownOptions{millrace.WithKey(1), millrace.WithPriority(i)}
	}),
	"cancels, the last first": pendAnd(func(i int) ownOptions { return ownOptions{millrace.WithPriority(i)} }, cancelBackwards),
	"cancels of a key": pendAnd(func(i int) ownOptions {
		return ownOptions{millrace.WithKey(1), millrace.WithPriority(i)}
	}, cancelBackwards),
	"cancels of delays": pendAnd(func(int) ownOptions { return ownOptions{millrace.WithDelay(time.Hour)} }, cancelBackwards),
	"drops of keys with delays": pendAnd(func(i int) ownOptions {
		return ownOptions{millrace.WithKey(i % 3), millrace.WithDelay(time.Hour)}
	}, func(p *pool.Pool, _ []*intFuture) { p.Drop(nil) }),
	"snapshots of priorities": pendAnd(func(i int) ownOptions {
		return ownOptions{millrace.WithPriority(i % 100)}
	}, func(p *pool.Pool, fs []*intFuture) {
		for range fs {
			p.Stats()
		}
		p.Drop(nil)
	}),
	"members of a limit": func(n int) {
		inGroup(n, func(i int) ownOptions { return ownOptions{millrace.WithPriority(i)} }, millrace.WithLimit(n/2))
	},
	"members of a limit of one": func(n int) {
		inGroup(n, func(i int) ownOptions { return ownOptions{millrace.WithKey(i % 10)} }, millrace.WithLimit(1))
	},
	"yields of AsCompleted": func(n int) {
		promises, fs := make([]*future.Promise[int], n), make([]*intFuture, n)
		for i := range promises {
			promises[i] = future.NewPromise[int]()
			fs[i] = promises[i].Future()
		}
		promises[n-1].Resolve(1)
		next := n - 1 // the last ones first
		for range future.AsCompleted(bg, fs...) {
			if next--; next >= 0 {
				promises[next].Resolve(1)
			}
		}
	},
	"errors of a group": func(n int) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p, millrace.CollectErrors())
		for range n {
			pool.Go(bg, g, func(context.Context) error { return errBoom })
		}
		_ = g.Wait()
		p.Close()
	},
	"groups in a group": func(n int) {
		p := pool.New(two)
		outer := pool.NewGroup(bg, p, millrace.WithLimit(1))
		groups := make([]*pool.Group, n)
		for i := range groups {
			groups[i] = pool.NewGroup(bg, outer)
			pool.Submit(bg, groups[i], nop)
		}
		for _, g := range groups {
			_ = g.Wait()
		}
		_ = outer.Wait()
		p.Close()
	},
	"members of a limit that lend": func(n int) {
		p := pool.New(two)
		g := pool.NewGroup(bg, p, millrace.WithLimit(1))
		goOn := make(chan struct{})
		lends := make([]*intFuture, n/10) // each has a goroutine
		for i := range lends {
			lends[i] = pool.Submit(bg, g, func(ctx context.Context) (int, error) {
				pool.Outside(ctx, func() { <-goOn })
				return i, nil
			})
		}
		for p.Stats().Waiting < len(lends) {
			runtime.Gosched()
		}
		close(goOn)
		_ = g.Wait()
		p.Close()
	},
	"contexts": func(n int) {
		p := pool.New(two)
		p.Pause()
		ends := make([]context.CancelFunc, n)
		for i := range ends {
			var ctx context.Context
			ctx, ends[i] = context.WithCancel(bg)
			pool.Submit(ctx, p, nop)
		}
		for _, end := range ends {
			end()
		}
		p.Resume()
		p.Close()
	},
	"a chain of Then": func(n int) {
		p := pool.New(two)
		p.Pause()
		f := pool.Submit(bg, p, nop)
		for range n {
			f = pool.Then(bg, p, f, func(_ context.Context, v int) (int, error) { return v, nil })
		}
		p.Resume()
		p.Close()
	},
	"waits of one future": func(n int) {
		pr := future.NewPromise[int]()
		for range n {
			_, _, _ = future.Wait(bg, future.FirstCompleted, pr.Future(), future.Resolved(1))
		}
		pr.Resolve(1)
	},
	"functions of OnDone": func(n int) {
		pr := future.NewPromise[int]()
		stops := make([]func() bool, n)
		for i := range stops {
			stops[i] = pr.Future().OnDone(func(*intFuture) {})
		}
		for i := range n / 2 {
			stops[n-1-i]()
		}
		pr.Resolve(1)
	},
	"children": func(n int) {
		p := pool.New(millrace.WithWorkers(1))
		pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			fs := make([]*intFuture, n)
			for i := range fs {
				fs[i] = pool.Submit(ctx, p, nop)
			}
			_, err := future.All(ctx, fs...)
			return 0, err
		})
		p.Close()
	},
	"levels of children": func(n int) {
		p := pool.New(two)
		var level func(ctx context.Context, left int) (int, error)
		level = func(ctx context.Context, left int) (int, error) {
			if left == 0 {
				return 0, nil
			}
			return pool.Submit(ctx, p, func(ctx context.Context) (int, error) { return level(ctx, left-1) }).Await(ctx)
		}
		pool.Submit(bg, p, func(ctx context.Context) (int, error) { return level(ctx, n/10) })
		p.Close()
	},
}

// pendAndRun returns work that lets n tasks with these options pend, and then run.
func pendAndRun(opts func(i int) ownOptions, of ...millrace.PoolOption) func(n int) {
	return func(n int) {
		p := pool.New(append([]millrace.PoolOption{two}, of...)...)
		p.Pause()
		for i := range n {
			pool.Submit(bg, p, nop, opts(i)...)
		}
		p.Resume()
		p.Close()
	}
}

// pendAnd returns work that lets n tasks with these options pend, and ends them.
func pendAnd(opts func(i int) ownOptions, end func(*pool.Pool, []*intFuture)) func(n int) {
	return func(n int) {
		p := pool.New(two)
		p.Pause()
		fs := make([]*intFuture, n)
		for i := range fs {
			fs[i] = pool.Submit(bg, p, nop, opts(i)...)
		}
		end(p, fs)
		p.Resume()
		p.Close()
	}
}

func cancelBackwards(_ *pool.Pool, fs []*intFuture) {
	for i := range fs {
		fs[len(fs)-1-i].Cancel()
	}
}

func inGroup(n int, opts func(i int) ownOptions, of ...millrace.GroupOption) {
	p := pool.New(two)
	p.Pause()
	g := pool.NewGroup(bg, p, of...)
	for i := range n {
		pool.Submit(bg, g, nop, opts(i)...)
	}
	p.Resume()
	_ = g.Wait()
	p.Close()
}
