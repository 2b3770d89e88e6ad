package queue_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/millrace-go/millrace/internal/queue"
)

// rounds is how many random steps a test against a model takes.
const rounds = 20_000

// A heap is a sorted slice from which any value can be taken out.
func TestHeapIsASortedSlice(t *testing.T) {
	var h queue.Heap[uint64]
	var model []*queue.Item[uint64]
	random := rand.New(rand.NewPCG(1, 2))
	for step := range uint64(rounds) {
		switch n := len(model); {
		case n == 0 || random.IntN(5) < 2:
			order := random.Uint64N(1000)*rounds + step
			item := &queue.Item[uint64]{Value: order, Order: order}
			h.Push(item)
			at, _ := slices.BinarySearchFunc(model, item, byOrder)
			model = slices.Insert(model, at, item)
		case random.IntN(2) == 0:
			if got := pop(&h); got != model[0] {
				t.Fatalf("Pop() = %d, want %d", got.Order, model[0].Order)
			}
			model = model[1:]
		default:
			at := random.IntN(n)
			if item := model[at]; !item.Queued() || !h.Remove(item) || item.Queued() || h.Remove(item) {
				t.Fatalf("Remove of a value that is there, once = false, or true twice")
			}
			model = slices.Delete(model, at, at+1)
		}
		checkHeap(t, &h, model)
	}
}

// pop takes the first item out.
func pop[T any](h *queue.Heap[T]) *queue.Item[T] {
	n := h.First()
	h.Remove(n)
	return n
}

func byOrder(a, b *queue.Item[uint64]) int {
	switch {
	case a.Order < b.Order:
		return -1
	case a.Order > b.Order:
		return 1
	}
	return 0
}

func checkHeap(t *testing.T, h *queue.Heap[uint64], model []*queue.Item[uint64]) {
	t.Helper()
	if h.Len() != len(model) {
		t.Fatalf("Len() = %d, want %d", h.Len(), len(model))
	}
	if len(model) == 0 {
		if h.First() != nil {
			t.Fatal("First() of nothing is something")
		}
		return
	}
	if h.First() != model[0] {
		t.Fatalf("First() = %d, want %d", h.First().Order, model[0].Order)
	}
	before, want := 0, len(model)/2
	if h.Before(model[want].Order, func(uint64) { before++ }); before != want {
		t.Fatalf("Before() is called for %d values, want %d", before, want)
	}
}

// What was taken out is not held on to, while others are there.
func TestHeapForgets(t *testing.T) {
	var h queue.Heap[*[64]int]
	var gone []weak.Pointer[[64]int]
	for i := range 10 {
		value := new([64]int)
		item := &queue.Item[*[64]int]{Value: value, Order: uint64(i)}
		h.Push(item)
		if i%2 == 1 {
			gone = append(gone, weak.Make(value))
			h.Remove(item)
		}
	}
	collected(t, gone)
	if h.Len() != 5 {
		t.Errorf("Len() = %d, want 5", h.Len())
	}
	runtime.KeepAlive(&h)
}

// collected checks that the values are not reachable any more.
func collected[T any](t *testing.T, values []weak.Pointer[T]) {
	t.Helper()
	for range 3 {
		runtime.GC()
	}
	for i, v := range values {
		if v.Value() != nil {
			t.Errorf("value %d of those that were taken out is held on to", i)
		}
	}
}
