package queue

// A Ready holds what may start, in the order in which it is to start: by
// priority, highest first; within a priority flows take turns, one each; within
// a flow by order. Values without a flow are one flow, the nil one. The zero value is
// empty.
//
// It is the turn of the flow whose last turn is longest ago; a flow that is new comes after
// those that are there. So between two turns of a flow each other one that waits has one.
//
// Several queues can share turns, see Under: a flow has them wherever its values wait.
//
// Values of priority 0 without a flow that come in order may be kept in a list
// outside, which costs less; Next is told of the first of them.
type Ready[T any] struct {
	levels Heap[*level[T]]       // that hold something, highest priority first
	byNum  Index[int, *level[T]] // these, and a few that are empty
	plain  *level[T]             // of priority 0; it is kept
	spare  FreeList[lane[T]]     // those of flows that became empty
	list   *lane[T]              // takes part in the turns of priority 0 for the list outside
	home   *Ready[T]             // whose turns these are; nil: its own
	turns  uint64                // how many there have been, with those of flows that were new
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
	lanes    Sorted[*lane[T]] // that take turns
	byFlow   Index[any, *lane[T]]
	none     lane[T] // of the nil flow
}

// A lane is what waits of one flow. It takes turns while it is not empty.
type lane[T any] struct {
	level *level[T]
	flow  any
	nodes Sorted[T]
	item  Item[*lane[T]] // in level.lanes, in the order of its last turn; maybe of one before that
	home  *lane[T]       // the flow's lane of this priority in Ready.home; nil: it is that, or is unused
	turn  uint64         // of a home: when the last one was; 0: it is unused
	let   uint64         // when the last value was let go from here, since the lane is used
	refs  int            // of a home: lanes elsewhere whose home it is
}

// Under makes r share the turns of home, which must not share those of another one. It must be
// called before r is used.
func (r *Ready[T]) Under(home *Ready[T]) { r.home = home }

// Len returns how many nodes there are.
func (r *Ready[T]) Len() int { return r.n }

// Push adds n.
func (r *Ready[T]) Push(n *Node[T], priority int, flow any) {
	l := r.level(priority)
	la := r.laneOf(l, flow)
	la.nodes.Push(&n.Item)
	n.lane = la
	r.join(la)
	r.n++
}

// Remove takes n out. It reports whether n was there.
func (r *Ready[T]) Remove(n *Node[T]) bool {
	la := n.lane
	if la == nil || !la.nodes.Remove(&n.Item) {
		return false
	}
	n.lane = nil
	r.n--
	if la.nodes.Len() == 0 && la != r.list { // the list outside keeps its turn: see top
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
		r.list = &l.none
		r.join(r.list)
	}
	la := l.first()
	first := la.nodes.First()
	if la == r.list && outside && (first == nil || list < first.Order) {
		return v, false
	}
	return first.Value, true
}

// Precedes reports whether a value that is not in r, but in its home, comes before all in r.
func (r *Ready[T]) Precedes(priority int, flow any, order uint64) bool {
	if r.n == 0 {
		return true
	}
	l := r.top(false)
	if priority != l.priority {
		return priority > l.priority
	}
	la := l.first()
	if flow == la.flow {
		return order < la.nodes.First().Order
	}
	turn := r.home.turnOf(priority, flow)
	return turn != 0 && turn < la.last()
}

// turnOf returns when a flow had its last turn, 0 if that is not known.
func (r *Ready[T]) turnOf(priority int, flow any) uint64 {
	l := r.find(priority)
	switch {
	case l == nil:
		return 0
	case flow == nil:
		return l.none.turn
	}
	if la := l.byFlow.Of[flow]; la != nil {
		return la.turn
	}
	return 0
}

// top returns the level of the highest priority. A lane that took part in its turns
// for values outside, which are gone, is taken out. There must be a node.
func (r *Ready[T]) top(listed bool) *level[T] {
	for {
		l := r.levels.First().Value
		if listed && l.priority == 0 || r.list != &l.none || l.none.nodes.Len() > 0 {
			return l
		}
		r.leave(r.list)
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
		r.had(n.lane)
		r.Remove(n)
	} else if l := r.plain; l != nil && l.none.turn != 0 {
		r.had(&l.none)
	}
}

// Keep calls move, which takes n out of r, or of a queue under it, and puts it into another of them. The
// flow of n keeps its turn, also if nothing else of it waits.
func (r *Ready[T]) Keep(n *Node[T], move func()) {
	la := n.lane
	if la == nil { // it is in no such queue
		move()
		return
	}
	if la.home != nil {
		la = la.home
	}
	la.refs++
	move()
	la.refs--
	r.forget(la)
}

// Let takes n out, which Next has returned and which goes to the home, to start from there. That
// is a turn in this queue alone.
func (r *Ready[T]) Let(n *Node[T]) {
	r.home.turns++
	n.lane.let = r.home.turns
	r.Remove(n)
}

