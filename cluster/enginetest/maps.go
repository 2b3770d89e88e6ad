package enginetest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/future"
)

// count yields 0 to n-1, and notes how many were pulled.
func count(n int, pulled *atomic.Int64) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			pulled.Add(1)
			if !yield(i) {
				return
			}
		}
	}
}

func (h *Harness) maps(t *testing.T) {
	r := h.rig(t)
	r.serve(4, 8, square)
	r.serve(4, 8, square)
	c := r.client()
	for _, test := range []struct {
		name      string
		n         int
		unordered bool
		opts      []millrace.MapOption
	}{
		{"plain", h.Calls, false, nil},
		{"chunks", h.Calls * 10, false, []millrace.MapOption{cluster.WithChunk(50)}},
		{"chunks beyond the window", 100, false, []millrace.MapOption{cluster.WithChunk(50), millrace.WithWindow(7)}},
		{"concurrency", 50, false, []millrace.MapOption{millrace.WithConcurrency(3)}},
		{"chunks and concurrency", 200, false, []millrace.MapOption{cluster.WithChunk(4), millrace.WithConcurrency(9), millrace.WithPriority(1)}},
		{"window of one", 20, false, []millrace.MapOption{millrace.WithWindow(1)}},
		{"unordered", h.Calls / 5, true, []millrace.MapOption{millrace.Unordered()}},
		{"unordered chunks", 200, true, []millrace.MapOption{millrace.Unordered(), cluster.WithChunk(3), millrace.WithWindow(11)}},
		{"nothing", 0, false, nil},
	} {
		var got, want []int
		var pulled atomic.Int64
		for v, err := range square.Map(r.ctx, c, count(test.n, &pulled), test.opts...) {
			if err != nil {
				t.Fatalf("%s: item %d: %v", test.name, len(got), err)
			}
			want = append(want, len(got)*len(got))
			got = append(got, v)
		}
		if test.unordered {
			slices.Sort(got)
		}
		if len(got) != test.n || !slices.Equal(got, want) {
			t.Errorf("%s: %d items of %d, %v", test.name, len(got), test.n, got)
		}
	}
}

func (h *Harness) mapErrors(t *testing.T) {
	task := cluster.Define("odd", func(_ context.Context, n int) (int, error) {
		switch n % 4 {
		case 1:
			return 0, errWanted
		case 3:
			panic("three")
		}
		return n, nil
	}, cluster.Errors(errWanted))
	r := h.rig(t)
	r.serve(2, 2, task)
	c := r.client()
	for _, chunk := range []int{1, 3, 20} {
		var pulled atomic.Int64
		i := 0
		for v, err := range task.Map(r.ctx, c, count(20, &pulled), cluster.WithChunk(chunk)) {
			var pe *future.PanicError
			ok := err == nil && v == i
			switch i % 4 {
			case 1:
				ok = errors.Is(err, errWanted)
			case 3:
				ok = errors.As(err, &pe) && len(pe.Stack) > 0
			}
			if !ok {
				t.Errorf("chunks of %d: item %d = %v, %v", chunk, i, v, err)
			}
			i++
		}
		if i != 20 {
			t.Errorf("chunks of %d: %d items, want 20", chunk, i)
		}
	}
}

// mapWindow checks that no more items are pulled than the window has places, and
// that chunks which are not full are sent then.
func (h *Harness) mapWindow(t *testing.T) {
	const n, window = 40, 8
	begun := make(chan int, n)
	var open [n]chan struct{} // each item is let by itself: one of the next window must not go in its place
	task := cluster.Define("window", func(ctx context.Context, i int) (int, error) {
		begun <- i
		select {
		case <-open[i]:
			return i, nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	})
	r := h.rig(t)
	r.serve(16, 8, task) // the task that runs a chunk keeps its slot while all items of it run
	c := r.client()
	for _, chunk := range []int{1, 3, 100} {
		for i := range open {
			open[i] = make(chan struct{})
		}
		var pulled atomic.Int64
		whole := func(delivered int64) { // a whole window is at work, and may end
			var items [window]int
			for i := range items {
				items[i] = receive(r, begun)
			}
			if p := pulled.Load(); p > delivered+window {
				t.Errorf("chunks of %d: %d pulled, %d delivered, window %d", chunk, p, delivered, window)
			}
			for _, i := range items {
				close(open[i])
			}
		}
		var windows sync.WaitGroup
		windows.Go(func() { whole(0) })
		delivered := 0
		for v, err := range task.Map(r.ctx, c, count(n, &pulled), millrace.WithWindow(window), cluster.WithChunk(chunk)) {
			if v != delivered || err != nil {
				t.Errorf("chunks of %d: item %d = %v, %v", chunk, delivered, v, err)
			}
			if delivered++; delivered%window == 0 && delivered < n {
				so := int64(delivered)
				windows.Go(func() { whole(so) })
			}
		}
		windows.Wait()
		if delivered != n {
			t.Errorf("chunks of %d: %d items, want %d", chunk, delivered, n)
		}
	}
}

// mapBreak checks that break ends what is out and joins it.
func (h *Harness) mapBreak(t *testing.T) {
	g := newGate()
	r := h.rig(t)
	r.serve(4, 0, g)
	c := r.client()
	for _, chunk := range []int{1, 4} {
		var pulled atomic.Int64
		for range 100 { // any item may take them, not only the first
			g.open <- 1
		}
		for _, err := range g.Map(r.ctx, c, count(1<<40, &pulled), millrace.WithWindow(16), cluster.WithChunk(chunk)) {
			if err != nil {
				t.Fatalf("chunks of %d: %v", chunk, err)
			}
			break
		}
		n := pulled.Load()
		for len(g.open) > 0 {
			<-g.open
		}
		for len(g.begun) > 0 {
			<-g.begun
		}
		if n > 40 {
			t.Errorf("chunks of %d: %d pulled of an endless input", chunk, n)
		}
		if pulled.Load() != n || len(g.begun) > 0 {
			t.Errorf("chunks of %d: it goes on after break", chunk)
		}
	}
	defer func() {
		var pe *future.PanicError
		if err, _ := recover().(error); !errors.As(err, &pe) || pe.Value != "input" {
			t.Errorf("a panic of the input arrives as %v", err)
		}
	}()
	for range g.Map(r.ctx, c, func(func(int) bool) { panic("input") }) {
		t.Error("an item of nothing")
	}
}

func (h *Harness) mapEnd(t *testing.T) {
	g := newGate()
	r := h.rig(t)
	r.serve(2, 0, g)
	c := r.client()
	ctx, cancel := context.WithCancelCause(r.ctx)
	defer cancel(nil)
	g.open <- 1
	var pulled atomic.Int64
	var errs []error
	for _, err := range g.Map(ctx, c, count(1<<40, &pulled), millrace.WithWindow(4), millrace.Unordered()) {
		if err == nil {
			cancel(errUnwanted)
			continue
		}
		errs = append(errs, err)
	}
	if len(errs) != 1 || !errors.Is(errs[0], future.ErrNotDone) || !errors.Is(errs[0], errUnwanted) {
		t.Errorf("errors after the end of the context: %v, want one ErrNotDone with the cause", errs)
	}
}
