package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	runtimetrace "runtime/trace"
	"testing"

	"golang.org/x/exp/trace"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// counts are what a trace has of tasks and regions, by type.
type counts struct{ begun, ended, regions map[string]int }

// read reads a trace as go tool trace does.
func read(t *testing.T, file io.Reader) counts {
	t.Helper()
	r, err := trace.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	c := counts{map[string]int{}, map[string]int{}, map[string]int{}}
	types := map[trace.TaskID]string{}
	for {
		e, err := r.ReadEvent()
		if errors.Is(err, io.EOF) {
			return c
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e.Kind() {
		case trace.EventTaskBegin:
			types[e.Task().ID] = e.Task().Type
			c.begun[e.Task().Type]++
		case trace.EventTaskEnd:
			c.ended[types[e.Task().ID]]++
		case trace.EventRegionBegin:
			c.regions[types[e.Region().Task]+"/"+e.Region().Type]++
		}
	}
}

// A trace has a task for each task of the pool, in which are the time in the queue, the
// time that it ran, and its own regions.
func TestTrace(t *testing.T) {
	if runtimetrace.IsEnabled() {
		t.Skip("the tests are traced")
	}
	var file bytes.Buffer
	if err := runtimetrace.Start(&file); err != nil {
		t.Fatal(err)
	}
	p := pool.New(millrace.WithObserver(observe.Trace()))
	ctx := context.Background()
	const n = 20
	for range n {
		pool.Go(ctx, p, func(ctx context.Context) error {
			defer runtimetrace.StartRegion(ctx, "inner").End()
			return nil
		}, millrace.WithTaskName("render"))
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	pool.Go(ended, p, func(context.Context) error { return nil }, millrace.WithTaskName("late"))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	runtimetrace.Stop()
	c := read(t, &file)
	for name, want := range map[string]int{"render": n, "late": 1, "queued": n + 1} {
		if c.begun[name] != want || c.ended[name] != want {
			t.Errorf("%d tasks %q have begun and %d ended, want %d", c.begun[name], name, c.ended[name], want)
		}
	}
	for name, want := range map[string]int{"render/running": n, "render/inner": n, "late/running": 0} {
		if c.regions[name] != want {
			t.Errorf("%d regions %q, want %d", c.regions[name], name, want)
		}
	}
}
