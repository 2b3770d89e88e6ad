package sched

import "sync"

// maxSpare is how many objects of a kind a pool keeps for reuse: more than its
// waits need at a time, in all but the deepest recursions.
const maxSpare = 64

// maxNoted is how many tasks at most the array has room for that a pool keeps: 8 KiB.
const maxNoted = 1024

// spare keeps waits, scopes, turns and one array for reuse. It belongs to its pool, because a channel that
// several pools share would outlive the synctest bubble that it was made in. It holds
// nothing of the user.
type spare struct {
	mu     sync.Mutex
	waits  freeList[Wait]
	scopes freeList[scope] // under Pool.mu, as turns
	turns  freeList[turn]
	tasks  []*Task // an empty array for those of a scope
}

// A freeList is at most maxSpare objects of a kind.
type freeList[T any] []*T

// take takes one of the objects out, or makes one. The list forgets it: from now on it may refer
// to what belongs to the user.
func (l *freeList[T]) take(make func() *T) *T {
	n := len(*l) - 1
	if n < 0 {
		return make()
	}
	x := (*l)[n]
	(*l)[n] = nil
	*l = (*l)[:n]
	return x
}

func (l *freeList[T]) put(x *T) {
	if len(*l) < maxSpare {
		*l = append(*l, x)
	}
}

func (s *spare) wait() *Wait {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waits.take(newWait)
}

// putWait takes back a wait that has been reset, that nothing refers to any more, and whose
// channel is empty.
func (s *spare) putWait(w *Wait) {
	w.dead = false
	s.mu.Lock()
	s.waits.put(w)
	s.mu.Unlock()
}

// scope returns an empty scope of p.
func (s *spare) scope(p *Pool) *scope {
	return s.scopes.take(func() *scope { return &scope{pool: p} })
}

// putScope takes back a scope that nothing depends on and that was never registered
// anywhere. A future that is being asked may still read its pool.
func (s *spare) putScope(sc *scope) {
	tasks := sc.tasks
	sc.scopeState = scopeState{}
	if cap(tasks) <= maxSpare {
		clear(tasks[:cap(tasks)])
		sc.tasks = tasks[:0]
	}
	s.scopes.put(sc)
}

// noted returns an empty slice with room for n tasks of a scope, or for more.
func (s *spare) noted(n int) []*Task {
	tasks := s.tasks
	if cap(tasks) < n {
		return make([]*Task, 0, n)
	}
	s.tasks = nil
	return tasks
}

// putNoted takes back the array of tasks, in which there is none any more. The first array of a scope,
// of one task, is a part of that, and would keep it, and its context.
func (s *spare) putNoted(tasks []*Task) {
	if n := cap(tasks); n > max(cap(s.tasks), 1) && n <= maxNoted {
		s.tasks = tasks[:0]
	}
}

// drop lets go of all of it.
func (s *spare) drop() {
	s.mu.Lock()
	s.waits = nil
	s.mu.Unlock()
	s.scopes, s.turns, s.tasks = nil, nil, nil
}
