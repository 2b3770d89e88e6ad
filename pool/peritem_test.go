package pool_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A log is what has started, in order.
type log struct {
	mu  sync.Mutex
	all []int
}

func (l *log) add(v int) {
	l.mu.Lock()
	l.all = append(l.all, v)
	l.mu.Unlock()
}

// numbers returns 0 … n-1.
func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// maps are the maps of package pool over numbers, for items with options of their own.
var maps = map[string]func(p *pool.Pool, n int, fn func(context.Context, int) (int, error), opts ...millrace.MapOption) error{
	"Map": func(p *pool.Pool, n int, fn func(context.Context, int) (int, error), opts ...millrace.MapOption) (first error) {
		next := 0
		for v, err := range pool.Map(bg, p, slices.Values(numbers(n)), fn, opts...) {
			if err != nil && first == nil {
				first = &pool.ItemError{Index: next, Err: err}
			} else if err == nil && v != next {
				return errors.New("out of order")
			}
			next++
		}
		return first
	},
	"MapSlice": func(p *pool.Pool, n int, fn func(context.Context, int) (int, error), opts ...millrace.MapOption) error {
		out, err := pool.MapSlice(bg, p, numbers(n), fn, opts...)
		if err == nil && !slices.Equal(out, numbers(n)) {
			return errors.New("other results")
		}
		return err
	},
	"ForEach": func(p *pool.Pool, n int, fn func(context.Context, int) (int, error), opts ...millrace.MapOption) error {
		return pool.ForEach(bg, p, slices.Values(numbers(n)), func(ctx context.Context, v int) error {
			_, err := fn(ctx, v)
			return err
		}, opts...)
	},
	"ForN": func(p *pool.Pool, n int, fn func(context.Context, int) (int, error), opts ...millrace.MapOption) error {
		return pool.ForN(bg, p, n, func(ctx context.Context, v int) error {
			_, err := fn(ctx, v)
			return err
		}, opts...)
	},
}

// each is PerItem with one option.
func each(option func(v int) millrace.TaskOption) millrace.MapOption {
	return millrace.PerItem(func(v int) []millrace.TaskOption { return []millrace.TaskOption{option(v), nil} })
}

// The sum of the weights of the items at work keeps to the pool's bound.
func TestPerItemWeight(t *testing.T) {
	for name, run := range maps {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(10), millrace.WithMaxWeight(10))
			defer p.Close()
			var g gauge
			start := time.Now()
			err := run(p, 12, func(_ context.Context, v int) (int, error) {
				g.add(int64(v%3) * 5)
				time.Sleep(time.Second)
				g.add(-int64(v%3) * 5)
				return v, nil
			}, each(func(v int) millrace.TaskOption { return millrace.WithWeight(int64(v%3) * 5) }))
			if most := g.peak.Load(); most != 10 || err != nil {
				t.Errorf("%s: a weight of %d at work (%v), want 10", name, most, err)
			}
			if took := time.Since(start); took < 6*time.Second || took > 8*time.Second {
				t.Errorf("%s: items of a weight of 60 take %v, want 6s to 8s", name, took)
			}
		})
	}
}

// Items of equal keys run one at a time, in their order, and hold up no others, also if
// fewer are at work at once than wait for their keys.
func TestPerItemKey(t *testing.T) {
	for name, run := range maps {
		for _, opts := range [][]millrace.MapOption{nil, {millrace.WithConcurrency(2)}} {
			bubble.Run(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(10))
				defer p.Close()
				var started log
				start := time.Now()
				err := run(p, 4, func(_ context.Context, v int) (int, error) {
					started.add(v)
					time.Sleep(time.Second)
					return v, nil
				}, append(opts, each(func(v int) millrace.TaskOption { return millrace.WithKey(v < 3) }))...)
				if took := time.Since(start); took != 3*time.Second || err != nil {
					t.Errorf("%s: three items of a key and another take %v (%v), want 3s", name, took, err)
				}
				if i := slices.Index(started.all, 3); i > 1 {
					t.Errorf("%s: items start in the order %v, want 3 beside 0", name, started.all)
				}
				if of := slices.DeleteFunc(started.all, func(v int) bool { return v == 3 }); !slices.IsSorted(of) {
					t.Errorf("%s: items of a key start in the order %v, want input order", name, of)
				}
			})
		}
	}
}

