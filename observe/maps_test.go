package observe_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// census is an observer that counts runs and tasks.
type census struct {
	observe.Nop
	mu                        sync.Mutex
	begun, ended              int
	submitted, started, tasks int
	failed                    []error
	last                      millrace.RunInfo
}

type censusKey struct{}

func (c *census) Submitted(ctx context.Context, _ *millrace.TaskInfo) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.submitted++
	return ctx
}

func (c *census) Started(ctx context.Context, _ *millrace.TaskInfo) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started++
	return context.WithValue(ctx, censusKey{}, "started")
}

func (c *census) Ended(_ context.Context, t *millrace.TaskInfo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tasks++
	if t.Err != nil {
		c.failed = append(c.failed, t.Err)
	}
}

func (c *census) Run(ctx context.Context, r millrace.RunInfo) (context.Context, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun++
	c.last = r
	return ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ended++
	}
}

var ten = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}

func same(_ context.Context, n int) (int, error) { return n, nil }

// maps are all that a run can be of: ten items each.
var maps = map[string]func(ctx context.Context, p *pool.Pool, opts ...millrace.MapOption) error{
	"pool.Map": func(ctx context.Context, p *pool.Pool, opts ...millrace.MapOption) error {
		return drain(pool.Map(ctx, p, slices.Values(ten), same, opts...))
	},
	"pool.MapSlice": func(ctx context.Context, p *pool.Pool, opts ...millrace.MapOption) error {
		_, err := pool.MapSlice(ctx, p, ten, same, opts...)
		return err
	},
	"pool.ForEach": func(ctx context.Context, p *pool.Pool, opts ...millrace.MapOption) error {
		return pool.ForEach(ctx, p, slices.Values(ten), func(context.Context, int) error { return nil }, opts...)
	},
	"pool.ForN": func(ctx context.Context, p *pool.Pool, opts ...millrace.MapOption) error {
		return pool.ForN(ctx, p, 10, func(context.Context, int) error { return nil }, opts...)
	},
	"stream.Map": func(ctx context.Context, p *pool.Pool, opts ...millrace.MapOption) error {
		return stream.Map(stream.FromSeq(slices.Values(ten)), p, same, opts...).Drain(ctx)
	},
	"stream.Map of a slice": func(ctx context.Context, p *pool.Pool, opts ...millrace.MapOption) error {
		return stream.Map(stream.FromSlice(ten), p, same, opts...).Drain(ctx)
	},
	"stream.FilterMap": func(ctx context.Context, p *pool.Pool, opts ...millrace.MapOption) error {
		return stream.FilterMap(stream.FromSlice(ten), p, func(_ context.Context, n int) (int, bool, error) { return n, true, nil }, opts...).Drain(ctx)
	},
	"stream.FlatMap": func(ctx context.Context, p *pool.Pool, opts ...millrace.MapOption) error {
		return stream.FlatMap(stream.FromSlice(ten), p, func(_ context.Context, n int) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(n, nil) }
		}, opts...).Drain(ctx)
	},
	"stream.MapKeyed": func(ctx context.Context, p *pool.Pool, opts ...millrace.MapOption) error {
		return stream.MapKeyed(stream.FromSlice(ten), p, func(n int) int { return n % 3 }, same, opts...).Drain(ctx)
	},
}

func drain(seq iter.Seq2[int, error]) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

// Each map and stage is a run, with its name, which can be probed also when it is over.
func TestRuns(t *testing.T) {
	for name, run := range maps {
		bubble.Run(t, func(t *testing.T) {
			c := &census{}
			p := pool.New(millrace.WithName("etl"), millrace.WithObserver(c))
			if err := run(context.Background(), p); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if c.begun != 1 || c.ended != 1 || c.submitted != 0 || c.last.Pool != "etl" || c.last.Name != "" {
				t.Errorf("%s: %d runs have begun, %d ended, %d tasks, %+v; want one run without tasks", name, c.begun, c.ended, c.submitted, c.last)
			}
			if g := c.last.Probe(); g.Pulled != 10 || g.Delivered != 10 || !g.InputEnded || g.Running != 0 || g.Limit < 1 || g.Window < 1 {
				t.Errorf("%s: at the end the progress is %+v, want 10 items", name, g)
			}
			if err := run(context.Background(), p, millrace.WithTaskName("x")); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if c.begun != 2 || c.ended != 2 || c.last.Name != "x" {
				t.Errorf("%s with a name: %d runs have begun, %d ended, the last is %q, want x", name, c.begun, c.ended, c.last.Name)
			}
			_ = p.Close()
		})
	}
}

// The items of a named map or stage are observed one by one.
func TestItems(t *testing.T) {
	for name, run := range maps {
		bubble.Run(t, func(t *testing.T) {
			c := &census{}
			p := pool.New(millrace.WithObserver(c))
			if err := run(context.Background(), p, millrace.WithTaskName("x")); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if c.submitted != 10 || c.started != 10 || c.tasks != 10 || len(c.failed) != 0 {
				t.Errorf("%s: %d submitted, %d started, %d ended, %v failed, want 10 each and none", name, c.submitted, c.started, c.tasks, c.failed)
			}
			_ = p.Close()
		})
	}
}

// An item has the context of the observer, and fails as it would without one.
func TestItemsFail(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		c := &census{}
		p := pool.New(millrace.WithObserver(c))
		boom := errors.New("boom")
		var got []error
		for _, err := range pool.Map(context.Background(), p, slices.Values(ten[:3]), func(ctx context.Context, n int) (int, error) {
			if ctx.Value(censusKey{}) != "started" {
				t.Error("the item does not have the context that Started returned")
			}
			if n == 1 {
				panicHere()
			}
			return n, []error{nil, nil, boom}[n]
		}, millrace.WithTaskName("x")) {
			got = append(got, err)
		}
		_ = p.Close()
		if len(got) != 3 || got[0] != nil || !errors.Is(got[1], errItem) || got[2] != boom {
			t.Errorf("the map yields the errors %v, want none, that of the panic, boom", got)
		}
		if p := (*future.PanicError)(nil); !errors.As(got[1], &p) || !strings.Contains(string(p.Stack), "panicHere") {
			t.Errorf("the panic of an item does not have its stack: %+v", got[1])
		}
		if len(c.failed) != 2 || c.tasks != 3 {
			t.Errorf("%d items ended, %v failed, want 3 and two", c.tasks, c.failed)
		}
		if s := p.Stats(); s.Panicked != 1 || s.Failed != 2 {
			t.Errorf("Stats() = %+v, want one panic of two failures", s)
		}
	})
}

var errItem = errors.New("item")

func panicHere() { panic(errItem) }
