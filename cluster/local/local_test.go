package local_test

import (
	"context"
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