// Items start by their priorities, as far as the window lets them be pulled.
func TestPerItemPriority(t *testing.T) {
	for name, run := range maps {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			defer p.Close()
			release := blocker(p, 1)
			time.AfterFunc(time.Second, release)
			var started log
			err := run(p, 8, func(_ context.Context, v int) (int, error) {
				started.add(v)
				return v, nil
			}, each(func(v int) millrace.TaskOption { return millrace.WithPriority(v) }), millrace.WithWindow(4))
			if err != nil || len(started.all) != 8 || !slices.Equal(started.all[:1], []int{3}) {
				t.Errorf("%s: items start in the order %v (%v), want 3 first", name, started.all, err)
			}
		})
	}
}

// An item's time-out is its own, and its cause says how long it was.
func TestPerItemTimeout(t *testing.T) {
	for name, run := range maps {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two)
			defer p.Close()
			err := run(p, 2, func(ctx context.Context, v int) (int, error) {
				select {
				case <-ctx.Done():
					return v, context.Cause(ctx)
				case <-time.After(time.Minute):
					return v, nil
				}
			}, each(func(v int) millrace.TaskOption { return millrace.WithTimeout(time.Duration(v+1) * 40 * time.Second) }))
			var item *pool.ItemError
			var timeout *future.TimeoutError
			if !errors.As(err, &item) || item.Index != 0 || !errors.As(err, &timeout) || timeout.After != 40*time.Second {
				t.Errorf("%s: %v, want a time-out after 40s of item 0", name, err)
			}
		})
	}
}

// An item that can never run is an error in its place, as is one whose options cannot be had;
// the other items run.
func TestPerItemNeverRuns(t *testing.T) {
	for _, opts := range [][]millrace.MapOption{nil, {millrace.Unordered()}, {millrace.WithConcurrency(1)}} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(two, millrace.WithMaxWeight(5))
			defer p.Close()
			heavy, panicked, fine := 0, 0, 0
			for _, err := range pool.Map(bg, p, slices.Values(numbers(10)), func(_ context.Context, v int) (int, error) { return v, nil },
				append(opts, each(func(v int) millrace.TaskOption {
					if v == 7 {
						panic("options")
					}
					return millrace.WithWeight(int64(v))
				}))...) {
				var fault *future.PanicError
				switch {
				case errors.Is(err, pool.ErrTooHeavy) && errors.Is(err, future.ErrCancelled):
					heavy++
				case errors.As(err, &fault) && fault.Value == "options":
					panicked++
				case err == nil:
					fine++
				}
			}
			if heavy != 3 || panicked != 1 || fine != 6 {
				t.Errorf("%d too heavy, %d panics, %d fine, want 3, 1, 6", heavy, panicked, fine)
			}
		})
	}
}

// The window is as strict as always, and what is at work keeps to the concurrency.
func TestPerItemBounds(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(10))
		defer p.Close()
		var g gauge
		pulled := 0
		var delivered atomic.Int64
		in := func(yield func(int) bool) {
			for v := range 100 {
				if pulled++; pulled-int(delivered.Load()) > 5 {
					t.Errorf("%d items pulled and %d delivered, want a window of 5", pulled, delivered.Load())
				}
				if !yield(v) {
					return
				}
			}
		}
		for range pool.Map(bg, p, in, func(_ context.Context, v int) (int, error) {
			g.add(1)
			time.Sleep(time.Duration(v%3) * time.Second)
			g.add(-1)
			return v, nil
		}, each(func(v int) millrace.TaskOption { return millrace.WithPriority(v % 5) }), millrace.WithConcurrency(3), millrace.WithWindow(5)) {
			delivered.Add(1)
		}
		if most := g.peak.Load(); most != 3 || delivered.Load() != 100 {
			t.Errorf("%d items at work and %d delivered, want 3 and 100", most, delivered.Load())
		}
	})
}

