package parallel_test

import (
	"context"
	"iter"
	"runtime"
	"testing"
	"weak"

	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// A loop that goes on does not keep the items and results that it is through with.
func TestNothingIsKept(t *testing.T) {
	type thing struct{ _ [64]byte } // large enough not to share a block
	for _, unordered := range []bool{false, true} {
		p := newPool(2)
		const items = 200
		var ins, outs [items]weak.Pointer[thing]
		in := func(yield func(*thing, error) bool) {
			for i := range ins {
				v := new(thing)
				ins[i] = weak.Make(v)
				if !yield(v, nil) {
					return
				}
			}
		}
		n := 0
		for v := range parallel.Seq(bg, p, in, func(_ context.Context, v *thing) (*thing, error) {
			return new(thing), nil
		}, tuning{unordered: unordered, window: 4}.config()) {
			outs[n] = weak.Make(v)
			v = nil
			if n++; n != items/2 {
				continue
			}
			kept := 0
			if !memory.Freed(func() bool {
				kept = 0
				for i := range n - 10 {
					if outs[i].Value() != nil || ins[i].Value() != nil {
						kept++
					}
				}
				return kept == 0
			}) {
				t.Errorf("unordered %v: %d of %d things are kept, want none", unordered, kept, n)
			}
		}
		if err := p.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	}
}

// A loop that waits for its input keeps nothing at all of what came before.
func TestNothingIsKeptForInput(t *testing.T) {
	type thing struct{ _ [64]byte }
	type sequence = iter.Seq2[*thing, error]
	fn := func(context.Context, *thing) (*thing, error) { return new(thing), nil }
	for name, loop := range map[string]func(p *sched.Pool, in sequence, cfg parallel.Config) sequence{
		"Seq": func(p *sched.Pool, in sequence, cfg parallel.Config) sequence {
			return parallel.Seq(bg, p, in, fn, cfg)
		},
		"Keyed": func(p *sched.Pool, in sequence, cfg parallel.Config) sequence {
			n := 0
			return parallel.Keyed(bg, p, in, func(*thing) int { n++; return n % 3 }, fn, cfg)
		},
		"Flat": func(p *sched.Pool, in sequence, cfg parallel.Config) sequence {
			return parallel.Flat(bg, p, in, func(context.Context, *thing) sequence {
				return func(yield func(*thing, error) bool) {
					for range 2 {
						if !yield(new(thing), nil) {
							return
						}
					}
				}
			}, cfg)
		},
	} {
		for _, unordered := range []bool{false, true} {
			p := newPool(2)
			const items = 20
			var ins [items]weak.Pointer[thing]
			more, gate := make(chan *thing), make(chan struct{})
			in := func(yield func(*thing, error) bool) {
				for i := range ins {
					v := new(thing)
					ins[i] = weak.Make(v)
					if !yield(v, nil) {
						return
					}
				}
				<-gate
				yield(nil, nil)
			}
			go func() {
				defer close(more)
				for v := range loop(p, in, tuning{unordered: unordered}.config()) {
					more <- v
				}
			}()
			var outs []weak.Pointer[thing]
			for range items {
				outs = append(outs, weak.Make(<-more))
				if name == "Flat" {
					outs = append(outs, weak.Make(<-more))
				}
			}
			kept := 0
			if !memory.Freed(func() bool {
				kept = 0
				for _, w := range append(outs, ins[:]...) {
					if w.Value() != nil {
						kept++
					}
				}
				return kept == 0
			}) {
				t.Errorf("%s, unordered %v: %d things are kept, want none", name, unordered, kept)
			}
			close(gate)
			for range more {
			}
			p.Close()
		}
	}
}

// Items cost no allocations. Time stands still, so they are cheap on any machine, and are claimed in blocks.
func TestAllocations(t *testing.T) {
	const items = 20_000
	inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
		in, _ := collect(upTo(items))
		for name, run := range map[string]func(){
			"Seq": func() {
				for range parallel.Seq(bg, p, upTo(items), double, newConfig()) {
				}
			},
			"MapSlice": func() {
				if _, err := parallel.MapSlice(bg, p, in, double, newConfig()); err != nil {
					t.Error(err)
				}
			},
		} {
			if got := testing.AllocsPerRun(5, run) / items; got > 0.02 {
				t.Errorf("%s: %.3f allocations an item, want less than 0.02", name, got)
			}
		}
	})
}

// Large items take memory for those that are there, and not for all that the window has room
// for.
func TestLargeItems(t *testing.T) {
	type large [128 << 10]byte
	const items = 3
	p := newPool(1)
	in := func(yield func(large, error) bool) {
		for i := 0; i < items && yield(large{}, nil); i++ {
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n := 0
	for range parallel.Seq(bg, p, in, func(_ context.Context, v large) (large, error) { return v, nil }, tuning{window: 64}.config()) {
		n++
	}
	runtime.ReadMemStats(&after)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(8<<20); n != items || got > most {
		t.Errorf("%d items of 128 KB take %d bytes, want %d items in at most %d bytes", n, got, items, most)
	}
	p.Close()
}
