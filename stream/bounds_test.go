package stream_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/stream"
)

// A gauge knows how many are in at once, and the most there ever were.
type gauge struct{ now, most atomic.Int64 }

func (g *gauge) enter() (leave func()) {
	g.add(1)
	return func() { g.add(-1) }
}

func (g *gauge) add(by int64) {
	n := g.now.Add(by)
	for most := g.most.Load(); n > most && !g.most.CompareAndSwap(most, n); most = g.most.Load() {
	}
}

// Never are more items at work than the concurrency and the workers allow, and
// all of those are, if the window has room for them.
func TestConcurrencyIsStrict(t *testing.T) {
	const workers, items = 4, 40
	eachTuning(t, func(t *testing.T, tu tuning) {
		most := workers
		for _, n := range []int{tu.concurrency, tu.window} {
			if n > 0 {
				most = min(most, n)
			}
		}
		var g *gauge
		for name, over := range parallelStagesWith(tu, func(context.Context, int) error {
			defer g.enter()()
			time.Sleep(ms)
			return nil
		}) {
			inRig(t, workers, func(r *rig) {
				g = new(gauge)
				start := time.Now()
				r.run(func() {
					want(t, name, must(over(r, stream.FromSeq(r.first(items))).Collect(bg)), upTo(items), tu.unordered)
				})
				if got := int(g.most.Load()); got != most {
					t.Errorf("%s has up to %d items at work, want %d", name, got, most)
				}
				if took := time.Since(start); took != items/time.Duration(most)*ms {
					t.Errorf("%s of %d items, %d at a time, takes %v, want %v", name, items, most, took, items/time.Duration(most)*ms)
				}
			})
		}
	})
}

// The source is never further ahead of what was delivered than the window, and gets that
// far. The item that the loop body has is delivered, and may take a place in the window
// until the body has returned. So may items whose sequences an unordered FlatMap has not
// seen end yet.
func TestWindowIsStrict(t *testing.T) {
	const workers = 3
	eachTuning(t, func(t *testing.T, tu tuning) {
		least, most := windowOf(tu, workers)
		for name, over := range parallelStagesWith(tu, func(context.Context, int) error { return nil }) {
			least := least - 1
			if name == "FlatMap" && tu.unordered {
				least = max(0, least-workers)
			}
			inRig(t, workers, func(r *rig) {
				var l ledger
				r.run(func() {
					for range over(r, l.count(stream.FromSeq(numbers))).Take(10).All(bg) {
						l.delivered++
						if ahead := l.ahead(); ahead > most {
							t.Errorf("%s: the source is %d items ahead, want at most %d", name, ahead, most)
						}
						time.Sleep(ms)
						if ahead := l.ahead(); ahead > most || ahead < least {
							t.Errorf("%s: the source comes to rest %d items ahead, want %d to %d", name, ahead, least, most)
						}
					}
				})
			})
		}
	})
}

// windowOf returns how far a source must come ahead, and may.
func windowOf(tu tuning, workers int) (least, most int) {
	if tu.window > 0 {
		return tu.window, tu.window
	}
	least = 2 * workers
	if tu.concurrency > 0 {
		least = 2 * tu.concurrency
	}
	return least, max(512, least)
}

// The window is strict also while an item holds up those behind it, and where the items
// are errors.
func TestWindowBehindASlowItem(t *testing.T) {
	const workers = 3
	eachTuning(t, func(t *testing.T, tu tuning) {
		if tu.unordered {
			return // nothing holds up the others
		}
		least, most := windowOf(tu, workers)
		for name, over := range parallelStagesWith(tu, func(_ context.Context, v int) error {
			if v == 0 {
				time.Sleep(time.Second)
			}
			return nil
		}) {
			inRig(t, workers, func(r *rig) {
				var l ledger
				odd := stream.Transform(stream.FromSeq(numbers), func(v int) (int, error) {
					if v%2 == 1 {
						return 0, fault(v)
					}
					return v, nil
				})
				ahead := 0
				r.run(func() {
					time.AfterFunc(time.Second-1, func() { ahead = l.ahead() })
					_, _, _ = over(r, l.count(odd)).First(bg)
				})
				if ahead < least || ahead > most {
					t.Errorf("%s: behind a slow item the source comes to rest %d items ahead, want %d to %d", name, ahead, least, most)
				}
			})
		}
	})
}

// Items of a slice are not pulled, but no more of them are begun than the window
// allows.
func TestWindowOfASlice(t *testing.T) {
	eachTuning(t, func(t *testing.T, tu tuning) {
		_, most := windowOf(tu, 3)
		for name := range parallelStagesWith(tu, nil) {
			inRig(t, 3, func(r *rig) {
				var begun atomic.Int64
				s := r.parallel(stream.FromSlice(upTo(1000)), tu, func(context.Context, int) error {
					begun.Add(1)
					return nil
				})[name]
				delivered := 0
				for range s.Take(10).All(bg) {
					delivered++
					time.Sleep(ms)
					if ahead := int(begun.Load()) - delivered; ahead > most {
						t.Errorf("%s: %d items are begun and not delivered, want at most %d", name, ahead, most)
					}
				}
			})
		}
	})
}

// Each stage of a pipeline has a window of its own.
func TestWindowsOfAPipeline(t *testing.T) {
	inRig(t, 4, func(r *rig) {
		var l ledger
		fn := func(_ context.Context, v int) (int, error) { return v, nil }
		s := l.count(stream.FromSeq(numbers))
		for range 3 {
			s = stream.Map(s, r.pool, fn, millrace.WithWindow(4))
		}
		for range s.Take(10).All(bg) {
			l.delivered++
			time.Sleep(ms)
			if got := l.ahead(); got > 12 || got < 9 {
				t.Errorf("above three windows of 4 the source is %d items ahead, want 9 to 12", got)
			}
		}
	})
}

// Items of one key are at work one at a time, in the order of the input, and
// those of other keys pass them.
func TestKeysAreStrict(t *testing.T) {
	eachTuning(t, func(t *testing.T, tu tuning) {
		inRig(t, 4, func(r *rig) {
			const keys = 3
			var gauges [keys]gauge
			var last [keys]int
			fn := func(_ context.Context, v int) (int, error) {
				defer r.call()()
				k := v % keys
				defer gauges[k].enter()()
				if v < last[k] {
					t.Errorf("item %d of key %d begins after item %d", v, k, last[k])
				}
				last[k] = v
				time.Sleep(time.Duration(v%4) * ms)
				return v, nil
			}
			s := stream.MapKeyed(stream.FromSeq(r.first(60)), r.pool, func(v int) int { return v % keys }, fn, tu.options()...)
			r.run(func() { want(t, "MapKeyed", must(s.Collect(bg)), upTo(60), tu.unordered) })
			for k := range gauges {
				if most := gauges[k].most.Load(); most != 1 {
					t.Errorf("up to %d items of key %d are at work at once, want 1", most, k)
				}
			}
		})
	})
}

// An item that waits for its turn holds no slot, and no other key's turn.
func TestWaitingForAKeyHoldsNoSlot(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		key := func(v int) bool { return v < 10 } // ten of one key, then ten of the other
		fn := func(_ context.Context, v int) (int, error) {
			time.Sleep(10 * ms)
			return v, nil
		}
		start := time.Now()
		s := stream.MapKeyed(stream.FromSlice(upTo(20)), r.pool, key, fn)
		want(t, "MapKeyed", must(s.Collect(bg)), upTo(20), false)
		if took := time.Since(start); took != 100*ms {
			t.Errorf("MapKeyed of twice ten items of 10ms takes %v, want 100ms: both keys at once", took)
		}
	})
}
