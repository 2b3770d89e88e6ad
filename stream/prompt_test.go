package stream_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/stream"
)

// waitless are the stages that may not hold an item back for later ones.
func waitless() []stage {
	return slices.DeleteFunc(slices.Clone(stages), func(st stage) bool {
		return st.name == "Batch_full" || st.name == "Batch_wait"
	})
}

// hurry passes items on at once, through every parallel stage and tuning, and
// every other stage.
func hurry(t *testing.T, fn func(r *rig, over func(s ints) ints)) {
	eachTuning(t, func(t *testing.T, tu tuning) {
		for name, over := range parallelStagesWith(tu, func(context.Context, int) error { return nil }) {
			t.Run(name, func(t *testing.T) {
				inRig(t, 2, func(r *rig) { fn(r, func(s ints) ints { return over(r, s) }) })
			})
		}
	})
	for _, st := range waitless() {
		if slices.ContainsFunc(parallelStages, func(p stage) bool { return p.name == st.name }) {
			continue // these take their time
		}
		t.Run(st.name, func(t *testing.T) {
			inRig(t, 2, func(r *rig) { fn(r, func(s ints) ints { return st.over(r, s) }) })
		})
	}
}

// No item waits for a batch to fill: of a source that yields 100 items and goes
// silent, all are delivered at once, not when it goes on.
func TestNoItemWaitsForABatch(t *testing.T) {
	times := slices.Concat(slices.Repeat([]int{0}, 100), []int{100, 200})
	hurry(t, func(r *rig, over func(s ints) ints) {
		start := time.Now()
		n := 0
		for range over(r.onTime(times...)).All(bg) {
			n++
			if took := time.Since(start); n <= 100 && took > 20*ms {
				r.Fatalf("item %d of a burst of 100 is delivered after %v, want at most 20ms", n, took)
			}
		}
		if n != 102 {
			r.Errorf("All() yields %d items, want 102", n)
		}
	})
}

// An item does not wait for the next.
func TestNoItemWaitsForTheNext(t *testing.T) {
	hurry(t, func(r *rig, over func(s ints) ints) {
		start := time.Now()
		n := 0
		for v := range over(r.onTime(every(50, 2)...)).All(bg) {
			if late := time.Since(start) - time.Duration(v)*2*ms; late != 0 {
				r.Errorf("item %d is delivered %v after it came, want at once", v, late)
			}
			n++
		}
		if n != 50 {
			r.Errorf("All() yields %d items, want 50", n)
		}
	})
}

// A barrier lets no goroutine pass until n are there.
type barrier struct {
	n    int
	mu   sync.Mutex
	here int
	gate chan struct{}
}

func newBarrier(n int) *barrier { return &barrier{n: n, gate: make(chan struct{})} }

func (b *barrier) wait() {
	b.mu.Lock()
	gate := b.gate
	if b.here++; b.here == b.n {
		b.here, b.gate = 0, make(chan struct{})
		close(gate)
	}
	b.mu.Unlock()
	<-gate
}

// Items at work may wait for one another: no worker has claimed an item that waits behind
// another one, also after many cheap items.
func TestItemsMayWaitForOneAnother(t *testing.T) {
	const workers = 4
	for _, cheap := range []int{0, 2003} {
		for _, unordered := range []bool{false, true} {
			var b *barrier
			for name, over := range parallelStagesWith(tuning{unordered: unordered}, func(_ context.Context, v int) error {
				if v >= cheap {
					b.wait()
				}
				return nil
			}) {
				t.Run(name, func(t *testing.T) {
					for kind, from := range map[string]func(n int) ints{
						"FromSeq":   func(n int) ints { return stream.FromSeq(slices.Values(upTo(n))) },
						"FromSlice": func(n int) ints { return stream.FromSlice(upTo(n)) },
					} {
						inRig(t, workers, func(r *rig) {
							b = newBarrier(workers)
							total := cheap + 10*workers
							if n, err := over(r, from(total)).Count(bg); n != total || err != nil {
								t.Errorf("Count() of a %s = %d, %v, want %d, nil", kind, n, err, total)
							}
						})
					}
				})
			}
		}
	}
}

// A switch from cheap to slow items keeps all workers busy: none of them sits on
// a share that was meant for cheap ones.
func TestSwitchToSlowItems(t *testing.T) {
	const workers, cheap, slow = 4, 3001, 40
	for _, unordered := range []bool{false, true} {
		for name, over := range parallelStagesWith(tuning{unordered: unordered}, func(_ context.Context, v int) error {
			if v >= cheap {
				time.Sleep(10 * ms)
			}
			return nil
		}) {
			for kind, s := range map[string]ints{
				"FromSeq":   stream.FromSeq(slices.Values(upTo(cheap + slow))),
				"FromSlice": stream.FromSlice(upTo(cheap + slow)),
			} {
				inRig(t, workers, func(r *rig) {
					start := time.Now()
					if err := over(r, s).Drain(bg); err != nil {
						t.Errorf("Drain() = %v, want nil", err)
					}
					if took, want := time.Since(start), slow/workers*10*ms; took != want {
						t.Errorf("%s of a %s: %d slow items after cheap ones take %v, want %v", name, kind, slow, took, want)
					}
				})
			}
		}
	}
}

// The adaptive window hides slow items from those behind them.
func TestUnevenItems(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	times := make([]time.Duration, 3000)
	for i := range times {
		if times[i] = ms; random.IntN(10) == 0 {
			times[i] = 10 * ms
		}
	}
	takes := func(opts ...millrace.MapOption) (took time.Duration) {
		inRig(t, 64, func(r *rig) {
			start := time.Now()
			s := stream.Map(stream.FromSeq(slices.Values(times)), r.pool, func(_ context.Context, d time.Duration) (int, error) {
				time.Sleep(d)
				return 0, nil
			}, append(opts, millrace.WithConcurrency(32))...)
			if err := s.Drain(bg); err != nil {
				t.Errorf("Drain() = %v, want nil", err)
			}
			took = time.Since(start)
		})
		return took
	}
	ordered, unordered := takes(), takes(millrace.Unordered())
	if float64(ordered) > 1.2*float64(unordered) {
		t.Errorf("items of 1ms and 10ms take %v in order, %v as they complete; want at most 1.2 times", ordered, unordered)
	}
}

// A slow source does not keep back what is finished.
func TestSlowSourceKeepsNothingBack(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		slow := func(_ context.Context, v int) (int, error) { time.Sleep(5 * ms); return v, nil }
		for _, opt := range []millrace.MapOption{nil, millrace.Unordered(), millrace.WithWindow(1)} {
			s := stream.Map(r.onTime(0, 100, 1000), r.pool, slow, opt)
			wantJournal(t, "Map", record(bg, s, 0), "0@5ms", "1@105ms", "2@1.005s", "end@1.005s")
		}
	})
}
