package stream_test

import (
	"context"
	"runtime"
	"testing"
	"weak"

	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A load is large enough to be an object of its own.
type load [64]int

// Nothing holds an item once its run has ended: not the stream, nor the pool and
// its workers, which live on.
func TestNothingIsRetained(t *testing.T) {
	p := pool.New()
	defer p.Close()
	id := func(_ context.Context, l *load) (*load, error) { return l, nil }
	self := func(l *load) *load { return l }
	for name, over := range map[string]func(s stream.Stream[*load]) stream.Stream[*load]{
		"Map":      func(s stream.Stream[*load]) stream.Stream[*load] { return stream.Map(s, p, id) },
		"MapKeyed": func(s stream.Stream[*load]) stream.Stream[*load] { return stream.MapKeyed(s, p, self, id) },
		"Buffer":   func(s stream.Stream[*load]) stream.Stream[*load] { return s.Buffer(3) },
		"Batch":    func(s stream.Stream[*load]) stream.Stream[*load] { return stream.Flatten(stream.Batch(s, 3, 0)) },
	} {
		for _, take := range []int{1, 1000} {
			var all []weak.Pointer[load]
			s := over(stream.FromSeq(func(yield func(*load) bool) {
				for range 100 {
					l := new(load)
					all = append(all, weak.Make(l))
					if !yield(l) {
						return
					}
				}
			})).Take(take)
			if err := s.Drain(bg); err != nil {
				t.Errorf("Drain() = %v, want nil", err)
			}
			if left := alive(all); left > 0 {
				t.Errorf("%s.Take(%d): %d of %d items are held after the run, want none", name, take, left, len(all))
			}
			runtime.KeepAlive(s)
		}
	}
}

// alive returns how many objects the collector cannot free.
func alive(all []weak.Pointer[load]) (n int) {
	memory.Freed(func() bool {
		n = 0
		for _, p := range all {
			if p.Value() != nil {
				n++
			}
		}
		return n == 0
	})
	return n
}

// A long run does not gather what it has delivered.
func TestDeliveredItemsAreReleased(t *testing.T) {
	p := pool.New()
	defer p.Close()
	endless := stream.FromSeq(func(yield func(*load) bool) {
		for yield(new(load)) {
		}
	})
	id := func(_ context.Context, l *load) (*load, error) { return l, nil }
	var all []weak.Pointer[load]
	for l, err := range stream.Map(endless, p, id).All(bg) {
		if err != nil {
			t.Fatalf("All() yields %v, want no error", err)
		}
		if all = append(all, weak.Make(l)); len(all) == 10_000 {
			break
		}
		if len(all) == 5000 {
			if left := alive(all[:1000]); left > 0 {
				t.Errorf("%d of the first 1000 items are held when 5000 have been delivered, want none", left)
			}
		}
	}
}

// What carries items between goroutines does not hold those that it has passed
// on, also while nothing more comes.
func TestBoundariesHoldNoDeliveredItems(t *testing.T) {
	type loads = stream.Stream[*load]
	const n = 100
	for name, over := range map[string]func(s loads) loads{
		"Buffer(1)":    func(s loads) loads { return s.Buffer(1) },
		"Buffer(1000)": func(s loads) loads { return s.Buffer(1000) },
		"Merge":        func(s loads) loads { return stream.Merge(s, loads{}) },
		"Zip": func(s loads) loads {
			pairs := stream.Zip(stream.FromSeq(numbers), s)
			return stream.Transform(pairs, func(p stream.Pair[int, *load]) (*load, error) { return p.Second, nil })
		},
		"Batch(10, 0)": func(s loads) loads { return stream.Flatten(stream.Batch(s, 10, 0)) },
	} {
		var all [n]weak.Pointer[load] // written above the boundary, before the item is passed on
		pulled := 0
		s := over(stream.FromFunc(func(ctx context.Context) (*load, error) {
			if pulled == n {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			l := new(load)
			all[pulled] = weak.Make(l)
			pulled++
			return l, nil
		}))
		passed := 0
		for range s.All(bg) {
			if passed++; passed == n {
				break
			}
			if passed == n/2 {
				if left := alive(all[:passed-11]); left > 0 { // the last batch is whole until it is flattened
					t.Errorf("%s: %d items that were delivered are held, want none", name, left)
				}
			}
		}
	}
}
