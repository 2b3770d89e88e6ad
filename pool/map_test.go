package pool_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// Maps as a caller of Map, MapSlice and ForEach sees them. The engine in
// internal/parallel has tests of its own.

// variants are the bodies' variants: one body over all of them.
var variants = []struct {
	name    string
	workers int
	opts    []millrace.MapOption
}{
	{"1 worker", 1, nil},
	{"3 workers", 3, nil},
	{"concurrency 1", 3, []millrace.MapOption{millrace.WithConcurrency(1)}},
	{"window 1", 3, []millrace.MapOption{millrace.WithWindow(1)}},
	{"concurrency 5, window 5", 5, []millrace.MapOption{millrace.WithConcurrency(5), millrace.WithWindow(5)}},
	{"unordered", 3, []millrace.MapOption{millrace.Unordered()}},
	{"unordered, window 2", 3, []millrace.MapOption{millrace.Unordered(), millrace.WithWindow(2)}},
}

// squares takes a time of its own for each item, and fails for every tenth.
func squares(_ context.Context, v int) (int, error) {
	time.Sleep(time.Duration(v*7%5) * time.Millisecond)
	if v%10 == 9 {
		return -v, errBoom
	}
	return v * v, nil
}

// All results come, in order unless unordered, an error in its place with the
// value beside it, and the loop goes on.
func TestMap(t *testing.T) {
	for _, c := range variants {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(c.workers))
			var got, want []string
			for v, err := range pool.Map(bg, p, count(35), squares, c.opts...) {
				got = append(got, fmt.Sprint(v, err))
			}
			for i := range 35 {
				v, err := i*i, error(nil)
				if i%10 == 9 {
					v, err = -i, errBoom
				}
				want = append(want, fmt.Sprint(v, err))
			}
			if c.name[:2] == "un" {
				slices.Sort(got)
				slices.Sort(want)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", c.name, got, want)
			}
			p.Close()
		})
	}
}

// Nothing runs before the loop, and each loop is a run of its own.
func TestMapStartsWhenRangedOver(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		pulled := 0
		in := func(yield func(int) bool) {
			pulled++
			_ = yield(1) && yield(2)
		}
		m := pool.Map(bg, p, in, double)
		synctest.Wait()
		if s := stats(t, p); pulled != 0 || s.Submitted != 0 || s.Goroutines != 0 {
			t.Errorf("before the loop the input has begun %d times, and Stats() = %+v, want nothing", pulled, s)
		}
		for range 3 {
			sum := 0
			for v := range m {
				sum += v
			}
			if sum != 6 {
				t.Errorf("a loop yields %d in sum, want 6", sum)
			}
		}
		if pulled != 3 {
			t.Errorf("the input was begun %d times, want 3", pulled)
		}
		p.Close()
	})
}

// Never more at work than the concurrency, the workers allow, and that many.
func TestMapConcurrency(t *testing.T) {
	for _, c := range []struct{ workers, concurrency, window, want int }{{4, 2, 8, 2}, {2, 4, 8, 2}, {4, 4, 3, 3}, {4, 0, 8, 4}, {1, 1, 1, 1}} {
		for _, unordered := range []bool{false, true} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(c.workers))
				opts := []millrace.MapOption{millrace.WithWindow(c.window)}
				if c.concurrency > 0 {
					opts = append(opts, millrace.WithConcurrency(c.concurrency))
				}
				if unordered {
					opts = append(opts, millrace.Unordered())
				}
				var running gauge
				for range pool.Map(bg, p, count(20), func(context.Context, int) (int, error) {
					running.add(1)
					defer running.add(-1)
					time.Sleep(time.Second)
					return 1, nil
				}, opts...) {
				}
				if got := running.peak.Load(); got != int64(c.want) {
					t.Errorf("%+v: %d items at once, want %d", c, got, c.want)
				}
				p.Close()
			})
		}
	}
}

// Pulled and undelivered items never exceed the window.
func TestMapWindow(t *testing.T) {
	for _, window := range []int{1, 2, 5} {
		for _, unordered := range []bool{false, true} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(3))
				opts := []millrace.MapOption{millrace.WithWindow(window)}
				if unordered {
					opts = append(opts, millrace.Unordered())
				}
				var open gauge
				in := func(yield func(int) bool) {
					for i := range 30 {
						open.add(1)
						if !yield(i) {
							return
						}
					}
				}
				for v := range pool.Map(bg, p, in, identity, opts...) {
					open.now.Add(-1)
					if v%7 == 0 {
						time.Sleep(time.Second) // the input runs ahead as far as it may
					}
				}
				// The input counts an item just before it is pulled: the one that
				// it waits with has not been pulled.
				open.want(t, fmt.Sprintf("window %d, unordered %v: undelivered items", window, unordered), int64(window)+1)
				p.Close()
			})
		}
	}
}

