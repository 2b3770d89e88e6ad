package queue

import "container/heap"

// An Item is the place of one value in a queue. It is embedded in what is queued,
// so that queueing allocates nothing. An item is in at most one queue.
type Item[T any] struct {
	Value T
	Order uint64 // lower first
	index int64  // in a heap, from 1; negative: in the list of a Sorted; 0: nowhere
}

// Queued reports whether the item is in a queue.
func (n *Item[T]) Queued() bool { return n.index != 0 }

// A Heap is a priority queue of items from which any can be taken out. The zero
// value is empty.
type Heap[T any] struct{ nodes nodes[T] }

// Len returns how many items there are.
func (h *Heap[T]) Len() int { return len(h.nodes) }

// First returns the item with the lowest order, or nil.
func (h *Heap[T]) First() *Item[T] {
	if len(h.nodes) == 0 {
		return nil
	}
	return h.nodes[0]
}

// Each calls f with every value, in no order. f must not change the heap.
func (h *Heap[T]) Each(f func(T)) {
	for _, n := range h.nodes {
		f(n.Value)
	}
}

// Push adds n.
func (h *Heap[T]) Push(n *Item[T]) { heap.Push(&h.nodes, n) }

// Remove takes n out. It reports whether n was there.
func (h *Heap[T]) Remove(n *Item[T]) bool {
	i := int(n.index) - 1
	if i < 0 || i >= len(h.nodes) || h.nodes[i] != n {
		return false
	}
	heap.Remove(&h.nodes, i)
	n.index = 0
	if len(h.nodes) == 0 && cap(h.nodes) > few {
		h.nodes = nil // a slice never shrinks
	}
	return true
}

// nodes implements heap.Interface.
type nodes[T any] []*Item[T]

func (s nodes[T]) Len() int           { return len(s) }
func (s nodes[T]) Less(i, j int) bool { return s[i].Order < s[j].Order }

func (s nodes[T]) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = int64(i+1), int64(j+1)
}

func (s *nodes[T]) Push(n any) {
	*s = append(*s, n.(*Item[T]))
	(*s)[len(*s)-1].index = int64(len(*s))
}

func (s *nodes[T]) Pop() any {
	last := len(*s) - 1
	(*s)[last] = nil
	*s = (*s)[:last]
	return nil // Remove knows which it was
}
