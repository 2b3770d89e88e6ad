package local_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/enginetest"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/pool"
)

// queues are engines by name, each shared by the connections to it.
type queues struct {
	mu sync.Mutex
	m  map[string]*local.Engine
}

// A connection may be closed alone: the engine is closed with the test.
type connection struct{ *local.Engine }

func (connection) Close() error { return nil }

func (q *queues) connect(t *testing.T, name string) cluster.Engine {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.m[name]
	if e == nil {
		e = local.New(nil)
		q.m[name] = e
		t.Cleanup(func() { _ = e.Close() })
	}
	return connection{e}
}

// Wrong arguments panic where they are written.
func TestNewPanics(t *testing.T) {
	square := cluster.Define("square", func(_ context.Context, n int) (int, error) { return n * n, nil })
	for name, call := range map[string]func(){
		"no bound":  func() { local.New(pool.New(), square) },
		"no pool":   func() { local.New(nil, square) },
		"same name": func() { local.New(pool.New(millrace.WithQueue(1)), square, square) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: New does not panic", name)
				}
			}()
			call()
		}()
	}
}

func TestConformance(t *testing.T) {
	q := &queues{m: make(map[string]*local.Engine)}
	enginetest.Run(t, enginetest.Harness{Connect: q.connect, Calls: 2000})
}

// Close does not wait for what a running function waits for, and nobody will run any more:
// calls that are queued, or pending in the pool, or submitted later.
func TestCloseInRecursion(t *testing.T) {
	var c *cluster.Client
	submitted := make(chan struct{})
	below := cluster.Define("below", func(_ context.Context, n int) (int, error) { return n, nil })
	above := cluster.Define("above", func(ctx context.Context, n int) (int, error) {
		for range n {
			f := below.Submit(context.WithoutCancel(ctx), c, n)
			defer func() {
				if _, err := f.Await(context.Background()); !errors.Is(err, cluster.ErrClosed) { // keeps its slot
					t.Errorf("a call below: %v, want ErrClosed", err)
				}
			}()
		}
		close(submitted)
		return n, nil
	})
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
	defer p.Close()
	e := local.New(p, above, below)
	c = cluster.NewClient(e)
	f := above.Submit(t.Context(), c, 4)
	<-submitted
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if v, err := f.Await(t.Context()); v != 4 || err != nil {
		t.Errorf("Await = %v, %v; want the outcome of what ran", v, err)
	}
	if _, err := below.Submit(t.Context(), c, 1).Await(t.Context()); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("after Close: %v, want ErrClosed", err)
	}
}

// A call may be joined while it is tried again.
func TestJoinBesideRetries(t *testing.T) {
	flaky := cluster.Define("flaky", func(ctx context.Context, n int) (int, error) {
		if d, _ := cluster.FromContext(ctx); d.Attempt() < n {
			return 0, errors.New("again")
		}
		return n, nil
	}, cluster.Retry(0), cluster.Attempts(1000))
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
	defer p.Close()
	e := local.New(p, flaky)
	defer e.Close()
	c := cluster.NewClient(e)
	f := flaky.Submit(t.Context(), c, 300, cluster.WithID("one"))
	for !f.State().Settled() {
		flaky.Join(t.Context(), c, "one")
	}
	if v, err := f.Await(t.Context()); v != 300 || err != nil {
		t.Errorf("Await = %v, %v", v, err)
	}
}
