package sched

import stdheap "container/heap"

// A queue holds the pending tasks that may start as far as their keys and their
// groups' limits go, as known: by priority, equal ones in order of submission.
//
// Tasks of priority 0 that have never waited for anything else come in order
// and are a list, which costs nothing but two pointers; all others are in a
// heap beside it, and so are those that take no place. So a pool that never sees
// a priority pays nothing for them.
type queue struct {
	fifo list
	heap heap
}

func newQueue() queue { return queue{heap: heap{less: (*Task).before, slot: 0}} }

// push adds a task that has not been waiting before.
func (q *queue) push(t *Task) {
	if t.more == nil || t.more.Priority == 0 && !t.unplaced && !t.more.late {
		q.fifo.push(t)
	} else {
		q.heap.push(t)
	}
}

// pushBack adds a task that has been waiting elsewhere, at its old place in the
// order.
func (q *queue) pushBack(t *Task) { q.heap.push(t) }

// head returns the first task, or nil.
func (q *queue) head() *Task {
	t := q.fifo.head
	if len(q.heap.tasks) == 0 {
		return t
	}
	if h := q.heap.tasks[0]; t == nil || h.before(t) {
		return h
	}
	return t
}

func (q *queue) remove(t *Task) {
	if !q.heap.remove(t) {
		q.fifo.remove(t)
	}
}

func (q *queue) len() int { return q.fifo.n + len(q.heap.tasks) }

// A heap of tasks knows where each is, so that any can be taken out. Its tasks
// must have an Extra.
type heap struct {
	tasks []*Task
	less  func(a, b *Task) bool
	slot  int // in Extra.index: a task is in at most one heap of each slot
}

func (h *heap) push(t *Task) { stdheap.Push((*heapOrder)(h), t) }

// remove takes t out; it reports whether t was there.
func (h *heap) remove(t *Task) bool {
	if t.more == nil || t.more.index[h.slot] == 0 {
		return false
	}
	stdheap.Remove((*heapOrder)(h), int(t.more.index[h.slot])-1)
	return true
}

// heapOrder is a heap as container/heap wants it.
type heapOrder heap

func (h *heapOrder) Len() int           { return len(h.tasks) }
func (h *heapOrder) Less(i, j int) bool { return h.less(h.tasks[i], h.tasks[j]) }
func (h *heapOrder) Swap(i, j int) {
	h.tasks[i], h.tasks[j] = h.tasks[j], h.tasks[i]
	h.place(i)
	h.place(j)
}
func (h *heapOrder) place(i int) { h.tasks[i].more.index[h.slot] = int32(i + 1) }

func (h *heapOrder) Push(t any) {
	h.tasks = append(h.tasks, t.(*Task))
	h.place(len(h.tasks) - 1)
}

func (h *heapOrder) Pop() any {
	n := len(h.tasks) - 1
	t := h.tasks[n]
	h.tasks[n] = nil
	h.tasks = h.tasks[:n]
	if n == 0 {
		h.tasks = nil
	}
	t.more.index[h.slot] = 0
	return t
}
