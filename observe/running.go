package observe

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace"
)

// shards is the number of parts, each with a lock, of what all workers write to, so that
// they seldom wait for one another.
const shards = 16

// live knows the tasks that run: those between add and remove.
type live[T any] struct {
	ids    atomic.Uint64
	shards [shards]struct {
		mu         sync.Mutex
		head, tail *entry[T] // in order of their start, or nearly
		n          int
		_          [32]byte // on a cache line of its own
	}
}

// An entry is a running task. Its neighbours are guarded by its shard.
type entry[T any] struct {
	prev, next *entry[T]
	id         uint64
	pool, name string
	wait       time.Duration
	started    time.Time
	attempt    int
	more       T
}

// newEntry returns an entry for a task that has just started. The caller adds it.
func (l *live[T]) newEntry(t *millrace.TaskInfo, more T) *entry[T] {
	return &entry[T]{
		id: l.ids.Add(1), pool: t.Pool, name: Name(t), wait: t.Wait,
		started: t.Submitted.Add(t.Wait), attempt: t.Attempt, more: more,
	}
}

func (l *live[T]) add(e *entry[T]) {
	s := &l.shards[e.id%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.prev = s.tail; e.prev != nil {
		e.prev.next = e
	} else {
		s.head = e
	}
	s.tail = e
	s.n++
}

// remove removes an entry, if it is still there.
func (l *live[T]) remove(e *entry[T]) {
	s := &l.shards[e.id%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.prev == nil && s.head != e {
		return
	}
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		s.head = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		s.tail = e.prev
	}
	e.prev, e.next = nil, nil
	s.n--
}

// each calls fn with the entries of each shard, the oldest first, at most most of them,
// under the lock of the shard. It returns how many there are in all.
func (l *live[T]) each(most int, fn func(*entry[T])) (n int) {
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		n += s.n
		e := s.head
		for left := most; e != nil && left > 0; left-- {
			fn(e)
			e = e.next
		}
		s.mu.Unlock()
	}
	return n
}
