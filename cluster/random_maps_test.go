package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A wild is a random program of maps and stages that share clients, an engine and its worker.
type wild struct {
	*testing.T
	*rand.Rand
	work    *cluster.Task[int, int]
	clients []*cluster.Client
	near    *pool.Pool // of the submitter
}

var errWild = errors.New("wild")

// wildly is what a call of n does, but for the errors.
func wildly(ctx context.Context, n int) (int, error) {
	if n%3 == 0 {
		select {
		case <-time.After(time.Duration(n%7) * time.Millisecond):
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
	switch {
	case n%11 == 3:
		return 0, errWild
	case n%17 == 5:
		panic("wild")
	}
	return n * n, nil
}

// check checks the result of the item n.
func (w *wild) check(what string, n, v int, err error) {
	var pe *future.PanicError
	switch {
	case n%11 == 3 && errors.Is(err, errWild):
	case n%11 != 3 && n%17 == 5 && errors.As(err, &pe):
	case n%11 != 3 && n%17 != 5 && v == n*n && err == nil:
	default:
		w.Errorf("%s: item %d = %d, %v", what, n, v, err)
	}
}

func (w *wild) client() *cluster.Client { return w.clients[w.IntN(len(w.clients))] }

func (w *wild) options() (opts []millrace.MapOption, ordered bool) {
	ordered = true
	if w.IntN(2) == 0 {
		opts = append(opts, cluster.WithChunk(1+w.IntN(5)))
	}
	if w.IntN(2) == 0 {
		opts = append(opts, millrace.WithWindow(1+w.IntN(6)))
	}
	if w.IntN(3) == 0 {
		opts = append(opts, millrace.WithConcurrency(1+w.IntN(4)))
	}
	if w.IntN(4) == 0 {
		opts, ordered = append(opts, millrace.Unordered()), false
	}
	return opts, ordered
}

// input yields 0 to n-1, some of them late. Its end is of a kind.
func (w *wild) input(n, kind int) iter.Seq[int] {
	slow := w.IntN(3) == 0
	return func(yield func(int) bool) {
		for i := range n {
			if slow && i%4 == 3 {
				time.Sleep(time.Millisecond)
			}
			if !yield(i) {
				return
			}
		}
		switch kind {
		case 0:
			panic("input")
		case 1:
			runtime.Goexit()
		}
	}
}

// loop ranges over results, which are those of 0 to n-1 unless they are cut.
func (w *wild) loop(ctx context.Context, what string, seq iter.Seq2[int, error], n int, ordered, whole bool, end int, cancel func()) {
	got := 0
	for v, err := range seq {
		if errors.Is(err, future.ErrNotDone) {
			if ctx.Err() == nil {
				w.Errorf("%s: %v, and the context goes on", what, err)
			}
			whole = false
			continue
		}
		if ordered && ctx.Err() == nil {
			w.check(what, got, v, err)
		}
		if got++; got == end {
			switch end % 3 {
			case 0:
				return
			case 1:
				cancel()
				whole = false
			default:
				panic(errWild)
			}
		}
	}
	if whole && got != n {
		w.Errorf("%s: %d items of %d", what, got, n)
	}
}

// one is a map, or a stage, and its consumer.
func (w *wild) one(t context.Context, name string) func() {
	ctx, cancel := context.WithCancel(t)
	opts, ordered := w.options()
	c, n, end, kind := w.client(), w.IntN(40), 1+w.IntN(60), w.IntN(12)
	what := fmt.Sprintf("%s: n %d, end %d, kind %d, ordered %v", name, n, end, kind, ordered)
	var seq iter.Seq2[int, error]
	switch w.IntN(4) {
	case 0:
		seq = w.work.Map(ctx, c, w.input(n, kind), opts...)
	case 1:
		seq = w.work.Stage(stream.FromSeq(w.input(n, kind)), c, opts...).Buffer(1 + w.IntN(3)).All(ctx)
	case 2: // each item is a call of a parallel stage
		other := w.client()
		nearOpts := []millrace.MapOption{millrace.WithConcurrency(1 + w.IntN(3))}
		seq = stream.Map(stream.FromSeq(w.input(n, kind)), w.near, func(ctx context.Context, n int) (int, error) {
			return w.work.Submit(ctx, other, n).Await(ctx)
		}, nearOpts...).All(ctx)
		ordered = true
	case 3: // each item is a map of one call, in the sequences of a stage
		other := w.client()
		seq = stream.FlatMap(stream.FromSeq(w.input(n, kind)), w.near, func(ctx context.Context, n int) iter.Seq2[int, error] {
			return w.work.Map(ctx, other, func(yield func(int) bool) { yield(n) }, opts...)
		}).All(ctx)
		ordered = true
	}
	return func() {
		defer cancel()
		defer func() {
			switch x := recover().(type) {
			case nil:
			case *future.PanicError:
				if x.Value != "input" {
					w.Errorf("%s: panic %v", what, x)
				}
			default:
				if x != any(errWild) && x != any("input") {
					w.Errorf("%s: panic %v", what, x)
				}
			}
		}()
		w.loop(ctx, what, seq, n, ordered, true, end, cancel)
	}
}

// Maps and stages that share clients, whatever ends them, leave no call and no goroutine behind.
func TestWildMaps(t *testing.T) {
	for seed := range uint64(100) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) { runWild(t, seed) })
		})
	}
}

func runWild(t *testing.T, seed uint64) {
	w := &wild{T: t, Rand: rand.New(rand.NewPCG(seed, 0))}
	w.work = cluster.Define("work", wildly, cluster.Errors(errWild))
	far := pool.New(millrace.WithWorkers(1+w.IntN(3)), millrace.WithQueue(w.IntN(3)))
	w.near = pool.New(millrace.WithWorkers(1+w.IntN(3)), millrace.WithQueue(w.IntN(3)))
	e := local.New(far, w.work)
	for range 2 {
		w.clients = append(w.clients, cluster.NewClient(e, cluster.WithMaxCalls([]int{1, 2, 5, 4096}[w.IntN(4)])))
	}
	var running sync.WaitGroup
	for i := range 1 + w.IntN(4) {
		running.Go(w.one(t.Context(), fmt.Sprintf("seed %d, consumer %d", seed, i)))
	}
	running.Wait()
	for _, c := range w.clients {
		if err := c.Close(t.Context()); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if s, err := e.Status(t.Context()); err != nil || s.Queued+s.Held > 0 {
		t.Errorf("Status = %+v, %v, want that no call is left", s, err)
	}
	_ = w.near.Close()
	_ = e.Close()
	_ = far.Close()
}
