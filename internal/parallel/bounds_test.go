package parallel_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// Never are more items at work than the concurrency, the window and the workers
// allow, and as many are.
func TestConcurrencyIsStrict(t *testing.T) {
	const workers, items = 3, 30
	for _, l := range loops {
		for _, tu := range tunings() {
			inBubble(t, workers, func(t *testing.T, p *sched.Pool) {
				var now, most atomic.Int64
				fn := func(_ context.Context, v int) (int, error) {
					n := now.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					time.Sleep(ms)
					now.Add(-1)
					return v, nil
				}
				start := time.Now()
				collect(l.run(bg, p, upTo(items), fn, tu.config()))
				want := tu.atWork(workers)
				if got := int(most.Load()); got != want {
					t.Errorf("%s, %v: %d items at work, want %d", l.name, tu, got, want)
				}
				if took, want := time.Since(start), time.Duration(items/want)*ms; took != want {
					t.Errorf("%s, %v: takes %v, want %v", l.name, tu, took, want)
				}
			})
		}
	}
}

// Never are more items pulled and not delivered than the window allows, also while
// the body has one, and as many are.
func TestWindowIsStrict(t *testing.T) {
	const workers = 3
	for _, l := range loops {
		for _, tu := range tunings() {
			inBubble(t, workers, func(t *testing.T, p *sched.Pool) {
				most, least := tu.window, tu.window
				if tu.window == 0 {
					most, least = 512, 2*workers
					if tu.concurrency > 0 {
						least = 2 * tu.concurrency
					}
				}
				if l.name == "Flat" && tu.unordered {
					// That a sequence has ended may be known only after its items.
					least -= tu.atWork(workers)
				}
				var pulled, delivered atomic.Int64
				in := func(yield func(int, error) bool) {
					for v := range 1500 {
						if ahead := int(pulled.Add(1) - delivered.Load()); ahead > most {
							t.Errorf("%s, %v: %d items pulled and not delivered, want at most %d", l.name, tu, ahead, most)
						}
						if !yield(v, nil) {
							return
						}
					}
				}
				for v := range l.run(bg, p, in, double, tu.config()) {
					if v%100 == 0 {
						synctest.Wait()
						if ahead := int(pulled.Load() - delivered.Load()); ahead < least && pulled.Load() < 1500 {
							t.Errorf("%s, %v: the input stops %d items ahead, want %d", l.name, tu, ahead, least)
						}
					}
					delivered.Add(1)
				}
				if n := delivered.Load(); n != 1500 {
					t.Errorf("%s, %v: yields %d items, want 1500", l.name, tu, n)
				}
			})
		}
	}
}

// A large window is used to the full when the body needs it.
func TestLargeWindow(t *testing.T) {
	const window = 5000
	for _, l := range loops {
		inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
			pulled := 0
			in := func(yield func(int, error) bool) {
				for v := 0; ; v++ {
					pulled++
					if !yield(v, nil) {
						return
					}
				}
			}
			for range l.run(bg, p, in, double, tuning{window: window}.config()) {
				synctest.Wait()
				break
			}
			if pulled != window {
				t.Errorf("%s: %d items pulled while the first one is in the body, want %d", l.name, pulled, window)
			}
		})
	}
}

// The default window is as small as it may be for slow items and grows when the
// first of them holds up the others.
func TestAdaptiveWindow(t *testing.T) {
	const workers, items = 4, 100
	readAhead := func(p *sched.Pool, fn mapFunc) (most int64) {
		var pulled, delivered atomic.Int64
		in := func(yield func(int, error) bool) {
			for v := range items {
				pulled.Add(1)
				most = max(most, pulled.Load()-delivered.Load())
				if !yield(v, nil) {
					return
				}
			}
		}
		for range parallel.Seq(bg, p, in, fn, newConfig()) {
			delivered.Add(1)
		}
		return most
	}
	inBubble(t, workers, func(t *testing.T, p *sched.Pool) {
		even := readAhead(p, func(_ context.Context, v int) (int, error) {
			time.Sleep(ms)
			return v, nil
		})
		if want := int64(2 * workers); even != want {
			t.Errorf("for items of 1 ms the input is read %d ahead, want %d", even, want)
		}
		uneven := readAhead(p, func(_ context.Context, v int) (int, error) {
			time.Sleep(ms)
			if v%20 == 0 {
				time.Sleep(30 * ms)
			}
			return v, nil
		})
		if uneven < 4*workers {
			t.Errorf("for uneven items the input is read %d ahead, want %d or more", uneven, 4*workers)
		}
	})
}

// A map holds no slot while it has no items to run.
func TestNoSlotWithoutItems(t *testing.T) {
	for _, l := range loops {
		inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
			in := func(yield func(int, error) bool) {
				for v := range 5 {
					if !yield(v, nil) {
						return
					}
					time.Sleep(time.Second)
					if s := p.Stats(); s.Running != 0 {
						t.Errorf("%s: %d slots are held while the input is silent, want none", l.name, s.Running)
					}
				}
			}
			if vs, errs := collect(l.run(bg, p, in, double, newConfig())); len(vs) != 5 || len(errs) != 0 {
				t.Errorf("%s: yields %v and the errors %v, want 5 values", l.name, vs, errs)
			}
		})
	}
}