// An item starts the moment a slot is free, and a result is delivered the
// moment it is due, however slow the input is.
func TestMapWithSlowInput(t *testing.T) {
	for _, c := range variants {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(c.workers))
			in := func(yield func(time.Time) bool) {
				for range 5 {
					time.Sleep(time.Minute)
					if !yield(time.Now()) {
						return
					}
				}
			}
			same := func(_ context.Context, at time.Time) (time.Time, error) { return at, nil }
			for sent := range pool.Map(bg, p, in, same, c.opts...) {
				if late := time.Since(sent); late != 0 {
					t.Errorf("%s: a result is %v late, want 0", c.name, late)
				}
			}
			p.Close()
		})
	}
}

// Items that wait for one another, as many as may be at work, do not deadlock.
func TestMapBarrier(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(4))
		var arrived atomic.Int32
		all := make(chan struct{})
		err := pool.ForEach(bg, p, count(4), func(context.Context, int) error {
			if arrived.Add(1) == 4 {
				close(all)
			}
			<-all
			return nil
		})
		if err != nil {
			t.Errorf("ForEach() = %v, want nil", err)
		}
		p.Close()
	})
}

// MapSlice returns all results in order; the earliest error cancels the
// rest, and says which item it was.
func TestMapSlice(t *testing.T) {
	for _, c := range variants {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(c.workers))
			out, err := pool.MapSlice(bg, p, []int{5, 2, 3, 4, 1}, double, c.opts...)
			if err != nil || fmt.Sprint(out) != "[10 4 6 8 2]" {
				t.Errorf("%s: MapSlice() = %v, %v, want [10 4 6 8 2]", c.name, out, err)
			}
			var running gauge
			out, err = pool.MapSlice(bg, p, make([]int, 100), func(ctx context.Context, _ int) (int, error) {
				running.add(1)
				defer running.add(-1)
				time.Sleep(time.Second)
				return 1, errBoom
			}, c.opts...)
			var item *pool.ItemError
			if !errors.As(err, &item) || !errors.Is(err, errBoom) || item.Index < 0 || item.Index >= c.workers || out != nil {
				t.Errorf("%s: MapSlice() = %v, %v, want the first error, of one of the first items", c.name, out, err)
			}
			if n := running.now.Load(); n != 0 {
				t.Errorf("%s: %d items at work after MapSlice", c.name, n)
			}
			p.Close()
		})
	}
}

// At every position the failing item is named, and no more than what was at
// work has run beyond it.
func TestFailFast(t *testing.T) {
	for at := range 8 {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			ran := map[int]bool{}
			fail := func(ctx context.Context, v int) (int, error) {
				ran[v] = true // one at a time: concurrency 1
				if v == at {
					return 0, errBoom
				}
				return v, nil
			}
			_, err := pool.MapSlice(bg, p, []int{0, 1, 2, 3, 4, 5, 6, 7}, fail, millrace.WithConcurrency(1))
			var item *future.ItemError
			if !errors.As(err, &item) || item.Index != at || item.Err != errBoom || len(ran) != at+1 {
				t.Errorf("MapSlice() with a failure at %d = %v after %d items, want an ItemError, and no item after it", at, err, len(ran))
			}
			clear(ran)
			err = pool.ForEach(bg, p, endless, func(ctx context.Context, v int) error { _, err := fail(ctx, v); return err }, millrace.WithConcurrency(1))
			if !errors.As(err, &item) || item.Index != at || len(ran) != at+1 {
				t.Errorf("ForEach() with a failure at %d = %v after %d items, want an ItemError, and no item after it", at, err, len(ran))
			}
			p.Close()
		})
	}
}

// After an error no item starts, however trivial the items are and however many of them a
// runner has claimed.
func TestFailFastAmidTrivialItems(t *testing.T) {
	const n = 50_000
	p := pool.New(two)
	defer p.Close()
	for range 20 {
		failed := p.Stats().Failed
		var roles, late atomic.Int32
		var over atomic.Bool
		_, err := pool.MapSlice(bg, p, make([]int, n), func(context.Context, int) (int, error) {
			if over.Load() {
				late.Add(1)
			}
			switch roles.Add(1) {
			case n / 2: // claims are large by now
				for p.Stats().Failed == failed {
					runtime.Gosched()
				}
				over.Store(true)
			case n/2 + 1: // of the other runner: this one waits
				return 0, errBoom
			}
			return 0, nil
		})
		if !errors.Is(err, errBoom) || late.Load() > 0 {
			t.Fatalf("MapSlice: %v, want %v; %d items have started after that", err, errBoom, late.Load())
		}
	}
}

// The failure ends the contexts of the items at work, with itself as the cause.
func TestFailFastCause(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		var cause error
		_, err := pool.MapSlice(bg, p, []int{0, 1}, func(ctx context.Context, v int) (int, error) {
			if v == 1 {
				time.Sleep(time.Second)
				return 0, errBoom
			}
			_, cause = untilEnd(ctx)
			return 0, cause
		})
		wantIs(t, "MapSlice()", err, errBoom)
		wantIs(t, "the cause of the other item's context", cause, errBoom)
		p.Close()
	})
}
