package pool_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A fairRun submits tasks of several flows, of all kinds, to an executor that runs one at a time.
// Each flow has plain ones until the end, so that it always has one that may start.
type fairRun struct {
	p      *pool.Pool
	kids   pool.Executor // of tasks that lend
	random *rand.Rand

	mu    sync.Mutex
	order []string       // the flows of the tasks that have started
	plain map[string]int // plain tasks that have not started, by flow
	over  bool           // one flow has none any more
}

// starts notes a start in the turn of a flow.
func (r *fairRun) starts(flow string, plain bool) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.order = append(r.order, flow)
	}
	if plain {
		r.plain[flow]--
		r.over = r.over || r.plain[flow] == 0
	}
	return time.Duration(1+r.random.IntN(4)) * time.Millisecond
}

// submit submits a task of a kind. What comes of itself comes between the milliseconds in which
// tasks end.
func (r *fairRun) submit(ex pool.Executor, flow, kind string) {
	opts := []millrace.TaskOption{millrace.WithFlow(flow)}
	some := func(n int) time.Duration {
		return time.Duration(r.random.IntN(n))*time.Millisecond + 300*time.Microsecond
	}
	rest, attempts := some(20), 2+r.random.IntN(2)
	switch kind {
	case "delay":
		opts = append(opts, millrace.WithDelay(some(100)))
	case "key":
		opts = append(opts, millrace.WithKey("of "+flow))
	case "shared key":
		opts = append(opts, millrace.WithKey("of all"))
	case "retry", "key and retry":
		if kind != "retry" {
			opts = append(opts, millrace.WithKey("of all"))
		}
		opts = append(opts, millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return rest, n < attempts }))
	}
	f := pool.Go(bg, ex, func(ctx context.Context) error {
		time.Sleep(r.starts(flow, kind == "plain"))
		switch kind {
		case "lend", "lend to another":
			// The child has the slot of its parent, whatever the queue says. That is nobody's turn.
			if kind != "lend" {
				flow = map[string]string{"a": "b", "b": "c", "c": "a"}[flow]
			}
			_, err := pool.Submit(ctx, r.kids, func(context.Context) (int, error) { time.Sleep(time.Millisecond); return 0, nil }, millrace.WithFlow(flow)).Await(ctx)
			return err
		case "retry", "key and retry":
			return errBoom
		}
		return nil
	}, opts...)
	if kind == "cancel" {
		time.AfterFunc(some(100), func() { f.Cancel() })
	}
}

// fairExecutors are what runs, or starts, one task at a time.
var fairExecutors = map[string]func() (*pool.Pool, pool.Executor){
	"one worker": func() (*pool.Pool, pool.Executor) { p := pool.New(one); return p, p },
	"a weight": func() (*pool.Pool, pool.Executor) {
		p := pool.New(two, millrace.WithMaxWeight(1))
		return p, p
	},
	"a group on one worker": func() (*pool.Pool, pool.Executor) {
		p := pool.New(one)
		return p, pool.NewGroup(bg, p, millrace.IgnoreErrors())
	},
	"a limit": func() (*pool.Pool, pool.Executor) {
		p := pool.New(millrace.WithWorkers(3))
		return p, pool.NewGroup(bg, p, millrace.WithLimit(1), millrace.IgnoreErrors())
	},
	"a limit in a limit": func() (*pool.Pool, pool.Executor) {
		p := pool.New(two)
		return p, pool.NewGroup(bg, pool.NewGroup(bg, p, millrace.WithLimit(1), millrace.IgnoreErrors()), millrace.WithLimit(1), millrace.IgnoreErrors())
	},
	"a rate": func() (*pool.Pool, pool.Executor) {
		p := pool.New(one)
		return p, pool.NewGroup(bg, p, millrace.WithRate(100, 1), millrace.IgnoreErrors())
	},
	"a limit on one worker": func() (*pool.Pool, pool.Executor) {
		p := pool.New(one)
		return p, pool.NewGroup(bg, p, millrace.WithLimit(1), millrace.IgnoreErrors())
	},
}

// Between two flows that both have work, starts never differ by more than one over any stretch,
// also beside tasks that are delayed, tried again, cancelled, wait for keys, or lend.
func TestFlowsAreFairBesideAllKinds(t *testing.T) {
	kinds := []string{"plain", "delay", "key", "shared key", "retry", "key and retry", "cancel", "lend", "lend to another"}
	for name, executor := range fairExecutors {
		for _, all := range append(kinds, "all") {
			for seed := range uint64(3) {
				bubble.Run(t, func(t *testing.T) {
					p, ex := executor()
					r := &fairRun{p: p, kids: ex, random: rand.New(rand.NewPCG(seed, 5)), plain: make(map[string]int)}
					if name == "a rate" { // which the child would wait for
						r.kids = p
					}
					gate := make(chan struct{})
					for range p.Stats().Workers {
						started := make(chan struct{})
						pool.Go(bg, p, func(context.Context) error { close(started); <-gate; return nil }, millrace.WithWeight(0))
						<-started
					}
					for _, flow := range []string{"a", "b", "c"} {
						for range 25 {
							kind := all
							if r.random.IntN(2) == 0 {
								kind = "plain"
							} else if all == "all" {
								kind = kinds[r.random.IntN(len(kinds))]
							}
							if kind == "plain" {
								r.plain[flow]++
							}
							r.submit(ex, flow, kind)
						}
					}
					close(gate)
					p.Close()
					wantFair(t, fmt.Sprintf("%s, %s, %d", name, all, seed), r.order)
				})
			}
		}
	}
}

// wantFair fails t if over some stretch of order the starts of two flows differ by more than one.
func wantFair(t *testing.T, what string, order []string) {
	t.Helper()
	for from := range order {
		n := map[string]int{"a": 0, "b": 0, "c": 0}
		for to, flow := range order[from:] {
			n[flow]++
			for other := range n {
				if n[flow]-n[other] > 1 {
					t.Errorf("%s: starts %d to %d are %v: %v", what, from, from+to, n, order)
					return
				}
			}
		}
	}
	if len(order) < 20 {
		t.Errorf("%s: %d starts while all had work, want 20 at least", what, len(order))
	}
}
