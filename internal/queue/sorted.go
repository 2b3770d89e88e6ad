package queue

// A Sorted holds items by their order, and any can be taken out. Those that are pushed in
// order, which is nearly all of them, stand in a slice, with gaps where one was taken out;
// only the others are in a heap. The zero value is empty.
type Sorted[T any] struct {
	list  []*Item[T] // pushed in order, from first on; there is no gap there
	first int
	base  int64   // how many have been taken from before list[0]
	n     int     // items in list
	last  uint64  // the order of the last one
	late  Heap[T] // the others
}

// keepRoom is how much room an empty queue keeps.
const keepRoom = 16

// Len returns how many items there are.
func (s *Sorted[T]) Len() int { return s.n + s.late.Len() }

// First returns the item with the lowest order, or nil.
func (s *Sorted[T]) First() *Item[T] {
	late := s.late.First()
	switch {
	case s.n == 0:
		return late
	case late == nil || s.list[s.first].Order <= late.Order:
		return s.list[s.first]
	}
	return late
}

// Each calls f with every value, in no order. f must not change the queue.
func (s *Sorted[T]) Each(f func(T)) {
	for _, n := range s.list {
		if n != nil {
			f(n.Value)
		}
	}
	s.late.Each(f)
}

// FirstOf returns the lowest order of the values that count. It looks at the others only if the
// first does not count.
func (s *Sorted[T]) FirstOf(counts func(T) bool) (order uint64, ok bool) {
	look := func(n *Item[T]) {
		if n != nil && (!ok || n.Order < order) && counts(n.Value) {
			order, ok = n.Order, true
		}
	}
	if look(s.First()); ok {
		return order, true
	}
	for _, n := range s.list {
		look(n)
	}
	for _, n := range s.late.nodes {
		look(n)
	}
	return order, ok
}

// Push adds n.
func (s *Sorted[T]) Push(n *Item[T]) {
	if s.n > 0 && n.Order < s.last {
		s.late.Push(n)
		return
	}
	s.add(n)
}

// add puts n behind the list. Its index is negative, and says where it stands.
func (s *Sorted[T]) add(n *Item[T]) {
	if room := cap(s.list); s.first > 0 && s.first >= room/2 && len(s.list) == room {
		to, rest := s.list, s.list[s.first:]
		if len(rest) < room/8 {
			to = make([]*Item[T], room/4) // or else it would keep the room that it once needed
		}
		clear(to[copy(to, rest):])
		s.list, s.first, s.base = to[:len(rest)], 0, s.base+int64(s.first)
	}
	n.index = -1 - s.base - int64(len(s.list))
	s.list = append(s.list, n)
	s.last = n.Order
	s.n++
}

// Remove takes n out. It reports whether n was there.
func (s *Sorted[T]) Remove(n *Item[T]) bool {
	if n.index >= 0 {
		return s.late.Remove(n)
	}
	i := -1 - n.index - s.base
	if i < 0 || i >= int64(len(s.list)) || s.list[i] != n {
		return false
	}
	s.list[i], n.index = nil, 0
	s.n--
	s.trim()
	return true
}

// trim removes gaps at the beginning of the list, and all gaps if they are most of it.
func (s *Sorted[T]) trim() {
	switch {
	case s.n == 0:
		if s.list, s.first = s.list[:0], 0; cap(s.list) > keepRoom {
			s.list = nil
		}
		return
	case len(s.list) > keepRoom && s.n < (len(s.list)-s.first)/2:
		old := s.list[s.first:]
		s.list, s.first, s.n = make([]*Item[T], 0, s.n), 0, 0
		for _, n := range old {
			if n != nil {
				s.add(n)
			}
		}
		return
	}
	for s.list[s.first] == nil {
		s.first++
	}
}

// Pop takes the first item out. There must be one.
func (s *Sorted[T]) Pop() *Item[T] {
	n := s.First()
	s.Remove(n)
	return n
}
