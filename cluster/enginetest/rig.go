package enginetest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/pool"
)

// patience is how long anything may take before a test gives up. It bounds no
// promise.
const patience = 5 * time.Minute

var errWanted = errors.New("enginetest: wanted")

// A rig is one queue with its clients and workers, for one test.
type rig struct {
	t     *testing.T
	h     *Harness
	ctx   context.Context
	queue string
}

func (h *Harness) rig(t *testing.T) *rig {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, t.Name())
	return &rig{t: t, h: h, ctx: ctx, queue: name}
}

// connect returns a connection that is closed at the end of the test.
func (r *rig) connect() cluster.Engine {
	e := r.h.Connect(r.t, r.queue)
	r.t.Cleanup(func() {
		if err := e.Close(); err != nil {
			r.t.Errorf("Close = %v", err)
		}
	})
	return e
}

// client returns a client with a connection of its own.
func (r *rig) client(opts ...cluster.ClientOption) *cluster.Client {
	return cluster.NewClient(r.connect(), opts...)
}

// serve starts a worker of so many slots and places. It returns what ends it; the end
// of the test does too.
func (r *rig) serve(slots, places int, tasks ...cluster.Handler) (stop func()) {
	p := pool.New(millrace.WithWorkers(slots), millrace.WithQueue(places))
	end := r.serveOn(p, tasks...)
	return func() { end(); _ = p.Close() }
}

func (r *rig) serveOn(p *pool.Pool, tasks ...cluster.Handler) (stop func()) {
	tell, wait := r.worker(p, tasks...)
	return func() { tell(); wait() }
}

// worker is serveOn in two steps: tell ends the context of the worker, and wait waits for
// its end.
func (r *rig) worker(p *pool.Pool, tasks ...cluster.Handler) (tell, wait func()) {
	e := r.h.Connect(r.t, r.queue)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- cluster.Serve(ctx, e, p, tasks...) }()
	wait = sync.OnceFunc(func() {
		if err := <-served; err != nil {
			r.t.Errorf("Serve = %v, want nil at the end of its context", err)
		}
		if err := e.Close(); err != nil {
			r.t.Errorf("Close of a worker's engine = %v", err)
		}
	})
	r.t.Cleanup(func() { cancel(); wait(); p.Stop(nil) })
	return cancel, wait
}

// eventually waits until the condition holds.
func (r *rig) eventually(what string, ok func() bool) {
	r.t.Helper()
	for !ok() {
		if r.ctx.Err() != nil {
			r.t.Fatalf("never: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// receive waits for a value.
func receive[T any](r *rig, ch <-chan T) T {
	r.t.Helper()
	select {
	case v := <-ch:
		return v
	case <-r.ctx.Done():
		r.t.Fatal("nothing came")
		panic("unreachable")
	}
}

var square = cluster.Define("square", func(_ context.Context, n int) (int, error) { return n * n, nil })

// A gate is a task whose calls begin, and go on when they are let.
type gate struct {
	*cluster.Task[int, int]
	begun chan int   // inputs, in the order in which they began
	open  chan int   // one for each call that may end
	ended chan error // causes of the contexts of those that were ended otherwise
}

func newGate(opts ...cluster.Option) *gate {
	g := &gate{begun: make(chan int, 1000), open: make(chan int, 1000), ended: make(chan error, 1000)}
	g.Task = cluster.Define("gate", func(ctx context.Context, n int) (int, error) {
		g.begun <- n
		select {
		case <-g.open:
			return n, nil
		case <-ctx.Done():
			g.ended <- context.Cause(ctx)
			return 0, context.Cause(ctx)
		}
	}, opts...)
	return g
}
