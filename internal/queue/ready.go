package queue

// A Ready holds what may start, in the order in which it is to start: by
// priority, highest first; within a priority flows take turns, one each; within
// a flow by order. Values without a flow are one flow, the nil one. The zero value is
// empty.
//
// Values of priority 0 without a flow that come in order may be kept in a list
// outside, which costs less; Next is told of the first of them.
type Ready[T any] struct {
	levels Heap[*level[T]]       // that hold something, highest priority first
	byNum  index[int, *level[T]] // these, and a few that are empty
	spare  *lane[T]              // the last one of a flow that became empty
	n      int
}

// A Node is the place of one value in a Ready. Its Item's Order is that of the
// value in its flow.
type Node[T any] struct {
	Item[T]
	lane *lane[T]
}

// A level is the lanes of one priority.
type level[T any] struct {
	item     Item[*level[T]]
	priority int
	turns    rotation[T]
	byFlow   index[any, *lane[T]]
	none     lane[T] // of the nil flow
}

// A lane is what waits of one flow. It takes part in the turns while it is not
// empty.
type lane[T any] struct {
	level      *level[T]
	flow       any
	nodes      Sorted[T]
	next, prev *lane[T] // in the rotation; nil: not there
	restored   bool     // it is one of the first lanes, those that restore has put there
}

// Len returns how many nodes there are.
func (r *Ready[T]) Len() int { return r.n }

// Push adds n.
func (r *Ready[T]) Push(n *Node[T], priority int, flow any) {
	l := r.level(priority)
	la := r.laneOf(l, flow)
	la.nodes.Push(&n.Item)
	n.lane = la
	l.turns.join(la)
	r.n++
}

// Return is Push of a node that Took has taken out, and that could not start: its flow has the
// turn again. Of several nodes that are returned the first comes first.
func (r *Ready[T]) Return(n *Node[T], priority int, flow any) {
	r.Push(n, priority, flow)
	n.lane.level.turns.restore(n.lane)
}

// Remove takes n out. It reports whether n was there.
func (r *Ready[T]) Remove(n *Node[T]) bool {
	la := n.lane
	if la == nil || !la.nodes.Remove(&n.Item) {
		return false
	}
	n.lane = nil
	r.n--
	if la.nodes.Len() == 0 {
		r.leave(la)
	}
	return true
}

// Next returns the value whose turn it is, and leaves it there. list is the order
// of the first value that is kept outside, if listed says that there is one; false
// says that it is that one's turn, or that there is nothing.
func (r *Ready[T]) Next(list uint64, listed bool) (v T, ok bool) {
	if r.n == 0 {
		return v, false
	}
	l := r.top(listed)
	outside := listed && l.priority == 0
	switch {
	case listed && l.priority < 0:
		return v, false
	case outside:
		l.turns.join(&l.none)
	}
	la := l.turns.first
	first := la.nodes.First()
	if la == &l.none && outside && (first == nil || list < first.Order) {
		return v, false
	}
	return first.Value, true
}

// top returns the level of the highest priority. A lane that took part in its turns
// for values outside, which are gone, is taken out. There must be a node.
func (r *Ready[T]) top(listed bool) *level[T] {
	for {
		l := r.levels.First().Value
		if listed && l.priority == 0 || l.none.next == nil || l.none.nodes.Len() > 0 {
			return l
		}
		r.leave(&l.none)
	}
}

// Priority returns the highest priority that there is, with a value kept outside if
// listed. It reports false if there is nothing.
func (r *Ready[T]) Priority(listed bool) (int, bool) {
	if r.n == 0 {
		return 0, listed
	}
	p := r.top(listed).priority
	if listed {
		p = max(p, 0)
	}
	return p, true
}

// Took says that n, which Next has returned, starts, or, if it is nil, the first
// of those outside: the turn passes on. n is taken out.
func (r *Ready[T]) Took(n *Node[T]) {
	if n != nil {
		n.lane.level.turns.pass(n.lane)
		r.Remove(n)
		return
	}
	if l := r.byNum.of[0]; l != nil && l.none.next != nil {
		l.turns.pass(&l.none)
		if l.none.nodes.Len() == 0 {
			r.leave(&l.none)
		}
	}
}

// Each calls f with every value, in no order. f must not change the queue.
func (r *Ready[T]) Each(f func(T)) {
	r.levels.Each(func(l *level[T]) {
		l.none.nodes.Each(f)
		for _, la := range l.byFlow.of {
			la.nodes.Each(f)
		}
	})
}

func (r *Ready[T]) level(priority int) *level[T] {
	l := r.byNum.of[priority]
	if l == nil {
		l = &level[T]{priority: priority}
		l.none.level = l
		l.item.Value, l.item.Order = l, ^(uint64(priority) ^ 1<<63)
		r.byNum.add(priority, l)
	}
	if !l.item.Queued() {
		r.levels.Push(&l.item)
	}
	return l
}

func (r *Ready[T]) laneOf(l *level[T], flow any) *lane[T] {
	if flow == nil {
		return &l.none
	}
	if la := l.byFlow.of[flow]; la != nil {
		return la
	}
	la := r.spare
	if r.spare = nil; la == nil {
		la = new(lane[T])
	}
	la.level, la.flow = l, flow
	l.byFlow.add(flow, la)
	return la
}

// leave takes a lane that has become empty out of the turns, and forgets it, if it is one of
// a flow, and its level, unless that is one of a few.
func (r *Ready[T]) leave(la *lane[T]) {
	l := la.level
	l.turns.leave(la)
	if la.flow != nil {
		l.byFlow.remove(la.flow)
		la.level, la.flow = nil, nil
		r.spare = la
	}
	if l.turns.first != nil {
		return
	}
	r.levels.Remove(&l.item)
	if len(r.byNum.of) > few {
		r.byNum.remove(l.priority)
	}
}

// A rotation is lanes that take turns: the first one is next, a new one comes last.
type rotation[T any] struct{ first *lane[T] }

func (r *rotation[T]) join(la *lane[T]) {
	switch {
	case la.next != nil:
	case r.first == nil:
		la.next, la.prev = la, la
		r.first = la
	default:
		last := r.first.prev
		la.next, la.prev = r.first, last
		last.next, r.first.prev = la, la
	}
}

func (r *rotation[T]) leave(la *lane[T]) {
	switch {
	case la.next == nil:
		return
	case la.next == la:
		r.first = nil
	default:
		la.prev.next, la.next.prev = la.next, la.prev
		if r.first == la {
			r.first = la.next
		}
	}
	la.next, la.prev, la.restored = nil, nil, false
}

// pass makes the lane the last one.
func (r *rotation[T]) pass(la *lane[T]) {
	if la.restored = false; r.first == la {
		r.first = la.next
		return
	}
	r.leave(la)
	r.join(la)
}

// restore puts the lane before all others but those that it has put there before.
func (r *rotation[T]) restore(la *lane[T]) {
	if la.restored {
		return
	}
	r.leave(la)
	first := r.first
	for first != nil && r.first.restored {
		if r.first = r.first.next; r.first == first {
			break
		}
	}
	r.join(la) // last, before r.first
	if la.restored = true; first != nil && first.restored {
		r.first = first
	} else {
		r.first = la
	}
}
