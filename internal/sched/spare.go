package sched

import (
	"sync"

	"github.com/millrace-go/millrace/internal/queue"
)

// maxScoped is for how many tasks a spare scope keeps room.
const maxScoped = 64

// spare keeps waits, scopes and turns for reuse. It belongs to its pool, because a channel that
// several pools share would outlive the synctest bubble that it was made in. It holds
// nothing of the user.
type spare struct {
	mu     sync.Mutex
	waits  queue.FreeList[Wait]
	scopes queue.FreeList[scope] // under Pool.mu, as turns
	turns  queue.FreeList[turn]
}

func (s *spare) wait() *Wait {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.waits.Take(); w != nil {
		return w
	}
	return newWait()
}

// putWait takes back a wait that has been reset, that nothing refers to any more, and whose
// channel is empty.
func (s *spare) putWait(w *Wait) {
	w.dead = false
	s.mu.Lock()
	s.waits.Put(w)
	s.mu.Unlock()
}

// scope returns an empty scope of p.
func (s *spare) scope(p *Pool) *scope {
	if sc := s.scopes.Take(); sc != nil {
		return sc
	}
	return &scope{pool: p}
}

// putScope takes back a scope that nothing depends on and that was never registered
// anywhere. A future that is being asked may still read its pool.
func (s *spare) putScope(sc *scope) {
	tasks := sc.tasks
	sc.scopeState = scopeState{}
	if cap(tasks) <= maxScoped {
		clear(tasks[:cap(tasks)])
		sc.tasks = tasks[:0]
	}
	s.scopes.Put(sc)
}

// drop lets go of all of it.
func (s *spare) drop() {
	s.mu.Lock()
	s.waits = nil
	s.mu.Unlock()
	s.scopes, s.turns = nil, nil
}
