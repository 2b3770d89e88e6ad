package parallel_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// all are the loops over a number of items whose results are not looked at.
var all = map[string]func(ctx context.Context, p *sched.Pool, items int, fn mapFunc, cfg parallel.Config) error{
	"Seq":   over(loops[0]),
	"Keyed": over(loops[1]),
	"Flat":  over(loops[2]),
	"MapSlice": func(ctx context.Context, p *sched.Pool, items int, fn mapFunc, cfg parallel.Config) error {
		in, _ := collect(upTo(items))
		_, err := parallel.MapSlice(ctx, p, in, fn, cfg)
		return err
	},
	"ForEach": func(ctx context.Context, p *sched.Pool, items int, fn mapFunc, cfg parallel.Config) error {
		in, _ := collect(upTo(items))
		return parallel.ForEach(ctx, p, slices.Values(in), func(ctx context.Context, v int) error {
			_, err := fn(ctx, v)
			return err
		}, cfg)
	},
	"ForN": func(ctx context.Context, p *sched.Pool, items int, fn mapFunc, cfg parallel.Config) error {
		return parallel.ForN(ctx, p, items, func(ctx context.Context, i int) error {
			_, err := fn(ctx, i)
			return err
		}, cfg)
	},
}

func over(l loop) func(ctx context.Context, p *sched.Pool, items int, fn mapFunc, cfg parallel.Config) error {
	return func(ctx context.Context, p *sched.Pool, items int, fn mapFunc, cfg parallel.Config) (first error) {
		for _, err := range l.run(ctx, p, upTo(items), fn, cfg) {
			if first == nil {
				first = err
			}
		}
		return first
	}
}

// A barrier lets items pass when n of them have come to it.
type barrier struct {
	n    int
	mu   sync.Mutex
	come int
	open chan struct{}
}

func newBarrier(n int) *barrier { return &barrier{n: n, open: make(chan struct{})} }

func (b *barrier) pass() {
	b.mu.Lock()
	open := b.open
	if b.come++; b.come == b.n {
		close(open)
		b.come, b.open = 0, make(chan struct{})
	}
	b.mu.Unlock()
	<-open
}

// Items that wait for one another do not deadlock, as long as there are no more of
// them than may be at work: also behind so many cheap ones that runners claim blocks,
// and at the end of them.
func TestBarrier(t *testing.T) {
	const cheap = 3000
	for name, run := range all {
		for _, n := range []int{1, 2, 5} {
			for _, unordered := range []bool{false, true} {
				inAndOut(t, n, func(t *testing.T, p *sched.Pool) {
					b := newBarrier(n)
					err := run(bg, p, cheap+5*n, func(_ context.Context, v int) (int, error) {
						if v >= cheap {
							b.pass()
						}
						return v, nil
					}, tuning{unordered: unordered}.config())
					if err != nil {
						t.Errorf("%s, %d at a time: %v", name, n, err)
					}
				})
			}
		}
	}
}

// When cheap items turn slow, all runners work on the slow ones: none has to wait
// for another's block.
func TestCheapToSlow(t *testing.T) {
	const cheap, workers, rounds = 3000, 4, 5
	for name, run := range all {
		inBubble(t, workers, func(t *testing.T, p *sched.Pool) {
			start := time.Now()
			err := run(bg, p, cheap+workers*rounds, func(_ context.Context, v int) (int, error) {
				if v >= cheap {
					time.Sleep(10 * ms)
				}
				return v, nil
			}, newConfig())
			if took, want := time.Since(start), rounds*10*ms; took != want || err != nil {
				t.Errorf("%s: takes %v (%v), want %v", name, took, err, want)
			}
		})
	}
}

// A runner that is stuck in an item does not keep the rest of its block from the
// others.
func TestStuckRunner(t *testing.T) {
	const items, stuck = 3000, 1000
	for name, run := range all {
		inAndOut(t, 2, func(t *testing.T, p *sched.Pool) {
			var others atomic.Int64
			done := make(chan struct{})
			err := run(bg, p, items, func(_ context.Context, v int) (int, error) {
				if v == stuck {
					<-done
				} else if others.Add(1) == items-1 {
					close(done)
				}
				return v, nil
			}, tuning{window: items}.config())
			if err != nil || others.Load() != items-1 {
				t.Errorf("%s: %d others have run (%v), want %d", name, others.Load(), err, items-1)
			}
		})
	}
}

// No item waits for a batch to fill, or for the next one: results are there when
// they are due, however slow the input is.
func TestSilentInput(t *testing.T) {
	const burst = 100
	for _, l := range loops {
		for _, unordered := range []bool{false, true} {
			inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
				var in iter.Seq2[int, error] = func(yield func(int, error) bool) {
					for v := range 3 * burst {
						if v%burst == 0 {
							time.Sleep(100 * ms)
						}
						if !yield(v, nil) {
							return
						}
					}
				}
				start, n := time.Now(), 0
				for range l.run(bg, p, in, double, tuning{unordered: unordered}.config()) {
					if got, want := time.Since(start), time.Duration(n/burst+1)*100*ms; got != want {
						t.Fatalf("%s: result %d comes after %v, want %v", l.name, n, got, want)
					}
					n++
				}
				if n != 3*burst {
					t.Errorf("%s: yields %d results, want %d", l.name, n, 3*burst)
				}
			})
		}
	}
}

// An item that was pulled and not taken keeps its slot, also when all around it have been
// delivered; the input goes on when it was taken.
func TestStragglerWakes(t *testing.T) {
	const items = 10
	for _, l := range loops {
		inBubble(t, 1, func(t *testing.T, p *sched.Pool) {
			errInput := errors.New("input")
			in := func(yield func(int, error) bool) {
				for v := 0; v < items && yield(v, map[bool]error{v%5 != 0: errInput}[true]); v++ {
				}
			}
			vs, errs := collect(l.run(bg, p, in, func(_ context.Context, v int) (int, error) {
				time.Sleep(time.Second) // meanwhile the errors behind it are delivered
				return v, nil
			}, tuning{unordered: true, window: 2}.config()))
			if len(vs) != 2 || len(errs) != items-2 {
				t.Errorf("%s: %d results and %d errors, want 2 and %d", l.name, len(vs), len(errs), items-2)
			}
		})
	}
}

// Errors of the input that no runner has passed yet take memory for no more than a window of them,
// however many have been delivered.
func TestStragglerTakesNoMemory(t *testing.T) {
	const window, items = 4, 1000
	inBubble(t, 1, func(t *testing.T, p *sched.Pool) {
		var pulled atomic.Int64 // beside the item
		then := int64(0)
		in := func(yield func(int, error) bool) {
			for yield(0, map[bool]error{true: errors.New("input")}[pulled.Load() > 0]) && pulled.Load() < items {
				pulled.Add(1)
			}
		}
		_, errs := collect(parallel.Seq(bg, p, in, func(_ context.Context, v int) (int, error) {
			time.Sleep(time.Second) // meanwhile the errors behind it are delivered
			then = pulled.Load()
			return v, nil
		}, tuning{unordered: true, window: window}.config()))
		if then > window || len(errs) != items {
			t.Errorf("%d errors were pulled beside an item, and %d came, want at most %d, and %d", then, len(errs), window, items)
		}
	})
}
