package observe_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// The bottleneck of a pipeline is found wherever it is, also if its stages have to share few slots.
func TestBottleneckOfPipeline(t *testing.T) {
	for _, workers := range []int{12, 4, 1} {
		for slow, want := range []string{"source", "stage 0", "stage 1", "stage 2", "sink"} {
			bubble.Run(t, func(t *testing.T) { bottleneckOfPipeline(t, workers, min(workers, 4), slow, want) })
		}
	}
}

func bottleneckOfPipeline(t *testing.T, workers, concurrency, slow int, want string) {
	page := observe.NewPage()
	p := pool.New(millrace.WithName("etl"), millrace.WithWorkers(workers), millrace.WithObserver(page))
	ctx, cancel := context.WithCancel(context.Background())
	nap := func(at int) {
		d := time.Millisecond
		if at == slow {
			d = 16 * time.Millisecond
		}
		if at == 0 || at == 4 {
			d /= time.Duration(concurrency) // one at a time, where stages have several runners
		}
		time.Sleep(d)
	}
	s := stream.FromFunc(func(context.Context) (int, error) { nap(0); return 1, nil })
	for at := 1; at <= 3; at++ {
		s = stream.Map(s, p, func(_ context.Context, n int) (int, error) { nap(at); return n, nil },
			millrace.WithTaskName(fmt.Sprint("stage ", at)), millrace.WithConcurrency(concurrency), millrace.WithWindow(16))
	}
	var run sync.WaitGroup
	run.Go(func() { _ = s.ForEach(ctx, func(int) error { nap(4); return nil }) })
	time.Sleep(5 * time.Second)
	a := ask(t, page, "")
	if len(a.Pipelines) != 1 || len(a.Pipelines[0].Stages) != 3 {
		t.Fatalf("pipelines %+v, want one of three stages", a.Pipelines)
	}
	b := a.Pipelines[0].Bottleneck
	got := b.Kind
	if got == "stage" {
		got = fmt.Sprint("stage ", b.Stage)
	}
	if got != want {
		t.Errorf("%d slots, slow at %d: the bottleneck is %s, want %s: %+v", workers, slow, got, want, a.Pipelines[0])
	}
	cancel()
	run.Wait()
	_ = p.Close()
	if n := page.Runs(); n != 0 {
		t.Errorf("%d runs are kept after the pipeline has ended", n)
	}
}

// A map in an item of a pipeline is not a stage of it.
func TestMapInItem(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		page := observe.NewPage()
		p := pool.New(millrace.WithName("etl"), millrace.WithWorkers(4), millrace.WithObserver(page))
		var looked atomic.Bool
		s := stream.Map(stream.FromSlice([]int{1, 2, 3}), p, func(ctx context.Context, n int) (int, error) {
			out, err := pool.MapSlice(ctx, p, []int{1, 2}, func(_ context.Context, m int) (int, error) {
				if looked.CompareAndSwap(false, true) {
					a := ask(t, page, "")
					for _, chain := range a.Pipelines {
						if len(chain.Stages) != 1 {
							t.Errorf("a pipeline has the stages %+v, want one", chain.Stages)
						}
					}
					if len(a.Pipelines) < 2 {
						t.Errorf("pipelines %+v, want the stream and a map", a.Pipelines)
					}
				}
				return n * m, nil
			})
			return len(out), err
		}, millrace.WithTaskName("outer"))
		if _, err := s.Collect(context.Background()); err != nil {
			t.Error(err)
		}
		_ = p.Close()
	})
}
