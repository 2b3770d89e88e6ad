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

// Push adds n.
func (h *Heap[T]) Push(n *Item[T]) {
	h.nodes = append(h.nodes, n)
	n.index = int64(len(h.nodes))
	h.up(len(h.nodes) - 1)
}

// Remove takes n out. It reports whether n was there.
func (h *Heap[T]) Remove(n *Item[T]) bool {
	i := int(n.index) - 1
	if i < 0 || i >= len(h.nodes) || h.nodes[i] != n {
		return false
	}
	last := len(h.nodes) - 1
	h.swap(i, last)
	h.nodes[last] = nil
	h.nodes = h.nodes[:last]
	n.index = 0
	if last == 0 && cap(h.nodes) > few {
		h.nodes = nil // a slice never shrinks
	} else if i < last {
		h.down(i)
		h.up(i)
	}
	return true
}

func (h *Heap[T]) swap(i, j int) {
	h.nodes[i], h.nodes[j] = h.nodes[j], h.nodes[i]
	h.nodes[i].index, h.nodes[j].index = int64(i+1), int64(j+1)
}

func (h *Heap[T]) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if h.nodes[parent].Order <= h.nodes[i].Order {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h *Heap[T]) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.nodes); child++ {
			if h.nodes[child].Order < h.nodes[least].Order {
				least = child
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}
