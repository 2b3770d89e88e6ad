package pool_test

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"weak"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/pool"
)

// A future that was yielded is let go of while others are pending that were submitted with
// the same context, and also if it is a task that waits for them all.
func TestYieldedIsReleased(t *testing.T) {
	type futures = []*future.Future[*bulk]
	for name, loop := range map[string]func(context.Context, futures) iter.Seq[*future.Future[*bulk]]{
		"AsCompleted": func(ctx context.Context, fs futures) iter.Seq[*future.Future[*bulk]] {
			return future.AsCompleted(ctx, fs...)
		},
		"a Set": func(ctx context.Context, fs futures) iter.Seq[*future.Future[*bulk]] {
			return future.NewSet(fs...).All(ctx)
		},
	} {
		p := pool.New(millrace.WithWorkers(1))
		what := name + " in a task"
		consume := func(ctx context.Context) (int, error) {
			gates := []chan struct{}{make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})}
			made, i := make(chan weak.Pointer[bulk], len(gates)), 0
			close(gates[0])
			for range loop(ctx, bulky(ctx, p, gates, made)) {
				if i++; i == len(gates) {
					break
				}
				if i > 1 {
					memory.WantFreed(t, fmt.Sprintf("%s: future %d, which was yielded,", what, i-1), <-made)
				}
				close(gates[i])
			}
			return i, nil
		}
		wantValue(t, what, pool.Submit(bg, p, consume), 4)
		what = name
		ctx, cancel := context.WithCancel(bg)
		if n, err := consume(ctx); n != 4 || err != nil {
			t.Errorf("%s yielded %d futures, want 4", name, n)
		}
		cancel()
		p.Close()
	}
}

type bulk [100]*int

// bulky submits one task for each gate, which opens it.
//
//go:noinline
func bulky(ctx context.Context, p *pool.Pool, gates []chan struct{}, made chan<- weak.Pointer[bulk]) (fs []*future.Future[*bulk]) {
	for _, gate := range gates {
		fs = append(fs, pool.Submit(ctx, p, func(context.Context) (*bulk, error) {
			<-gate
			v := new(bulk)
			made <- weak.Make(v)
			return v, nil
		}))
	}
	return fs
}