// Return is Push of a node that Let has taken out, and that could not start: its flow has its turn
// here again.
func (r *Ready[T]) Return(n *Node[T], priority int, flow any) {
	r.Push(n, priority, flow)
	n.lane.let = 0
	n.lane.put()
}

// had says that the flow of the lane has its turn.
func (r *Ready[T]) had(la *lane[T]) {
	r.turns++
	la.turn = r.turns
}

// Each calls f with every value, in no order. f must not change the queue.
func (r *Ready[T]) Each(f func(T)) {
	r.levels.Each(func(l *level[T]) {
		l.none.nodes.Each(f)
		for _, la := range l.byFlow.Of {
			la.nodes.Each(f)
		}
	})
}

// FirstOf returns the lowest order of the values that count, at the cost of a look at each lane,
// if the first value of a lane counts when any of it do.
func (r *Ready[T]) FirstOf(counts func(T) bool) (order uint64, ok bool) {
	look := func(la *lane[T]) {
		if o, has := la.nodes.FirstOf(counts); has && (!ok || o < order) {
			order, ok = o, true
		}
	}
	r.levels.Each(func(l *level[T]) {
		look(&l.none)
		for _, la := range l.byFlow.Of {
			look(la)
		}
	})
	return order, ok
}

// find returns the level of a priority, nil if there is none.
func (r *Ready[T]) find(priority int) *level[T] {
	if priority == 0 {
		return r.plain
	}
	return r.byNum.Of[priority]
}

func (r *Ready[T]) level(priority int) *level[T] {
	l := r.find(priority)
	if l == nil {
		l = &level[T]{priority: priority}
		l.none.level = l
		l.item.Value, l.item.Order = l, ^rank(priority)
		if priority == 0 {
			r.plain = l
		} else {
			r.byNum.Add(priority, l)
		}
	}
	return l
}

func (r *Ready[T]) laneOf(l *level[T], flow any) *lane[T] {
	if flow == nil {
		return &l.none
	}
	if la := l.byFlow.Of[flow]; la != nil {
		return la
	}
	la := r.spare.Take()
	if la == nil {
		la = new(lane[T])
	}
	la.level, la.flow = l, flow
	l.byFlow.Add(flow, la)
	return la
}

// join makes a lane take turns.
func (r *Ready[T]) join(la *lane[T]) {
	if la.item.Queued() {
		return
	}
	l := la.level
	if !l.item.Queued() {
		r.levels.Push(&l.item)
	}
	r.use(la)
	la.put()
}

// put puts a lane at its place among the others.
func (la *lane[T]) put() {
	lanes := &la.level.lanes
	lanes.Remove(&la.item)
	la.item.Value, la.item.Order = la, la.last()
	lanes.Push(&la.item)
}

// use gives a lane that is unused its home, or a turn if it is one.
func (r *Ready[T]) use(la *lane[T]) {
	switch {
	case r.home == nil && la.turn == 0:
		r.had(la)
	case r.home != nil && la.home == nil:
		la.home = r.home.laneOf(r.home.level(la.level.priority), la.flow)
		la.home.refs++
		r.home.use(la.home)
	}
}

// last returns when the flow of a lane that is used had its last turn.
func (la *lane[T]) last() uint64 {
	if la.home != nil {
		return max(la.home.turn, la.let)
	}
	return la.turn
}

// first returns the lane whose turn it is. One that has had a turn since it was put among the others
// is put there anew, if there are others: turns only get later.
func (l *level[T]) first() *lane[T] {
	for {
		la := l.lanes.First().Value
		if la.item.Order == la.last() || l.lanes.Len() == 1 {
			return la
		}
		la.put()
	}
}

// leave takes a lane that has become empty out of the turns.
func (r *Ready[T]) leave(la *lane[T]) {
	l := la.level
	if r.list == la {
		r.list = nil
	}
	l.lanes.Remove(&la.item)
	if l.lanes.Len() == 0 {
		r.levels.Remove(&l.item)
	}
	r.forget(la)
}

// forget makes a lane unused that takes no turns, unless it is the home of one that does. It
// forgets the lane if it is one of a flow, and the level unless that is one of a few.
func (r *Ready[T]) forget(la *lane[T]) {
	if la.refs > 0 || la.item.Queued() {
		return
	}
	if h := la.home; h != nil {
		la.home = nil
		h.refs--
		r.home.forget(h)
	}
	l := la.level
	la.turn, la.let = 0, 0
	if la.flow != nil {
		l.byFlow.Remove(la.flow)
		la.level, la.flow = nil, nil
		r.spare.Put(la)
	}
	if len(r.byNum.Of) > few && l != r.plain && l.unused() {
		r.byNum.Remove(l.priority)
	}
}

// unused reports whether no lane of the level takes turns, or is the home of one that does.
func (l *level[T]) unused() bool {
	return l.lanes.Len()+len(l.byFlow.Of)+l.none.refs == 0
}
