package parallel_test

import (
	"context"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// extremes are numbers as large as there are, and some whose double wraps.
var extremes = []int{math.MaxInt, math.MaxInt/2 + 1, math.MaxInt / 2, 1 << 30}

// Numbers as large as there are behave as large numbers: loops run, end, and can be left.
func TestExtremeNumbers(t *testing.T) {
	const items = 100
	for _, n := range extremes {
		for name, tu := range map[string]tuning{
			"concurrency": {concurrency: n},
			"window":      {window: n},
			"both":        {concurrency: n, window: n},
			"unordered":   {concurrency: n, window: n, unordered: true},
			"workers":     {},
		} {
			workers := 3
			if name == "workers" {
				workers = n
			}
			inBubble(t, workers, func(t *testing.T, p *sched.Pool) {
				for _, l := range loops {
					got, errs := collect(l.run(bg, p, upTo(items), double, tu.config()))
					slices.Sort(got)
					if !slices.Equal(got, doubles(items)) || errs != nil {
						t.Errorf("%s, %s of %d: yields %v, %v", l.name, name, n, got, errs)
					}
					for v := range l.run(bg, p, upTo(items), double, tu.config()) {
						if v == 20 {
							break
						}
					}
				}
				for which, run := range all {
					if err := run(bg, p, items, double, tu.config()); err != nil {
						t.Errorf("%s, %s of %d: %v", which, name, n, err)
					}
				}
			})
		}
	}
}

// No number takes memory before there is something to keep there.
func TestExtremeNumbersTakeNoMemory(t *testing.T) {
	const most = 1 << 20
	p := newPool(2)
	defer p.Close()
	one := doubles(1)
	for _, l := range loops {
		for _, n := range extremes {
			for _, unordered := range []bool{false, true} {
				tu := tuning{concurrency: n, window: n, unordered: unordered}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				for range l.run(bg, p, parallel.WithoutErrors(slices.Values(one)), double, tu.config()) {
				}
				runtime.ReadMemStats(&after)
				if took := after.TotalAlloc - before.TotalAlloc; took > most {
					t.Errorf("%s, %v: one item takes %d bytes, want at most %d", l.name, tu, took, most)
				}
			}
		}
	}
}

// A window that is larger than all there is lets everything be pulled, and no more.
func TestWindowOfEverything(t *testing.T) {
	const items = 5000
	for _, l := range loops {
		inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
			var pulled atomic.Int64
			var in iter.Seq2[int, error] = func(yield func(int, error) bool) {
				for v := range items {
					pulled.Add(1)
					if !yield(v, nil) {
						return
					}
				}
			}
			for range l.run(bg, p, in, double, tuning{window: math.MaxInt}.config()) {
				synctest.Wait()
				if n := pulled.Load(); n != items {
					t.Errorf("%s: %d items are pulled while the first is in the body, want %d", l.name, n, items)
				}
				break
			}
		})
	}
}

// The end of the caller's context acts at once: no item starts after an item has cancelled
// it, wherever in a block that is.
func TestCancelInAnItem(t *testing.T) {
	const items, rounds = 400, 100
	for name, run := range all {
		for _, at := range []int{0, 1, 100, 300} {
			p := newPool(1)
			for range rounds {
				ctx, cancel := context.WithCancel(bg)
				var after atomic.Int64
				cancelled := false
				err := run(ctx, p, items, func(_ context.Context, v int) (int, error) {
					if cancelled {
						after.Add(1)
					}
					if v == at {
						cancel()
						cancelled = true
					}
					return v, nil
				}, tuning{concurrency: 1}.config())
				if n := after.Load(); n != 0 || err == nil {
					t.Fatalf("%s: %d items run after item %d has cancelled the context, and the error is %v", name, n, at, err)
				}
			}
			if err := p.Close(); err != nil {
				t.Errorf("Close() = %v", err)
			}
		}
	}
}

// A key that does not equal itself is the only one of its kind: nobody waits for it, and it
// is forgotten with its item.
func TestKeyedNaN(t *testing.T) {
	type wide [128]float64 // 1 KB
	nan := wide{math.NaN()}
	keyed := func(ctx context.Context, p *sched.Pool, items int, fn mapFunc) iter.Seq2[int, error] {
		return parallel.Keyed(ctx, p, upTo(items), func(int) wide { return nan }, fn, newConfig())
	}
	inBubble(t, 4, func(t *testing.T, p *sched.Pool) {
		start := time.Now()
		collect(keyed(bg, p, 8, func(_ context.Context, v int) (int, error) {
			time.Sleep(ms)
			return v, nil
		}))
		if took := time.Since(start); took != 2*ms {
			t.Errorf("8 items of 4 at a time take %v, want 2ms", took)
		}
	})
	const items = 20_000
	p := newPool(2)
	defer p.Close()
	var before, after runtime.MemStats
	n := 0
	for range keyed(bg, p, items, double) {
		switch n++; n {
		case 100:
			runtime.GC()
			runtime.ReadMemStats(&before)
		case items - 100:
			runtime.GC()
			runtime.ReadMemStats(&after)
		}
	}
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 4<<20 {
		t.Errorf("%d items with keys of 1 KB keep %d bytes", items, kept)
	}
}

// A key of no comparable type is the error of its item, as a panic of the key function is.
func TestKeyedUncomparable(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
		key := func(v int) any {
			if v == 1 {
				return []int{v}
			}
			return v
		}
		got, errs := collect(parallel.Keyed(bg, p, upTo(3), key, double, newConfig()))
		if want := []int{0, 4}; !slices.Equal(got, want) || len(errs) != 1 {
			t.Errorf("yields %v, %v, want %v and an error", got, errs, want)
		}
		if _, ok := errs[0].(*fault.PanicError); !ok {
			t.Errorf("the error is %v, want a fault", fmt.Sprint(errs))
		}
	})
}
