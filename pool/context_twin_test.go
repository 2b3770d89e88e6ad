package pool_test

import (
	"context"
	"fmt"
	"math/rand/v2"
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
		parent, cancel = context.WithTimeoutCause(parent, 3*time.Second, fmt.Errorf("deadline"))
		defer cancel()
	}
	// Alone, or one of several below parent that the worker runs one after another:
	// then those before and behind it do not look at their contexts.
	among := r.IntN(2) == 0
	release := blocker(p, 1)
	if among {
		submitMany(parent, p, 2)
	}
	proceed, leaked := make(chan struct{}), make(chan context.Context, 1)
	f := pool.Go(parent, p, func(ctx context.Context) error {
		leaked <- ctx
		<-proceed
		return nil
	})
	if among {
		submitMany(parent, p, 2)
	}
	release()
	done := false
	defer func() {
		if !done {
			close(proceed) // a comparison failed
		}
	}()
	twin, cancelTwin := context.WithCancelCause(parent)
	defer cancelTwin(future.ErrTaskEnded)
	contexts := [][2]context.Context{{<-leaked, twin}}
	var fired [2]atomic.Int32
	for range 12 {
		at := contexts[r.IntN(len(contexts))]
		op := r.IntN(9)
		switch op {
		case 0:
			cancelParent(fmt.Errorf("parent"))
		case 1:
			if f.Abort(fmt.Errorf("abort")) {
				cancelTwin(fmt.Errorf("abort"))
			}
		case 2:
			if !done {
				done = true
				close(proceed)
				f.Await(bg)
				cancelTwin(future.ErrTaskEnded)
			}
		case 3, 4:
			var next [2]context.Context
			for i, ctx := range at {
				child, cancel := context.WithCancelCause(ctx)
				defer cancel(nil)
				next[i] = child
			}
			contexts = append(contexts, next)
		case 5:
			var next [2]context.Context
			for i, ctx := range at {
				child, cancel := context.WithTimeout(ctx, 2500*time.Millisecond) // never at the same instant as the parent's
				defer cancel()
				next[i] = child
			}
			contexts = append(contexts, next)
		case 6:
			contexts = append(contexts, [2]context.Context{context.WithoutCancel(at[0]), context.WithoutCancel(at[1])})
		case 7:
			for i, ctx := range at {
				context.AfterFunc(ctx, func() { fired[i].Add(1) })
			}
		case 8:
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if r.IntN(3) == 0 { // not always: what nobody has looked at must come out right too
			compare(t, contexts, &fired, op)
		}
	}
	if !done {
		done = true
		close(proceed)
		f.Await(bg)
		cancelTwin(future.ErrTaskEnded)
	}
	synctest.Wait()
	compare(t, contexts, &fired, -1)
}

func compare(t *testing.T, contexts [][2]context.Context, fired *[2]atomic.Int32, op int) {
	t.Helper()
	for i, pair := range contexts {
		var seen [2]string
		for j, ctx := range pair {
			deadline, ok := ctx.Deadline()
			closed := false
			select {
			case <-ctx.Done():
				closed = true
			default:
			}
			seen[j] = fmt.Sprint(ctx.Err(), context.Cause(ctx), ctx.Value(key{}), deadline, ok, closed)
		}
		if seen[0] != seen[1] {
			t.Fatalf("after op %d, context %d is %s, want %s", op, i, seen[0], seen[1])
		}
	}
	if got, want := fired[0].Load(), fired[1].Load(); got != want {
		t.Fatalf("after op %d, %d functions of AfterFunc ran, want %d", op, got, want)
	}
}
