package queue_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/internal/queue"
)

// Whatever is pushed, in order or not, and taken out, the queue is as a sorted slice.
func TestSortedIsASortedSlice(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		disorder := random.IntN(3) * 20 // per cent of the pushes
		var s queue.Sorted[uint64]
		var model []*queue.Item[uint64]
		next := uint64(0)
		for range 300 {
			switch random.IntN(5) {
			case 0, 1, 2:
				next++
				n := &queue.Item[uint64]{Value: next, Order: next}
				if random.IntN(100) < disorder {
					n.Order = random.Uint64N(next)
				}
				s.Push(n)
				model = append(model, n)
			case 3:
				if len(model) > 0 {
					i := random.IntN(len(model))
					if n := model[i]; !n.Queued() || !s.Remove(n) || n.Queued() || s.Remove(n) {
						t.Fatalf("seed %d: an item that is there is not removed, or twice", seed)
					}
					model = slices.Delete(model, i, i+1)
				}
			case 4:
				if len(model) > 0 {
					n := s.Pop()
					i := slices.Index(model, n)
					if i < 0 {
						t.Fatalf("seed %d: Pop() returns what is not there", seed)
					}
					if first := slices.MinFunc(model, byOrder); n.Order != first.Order {
						t.Fatalf("seed %d: Pop() = %d, want %d", seed, n.Order, first.Order)
					}
					model = slices.Delete(model, i, i+1)
				}
			}
			checkSorted(t, &s, model)
		}
	}
}

func checkSorted(t *testing.T, s *queue.Sorted[uint64], model []*queue.Item[uint64]) {
	t.Helper()
	if s.Len() != len(model) {
		t.Fatalf("Len() = %d, want %d", s.Len(), len(model))
	}
	if first := s.First(); len(model) == 0 && first != nil || len(model) > 0 && first.Order != slices.MinFunc(model, byOrder).Order {
		t.Fatalf("First() = %v, want the item with the lowest order, or nil", first)
	}
	var got, want []uint64
	s.Each(func(v uint64) { got = append(got, v) })
	for _, n := range model {
		want = append(want, n.Value)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("Each() gives %v, want %v", got, want)
	}
	first, any := uint64(0), false
	for _, n := range model {
		if n.Value%3 > 0 && (!any || n.Order < first) {
			first, any = n.Order, true
		}
	}
	if order, ok := s.FirstOf(func(v uint64) bool { return v%3 > 0 }); order != first || ok != any {
		t.Fatalf("FirstOf() = %d, %t, want %d, %t", order, ok, first, any)
	}
}

// Of equal order, what was pushed first comes first.
func TestSortedIsStable(t *testing.T) {
	var s queue.Sorted[int]
	for i := range 10 {
		s.Push(&queue.Item[int]{Value: i, Order: 7})
	}
	for i := range 10 {
		if v := s.Pop().Value; v != i {
			t.Errorf("Pop() number %d = %d, want its number", i, v)
		}
	}
}

// Items that are taken out do not keep one another.
func TestSortedForgets(t *testing.T) {
	var s queue.Sorted[*[64]byte]
	var gone []weak.Pointer[queue.Item[*[64]byte]]
	kept := &queue.Item[*[64]byte]{Order: 5}
	for i := range uint64(10) {
		n := &queue.Item[*[64]byte]{Order: i}
		if i == 5 {
			n = kept
		} else {
			gone = append(gone, weak.Make(n))
		}
		s.Push(n)
	}
	for s.Len() > 0 {
		s.Pop()
	}
	runtime.GC()
	for i, p := range gone {
		if p.Value() != nil {
			t.Errorf("item %d is kept", i)
		}
	}
	runtime.KeepAlive(kept)
}

// A queue that is never empty gives the room back that it once needed, and then allocates
// nothing.
func TestSortedGivesRoomBack(t *testing.T) {
	const n = 100_000
	items := make([]queue.Item[int], n)
	var s queue.Sorted[int]
	before := memory.InUse()
	for i := range items {
		items[i].Order = uint64(i)
		s.Push(&items[i])
	}
	for s.Len() > 10 {
		s.Pop()
	}
	turn := func() {
		next := s.Pop()
		next.Order += n
		s.Push(next)
	}
	for range n {
		turn()
	}
	if after := memory.InUse(); after > before+64<<10 {
		t.Errorf("a queue of 10 values that has had %d holds %d bytes", n, after-before)
	}
	if got := testing.AllocsPerRun(1000, turn); got > 0 {
		t.Errorf("a value that goes and one that comes allocate %v times, want 0", got)
	}
	runtime.KeepAlive(&s)
	runtime.KeepAlive(items)
}
