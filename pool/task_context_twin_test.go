package pool_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A task's context must behave as one of context.WithCancelCause does, whenever
// it is first looked at: both are driven by the same random program, and what
// can be seen of them is compared after each step.
func TestContextTwin(t *testing.T) {
	for seed := range uint64(800) {
		synctest.Test(t, func(t *testing.T) { contextTwin(t, rand.New(rand.NewPCG(seed, 2))) })
	}
}

func contextTwin(t *testing.T, r *rand.Rand) {
	p := pool.New(millrace.WithWorkers(1))
	defer p.Close()
	parent, cancelParent := context.WithCancelCause(context.WithValue(bg, key{}, "v"))
	defer cancelParent(nil)
	if r.IntN(2) == 0 {
		var cancel context.CancelFunc
		parent, cancel = context.WithTimeoutCause(parent, 3*time.Second, errors.New("deadline"))
		defer cancel()
	}
	w := newTwins(p, parent, r.IntN(2) == 0)
	defer w.endTask() // also if a comparison fails
	for range 12 {
		op := r.IntN(9)
		if op == 0 {
			cancelParent(errors.New("parent"))
		} else {
			w.do(t, op, w.pairs[r.IntN(len(w.pairs))])
		}
		synctest.Wait()
		if r.IntN(3) == 0 { // not always: what nobody has looked at must come out right too
			w.compare(t, op)
		}
	}
	w.endTask()
	synctest.Wait()
	w.compare(t, -1)
}

// twins are a task's context, first, and its twin, and what was derived from both.
type twins struct {
	f      *future.Future[struct{}]
	end    func()                  // ends the task, once
	cancel context.CancelCauseFunc // of the twin
	pairs  [][2]context.Context
	fired  [2]atomic.Int32 // functions of AfterFunc that have run
}

// newTwins starts the task with parent as its context: alone, or among several that the
// worker runs one after another. Those before and behind it do not look at their contexts.
func newTwins(p *pool.Pool, parent context.Context, among bool) *twins {
	release := blocker(p, 1)
	if among {
		submitMany(parent, p, 2)
	}
	proceed, leaked := make(chan struct{}), make(chan context.Context, 1)
	w := &twins{end: sync.OnceFunc(func() { close(proceed) })}
	w.f = pool.Go(parent, p, func(ctx context.Context) error {
		leaked <- ctx
		<-proceed
		return nil
	})
	if among {
		submitMany(parent, p, 2)
	}
	release()
	var twin context.Context
	twin, w.cancel = context.WithCancelCause(parent)
	w.pairs = [][2]context.Context{{<-leaked, twin}}
	return w
}

// endTask ends the task, and its twin as the pool ends the task's context.
func (w *twins) endTask() {
	w.end()
	w.f.Await(bg)
	w.cancel(future.ErrTaskEnded)
}

// do does the same to both contexts of a pair.
func (w *twins) do(t *testing.T, op int, at [2]context.Context) {
	derive := func(child func(context.Context) context.Context) {
		w.pairs = append(w.pairs, [2]context.Context{child(at[0]), child(at[1])})
	}
	switch op {
	case 1:
		if w.f.Abort(errAbort) {
			w.cancel(errAbort)
		}
	case 2:
		w.endTask()
	case 3, 4:
		derive(func(ctx context.Context) context.Context {
			child, cancel := context.WithCancelCause(ctx)
			t.Cleanup(func() { cancel(nil) })
			return child
		})
	case 5:
		derive(func(ctx context.Context) context.Context {
			child, cancel := context.WithTimeout(ctx, 2500*time.Millisecond) // never at the same instant as the parent's
			t.Cleanup(cancel)
			return child
		})
	case 6:
		derive(context.WithoutCancel)
	case 7:
		for i, ctx := range at {
			context.AfterFunc(ctx, func() { w.fired[i].Add(1) })
		}
	case 8:
		time.Sleep(time.Second)
	}
}

var errAbort = errors.New("abort")

// compare fails t unless nothing that can be seen tells the two of a pair apart.
func (w *twins) compare(t *testing.T, op int) {
	t.Helper()
	for i, pair := range w.pairs {
		if got, want := seen(pair[0]), seen(pair[1]); got != want {
			t.Fatalf("after op %d, context %d is %s, want %s", op, i, got, want)
		}
	}
	if got, want := w.fired[0].Load(), w.fired[1].Load(); got != want {
		t.Fatalf("after op %d, %d functions of AfterFunc ran, want %d", op, got, want)
	}
}

// seen is all that can be seen of a context.
func seen(ctx context.Context) string {
	deadline, ok := ctx.Deadline()
	closed := false
	select {
	case <-ctx.Done():
		closed = true
	default:
	}
	return fmt.Sprint(ctx.Err(), context.Cause(ctx), ctx.Value(key{}), deadline, ok, closed)
}
