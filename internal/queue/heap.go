package queue

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
type Heap[T any] struct{ nodes []*Item[T] }

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

// Before calls f with every value of a lower order, in no order, at the cost of a look at these.
func (h *Heap[T]) Before(order uint64, f func(T)) { h.before(0, order, f) }

func (h *Heap[T]) before(i int, order uint64, f func(T)) {
	if i < len(h.nodes) && h.nodes[i].Order < order {
		f(h.nodes[i].Value)
		h.before(2*i+1, order, f)
		h.before(2*i+2, order, f)
	}
}

// Push adds n.
func (h *Heap[T]) Push(n *Item[T]) {
	h.nodes = append(h.nodes, n)
	h.up(len(h.nodes)-1, n)
}

// Remove takes n out. It reports whether n was there.
func (h *Heap[T]) Remove(n *Item[T]) bool {
	i, last := int(n.index)-1, len(h.nodes)-1
	if i < 0 || i > last || h.nodes[i] != n {
		return false
	}
	n.index = 0
	moved := h.nodes[last]
	h.nodes[last] = nil
	h.nodes = h.nodes[:last]
	if i < last {
		h.down(i, moved)
		h.up(int(moved.index)-1, moved)
	} else if last == 0 && cap(h.nodes) > few {
		h.nodes = nil // a slice never shrinks
	}
	return true
}

// up puts n at place i, or nearer to the root. These are not container/heap's, which calls an
// interface for each step.
func (h *Heap[T]) up(i int, n *Item[T]) {
	for i > 0 && n.Order < h.nodes[(i-1)/2].Order {
		h.put(i, h.nodes[(i-1)/2])
		i = (i - 1) / 2
	}
	h.put(i, n)
}

// down puts n at place i, or further from the root.
func (h *Heap[T]) down(i int, n *Item[T]) {
	for child := 2*i + 1; child < len(h.nodes); child = 2*i + 1 {
		if child+1 < len(h.nodes) && h.nodes[child+1].Order < h.nodes[child].Order {
			child++
		}
		if n.Order <= h.nodes[child].Order {
			break
		}
		h.put(i, h.nodes[child])
		i = child
	}
	h.put(i, n)
}

func (h *Heap[T]) put(i int, n *Item[T]) { h.nodes[i], n.index = n, int64(i+1) }
