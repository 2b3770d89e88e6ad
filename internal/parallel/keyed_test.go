package parallel_test

import (
	"context"
	"errors"
	"iter"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// Items of one key run one at a time and in order; others run beside them. A panic
// of the key function is the item's error.
func TestKeyed(t *testing.T) {
	const items, keys = 200, 5
	for _, tu := range tunings() {
		inBubble(t, 3, func(t *testing.T, p *sched.Pool) {
			rng := rand.New(rand.NewPCG(1, 2))
			var naps [items]time.Duration
			for i := range naps {
				naps[i] = time.Duration(rng.Int64N(int64(3 * ms)))
			}
			var last [keys]int
			var busy [keys]bool
			key := func(v int) int {
				if v%50 == 49 {
					panic("key")
				}
				return v % 7 % keys
			}
			fn := func(_ context.Context, v int) (int, error) {
				k := key(v)
				if busy[k] || v < last[k] { // also a data race, if the key is not held
					t.Errorf("%v: item %d runs beside or after %d of its key", tu, v, last[k])
				}
				busy[k], last[k] = true, v
				time.Sleep(naps[v])
				busy[k] = false
				switch {
				case v%31 == 30:
					panic(v)
				case v%41 == 40:
					return 0, errors.New("item")
				}
				return 2 * v, nil
			}
			vs, errs := collect(parallel.Keyed(bg, p, upTo(items), key, fn, tu.config()))
			want, faults := []int(nil), 0
			for v := range items {
				if v%50 == 49 || v%31 == 30 || v%41 == 40 {
					faults++
				} else {
					want = append(want, 2*v)
				}
			}
			if tu.unordered {
				slices.Sort(vs)
			}
			if !slices.Equal(vs, want) || len(errs) != faults {
				t.Errorf("%v: yields %v and %d errors, want %v and %d", tu, vs, len(errs), want, faults)
			}
		})
	}
}

// A key that is busy for long holds up no other key, however large the window is.
func TestKeyedBehindABusyKey(t *testing.T) {
	const items = 1000
	for _, unordered := range []bool{false, true} {
		inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
			others := 0
			release := make(chan struct{})
			fn := func(_ context.Context, v int) (int, error) {
				if v == 0 {
					<-release
				} else if others++; others == items-1 {
					close(release)
				}
				return v, nil
			}
			key := func(v int) int { return min(v, 1) }
			vs, errs := collect(parallel.Keyed(bg, p, upTo(items), key, fn, tuning{window: items, unordered: unordered}.config()))
			if len(vs) != items || errs != nil {
				t.Errorf("unordered %v: yields %d items, %v, want %d", unordered, len(vs), errs, items)
			}
		})
	}
}

// An input of errors, or mostly of errors, however long, passes in order while
// runners are busy with what is between.
func TestErrorsOfTheInput(t *testing.T) {
	const items = 1200 // more than twice the largest window
	for _, l := range loops {
		for _, every := range []int{2, 100, items} {
			for _, tu := range tunings() {
				p := newPool(2)
				in := iter.Seq2[int, error](func(yield func(int, error) bool) {
					for v := range items {
						var err error
						if v%every != every-1 {
							err = errors.New("input")
						}
						if !yield(v, err) {
							return
						}
					}
				})
				var want []int
				for v := every - 1; v < items; v += every {
					want = append(want, 2*v)
				}
				vs, errs := collect(l.run(bg, p, in, double, tu.config()))
				if tu.unordered {
					slices.Sort(vs)
				}
				if !slices.Equal(vs, want) || len(errs) != items-len(want) {
					t.Errorf("%s, %v, one value in %d: yields %d values and %d errors, want %d and %d", l.name, tu, every,
						len(vs), len(errs), len(want), items-len(want))
				}
				if err := p.Close(); err != nil {
					t.Errorf("Close() = %v", err)
				}
			}
		}
	}
}

// A key that does not equal itself may have a part that is not comparable: it is a key like
// any other of its kind.
func TestKeyedNaNBesideUncomparable(t *testing.T) {
	type key struct {
		f float64
		v any
	}
	inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
		keyOf := func(v int) key {
			if v%2 == 0 {
				return key{f: float64(v)}
			}
			return key{f: math.NaN(), v: []int{v}}
		}
		got, errs := collect(parallel.Keyed(bg, p, upTo(6), keyOf, double, newConfig()))
		if want := doubles(6); !slices.Equal(got, want) || len(errs) != 0 {
			t.Errorf("yields %v, %v, want %v", got, errs, want)
		}
	})
}

// depthSpy is a context that knows how deep the stack was when it was asked for a value.
type depthSpy struct {
	context.Context
	deepest atomic.Int64
}

func (c *depthSpy) Value(key any) any {
	var pcs [2000]uintptr
	c.deepest.Store(max(c.deepest.Load(), int64(runtime.Callers(0, pcs[:]))))
	return c.Context.Value(key)
}

// Items of a key that are refused one after another do not pile up on the stack.
func TestKeyedRefusedInARow(t *testing.T) {
	const items = 500
	o := options.NewPool(nil)
	o.Workers, o.MaxWeight = 1, 1
	p := sched.New(o)
	cfg := tuning{window: 2 * items}.config()
	cfg.PerItem = func(v int) []options.TaskOption {
		if v == 0 {
			return nil
		}
		return []options.TaskOption{options.TaskSetting{Field: options.Weight, N: 2}}
	}
	ctx := &depthSpy{Context: bg}
	pulled := make(chan struct{})
	in := func(yield func(int, error) bool) {
		defer close(pulled)
		upTo(items)(yield)
	}
	fn := func(_ context.Context, v int) (int, error) { <-pulled; return v, nil }
	vs, errs := collect(parallel.Keyed(ctx, p, in, func(int) int { return 0 }, fn, cfg))
	if len(vs) != 1 || len(errs) != items-1 {
		t.Errorf("yields %v and %d errors, want one item and %d errors", vs, len(errs), items-1)
	}
	if deepest := ctx.deepest.Load(); deepest > 200 {
		t.Errorf("%d refused items of a key make a stack of %d calls or more, want at most 200", items-1, deepest)
	}
	p.Close()
}

// An item with a key allocates nothing, whether its key is new, forgotten or busy.
func TestKeyedAllocations(t *testing.T) {
	const few, many = 1000, 11_000
	p := newPool(1)
	for _, keys := range []int{1, 5, 100} {
		of := func(n int) float64 {
			return testing.AllocsPerRun(3, func() {
				for range parallel.Keyed(bg, p, upTo(n), func(v int) int { return v % keys }, double, newConfig()) {
				}
			})
		}
		if got := (of(many) - of(few)) / (many - few); got > 0.2 {
			t.Errorf("an item with one of %d keys makes %v allocations, want at most 0.2", keys, got)
		}
	}
	p.Close()
}