// Options for items of another type are a mistake, which the call reports.
func TestPerItemOfAnotherType(t *testing.T) {
	p := pool.New(one)
	defer p.Close()
	wrong := millrace.PerItem(func(string) []millrace.TaskOption { return nil })
	for name, run := range maps {
		func() {
			defer func() {
				want := "pool: " + name + ": PerItem for items of type string, want int"
				if got := recover(); got != want {
					t.Errorf("%s with options for strings panics with %q, want %q", name, got, want)
				}
			}()
			_ = run(p, 1, func(_ context.Context, v int) (int, error) { return v, nil }, wrong)
		}()
	}
	// A task of Reduce is for many items.
	wantPanic(t, func() {
		sum := func(_ context.Context, a, b int) (int, error) { return a + b, nil }
		pool.Reduce(bg, p, []int{1}, sum, millrace.PerItem(func(int) []millrace.TaskOption { return nil }))
	}, "pool: Reduce: PerItem: a run of neighbours has the options")
	defer func() {
		if recover() == nil {
			t.Error("PerItem(nil) does not panic")
		}
	}()
	millrace.PerItem[int](nil)
}

// A Goexit of the function ends the map and goes on in its caller.
func TestPerItemThatExits(t *testing.T) {
	for name, run := range maps {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(one)
			var items gauge
			recovered, returned := scopeThatExits(func() {
				_ = run(p, 3, func(ctx context.Context, v int) (int, error) {
					items.add(1)
					defer items.add(-1)
					<-ctx.Done()
					return v, nil
				}, millrace.PerItem(func(v int) []millrace.TaskOption {
					if v == 1 {
						runtime.Goexit()
					}
					return nil
				}))
			})
			if recovered != nil || returned || items.now.Load() != 0 {
				t.Errorf("%s with options that call Goexit: recovered %v, returned %v, %d items at work, want a Goexit and none", name, recovered, returned, items.now.Load())
			}
			p.Close()
		})
	}
}

// The error is that of the item which failed first, though many others fail because of it
// before anybody has been told.
func TestPerItemFirstError(t *testing.T) {
	const n = 64
	for name, run := range maps {
		if name == "Map" {
			continue // it goes on after an error
		}
		for range 20 {
			p := pool.New(millrace.WithWorkers(n))
			var started sync.WaitGroup
			started.Add(n)
			err := run(p, n, func(ctx context.Context, v int) (int, error) {
				started.Done()
				started.Wait()
				if v == n-1 {
					return 0, errBoom
				}
				<-ctx.Done()
				return 0, context.Cause(ctx)
			}, each(func(v int) millrace.TaskOption { return millrace.WithTimeout(time.Hour) }))
			if item, ok := errors.AsType[*pool.ItemError](err); ok && item.Index != n-1 || !errors.Is(err, errBoom) {
				t.Errorf("%s: %v, want that of item %d", name, err, n-1)
			}
			p.Close()
		}
	}
}

// An item with the key of the task that maps could never run. It fails; the others run.
func TestPerItemWithTheKeyOfTheCaller(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		defer p.Close()
		key := each(func(v int) millrace.TaskOption { return millrace.WithKey(v) })
		slow := func(context.Context, int) (int, error) { time.Sleep(time.Second); return 0, nil } // others wait when item 2 is found
		wantValue(t, "the task", pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			n := 0
			for _, err := range pool.Map(ctx, p, slices.Values(numbers(6)), slow, key) {
				if errors.Is(err, future.ErrDeadlock) != (n == 2) || err != nil && n != 2 {
					t.Errorf("item %d: %v, want ErrDeadlock of item 2 alone", n, err)
				}
				n++
			}
			return n, nil
		}, millrace.WithKey(2)), 6)
	})
}
