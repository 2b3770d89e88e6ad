package observe_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A slowness is what makes a map slow.
type slowness struct {
	pool               millrace.PoolOption
	group              millrace.GroupOption // the map is of a group with it
	each               millrace.MapOption   // of the map
	others             int                  // tasks of the pool that do not end
	paused             bool                 // the pool is
	source, item, sink time.Duration        // for one item each
	first              time.Duration        // for the first item
	run                func(context.Context, pool.Executor, slowness)
}

func (s slowness) work(_ context.Context, i int) (int, error) {
	if time.Sleep(s.item); i == 0 {
		time.Sleep(s.first)
	}
	return i, nil
}

func (s slowness) do(ctx context.Context, i int) error { _, err := s.work(ctx, i); return err }

// pulled is a stream whose source is pulled.
func pulled(ctx context.Context, ex pool.Executor, s slowness) {
	next := -1
	source := stream.FromFunc(func(ctx context.Context) (int, error) {
		time.Sleep(s.source)
		next++
		return next, ctx.Err()
	})
	stream.Map(source, ex, s.work, s.each).ForEach(ctx, func(int) error { time.Sleep(s.sink); return nil })
}

// whole are runs over items that are all there from the beginning.
var whole = map[string]func(context.Context, pool.Executor, slowness){
	"MapSlice": func(ctx context.Context, ex pool.Executor, s slowness) {
		pool.MapSlice(ctx, ex, make([]int, 1000), s.work)
	},
	"ForN": func(ctx context.Context, ex pool.Executor, s slowness) { pool.ForN(ctx, ex, 1000, s.do) },
	"ForEach": func(ctx context.Context, ex pool.Executor, s slowness) {
		pool.ForEach(ctx, ex, slices.Values(make([]int, 1000)), s.do)
	},
	"FromSlice": func(ctx context.Context, ex pool.Executor, s slowness) {
		stream.Map(stream.FromSlice(make([]int, 1000)), ex, s.work).Drain(ctx)
	},
}

// bottleneck runs the map for a second, and returns what the page says of it then.
func (s slowness) bottleneck(t *testing.T) (kind, reason string) {
	page := observe.NewPage()
	p := pool.New(millrace.WithWorkers(4), millrace.WithObserver(page), s.pool)
	defer p.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range s.others {
		pool.Go(ctx, p, func(ctx context.Context) error { <-ctx.Done(); return nil })
	}
	if s.paused {
		p.Pause()
		defer p.Resume()
	}
	var ex pool.Executor = p
	if s.group != nil {
		ex = pool.NewGroup(ctx, p, s.group, millrace.IgnoreErrors())
	}
	ended := make(chan struct{})
	go func() { defer close(ended); s.run(ctx, ex, s) }()
	time.Sleep(time.Second + time.Millisecond/2)
	a := ask(t, page, "")
	cancel()
	<-ended
	if len(a.Pipelines) != 1 {
		t.Fatalf("%d pipelines, want 1", len(a.Pipelines))
	}
	return a.Pipelines[0].Bottleneck.Kind, a.Pipelines[0].Bottleneck.Reason
}

// The bottleneck is the sink only if results are there that it does not take. If what keeps a
// stage is that its items may not start, or that one of them holds up the results behind it, the
// bottleneck is the stage.
func TestPageCauses(t *testing.T) {
	const ms, held = time.Millisecond, "yet few of its runners are busy"
	all := map[string]struct {
		slowness
		kind, reason string
	}{
		"a slow source":         {slowness{source: 20 * ms, item: ms}, "source", "all stages wait for items"},
		"a slow stage":          {slowness{item: 20 * ms}, "stage", "its runners are busy"},
		"a slow sink":           {slowness{item: ms, sink: 20 * ms}, "sink", "its results are not taken"},
		"a full pool":           {slowness{item: ms, others: 4}, "stage", held},
		"a pool with one slot":  {slowness{item: 10 * ms, others: 3}, "stage", held},
		"the rate of the pool":  {slowness{item: ms, pool: millrace.WithRate(50, 1)}, "stage", held},
		"the rate of a group":   {slowness{item: ms, group: millrace.WithRate(50, 1)}, "stage", held},
		"the limit of a group":  {slowness{item: 20 * ms, group: millrace.WithLimit(1)}, "stage", held},
		"a pause":               {slowness{item: ms, paused: true}, "stage", held},
		"the weight":            {slowness{item: 10 * ms, pool: millrace.WithMaxWeight(1)}, "stage", held},
		"a key":                 {slowness{item: 10 * ms, each: millrace.WithKey("k")}, "stage", held},
		"one item of many":      {slowness{item: ms, first: time.Minute}, "stage", held},
		"tasks of a full pool":  {slowness{item: ms, others: 4, each: millrace.WithMaxWait(time.Hour)}, "stage", held},
		"a slow sink of others": {slowness{item: ms, sink: 20 * ms, each: millrace.WithMaxWait(time.Hour)}, "sink", "its results are not taken"},
	}
	bubble.Run(t, func(t *testing.T) {
		for name, c := range all {
			c.run = pulled
			if kind, reason := c.bottleneck(t); kind != c.kind || !strings.Contains(reason, c.reason) {
				t.Errorf("%s: the bottleneck is %s, because %q, want %s, because %q", name, kind, reason, c.kind, c.reason)
			}
		}
		for name, run := range whole {
			if kind, reason := (slowness{item: 20 * ms, run: run}).bottleneck(t); kind != "stage" || !strings.Contains(reason, "its runners are busy") {
				t.Errorf("%s with slow items: the bottleneck is %s, because %q, want the stage, which is busy", name, kind, reason)
			}
			if kind, reason := (slowness{item: ms, others: 4, run: run}).bottleneck(t); kind != "stage" || !strings.Contains(reason, held) {
				t.Errorf("%s in a full pool: the bottleneck is %s, because %q, want the stage, whose items cannot start", name, kind, reason)
			}
		}
	})
}
