package waitset

import (
	"context"
	"iter"
	"sync"

	"github.com/millrace-go/millrace/internal/outcome"
)

// A Task is what a set needs of one: methods of its outcome.Core, and Look.
type Task interface {
	Attach(w *outcome.Waiter, t outcome.Target, bits uint64) bool
	Detach(w *outcome.Waiter) bool
	Settled() bool
	State() outcome.State
	// Look settles the task if what ends it has happened, and its pool has not been told yet.
	Look() outcome.State
}

// Tasks are the tasks of a set, by number, and the way in which a goroutine waits for them.
type Tasks interface {
	// Task returns task i. The number of a task that was taken may be free, or another one's: so a
	// set calls Task only under its lock, with the number of one that was not.
	Task(i int32) Task
	// Wait blocks until Set.Signal has a value, or ctx has ended: then it returns an error. It
	// calls leave after that, unless it fails at once, and before a task takes its slot back.
	Wait(ctx context.Context, leave func()) error
	// Aside calls f, which blocks while another goroutine waits. It fails instead if all
	// tasks wait for the task whose context ctx is.
	Aside(ctx context.Context, f func() error) error
	// Release is called when a task is taken from a shared set and none is pending: whatever refers
	// to tasks is to be let go of. It must not call the set.
	Release()
}

// A Set waits for several tasks at once: one waiter for each that has not settled, and
// one channel for all. Tasks come out in the order in which they settled, those that were
// settled when they were added first.
type Set struct {
	tasks Tasks
	until Until
	slab  []outcome.Waiter // of the tasks that the set was made with
	ch    chan struct{}
	turn  chan struct{} // full while it is the turn of one of several goroutines

	mu      sync.Mutex
	added   map[int32]*outcome.Waiter // of the tasks that were added later
	ready   []int32                   // settled, in order, and not taken
	left    int                       // not settled
	hit     bool                      // one settled that ends the wait early
	waiting bool                      // a goroutine waits for ch, or is about to
	grown   bool                      // tasks were added since Grown was asked
	tell    bool                      // what waits is to be told of that
	watched int                       // tasks that are watched and not known to have settled
}

// gone is the Index of a waiter that has fired, or is not needed any more.
const gone = -1

// Init makes s wait for n tasks, for one goroutine. The condition until is what Block waits for,
// and what a task that lends its slot wants it back for. Close takes all waiters back.
func (s *Set) Init(until Until, n int, tasks Tasks) {
	s.tasks, s.until, s.ch = tasks, until, make(chan struct{}, 1)
	s.ready, s.left, s.grown = make([]int32, 0, n), n, true
	for i := range int32(n) {
		if t := tasks.Task(i); t.Settled() {
			s.settled(i) // nothing else knows of the set yet
		}
	}
	settled := s.ready
	s.slab = make([]outcome.Waiter, n-len(settled))
	at := 0
	for i := range int32(n) {
		if len(settled) > 0 && settled[0] == i {
			settled = settled[1:]
			continue
		}
		s.slab[at].Index = i
		s.attach(tasks.Task(i), &s.slab[at])
		at++
	}
}

// InitShared makes s an empty set for several goroutines, which call Add and Next.
func (s *Set) InitShared(tasks Tasks) {
	s.Init(One, 0, tasks)
	s.turn = make(chan struct{}, 1)
}

// Tasks returns what the set was made with.
func (s *Set) Tasks() Tasks { return s.tasks }

// Until returns the condition of the set.
func (s *Set) Until() Until { return s.until }

// Signal returns the channel on which Tasks.Wait is told that the set is to be looked at again.
func (s *Set) Signal() <-chan struct{} { return s.ch }

// Add registers on t, one more task, with a number that is free. If a task waits for the set, it
// waits for the new one, too: that may need the slot.
func (s *Set) Add(i int32, t Task) {
	w := &outcome.Waiter{Index: i}
	s.mu.Lock()
	s.left++
	if s.added == nil {
		s.added = make(map[int32]*outcome.Waiter)
	}
	s.added[i] = w
	s.mu.Unlock()
	s.attach(t, w) // it may have been taken by now
	s.mu.Lock()
	s.grown = true
	s.unlock(s.tell)
}

// Grown reports whether tasks were added since the last call. With tell, those that are added
// from now on wake the goroutine that waits.
func (s *Set) Grown(tell bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	grown := s.grown
	s.grown, s.tell = false, tell
	return grown
}

func (s *Set) attach(t Task, w *outcome.Waiter) {
	if !t.Attach(w, s, 0) {
		s.Fire(w)
	}
}

// Fire notes that a task has settled. It implements outcome.Target.
func (s *Set) Fire(w *outcome.Waiter) {
	s.mu.Lock()
	last := s.fired(w)
	s.unlock(last || s.enough())
}

// fired notes that the task of w has settled, unless Look has noted that. It reports whether that was
// the last one that is watched. The caller holds mu.
func (s *Set) fired(w *outcome.Waiter) (last bool) {
	i := w.Index
	if i == gone {
		return false
	}
	w.Index = gone
	delete(s.added, i)
	if w.Watched {
		s.watched--
		last = s.watched == 0
	}
	s.settled(i)
	return last
}

// Watch counts the tasks that are apart and not known to have settled, in place of those that it has
// counted before. The goroutine that waits is woken, too, when the last of them has settled.
func (s *Set) Watch(apart func(Task) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched = 0
	for w := range s.registered() {
		if w.Watched = apart(s.tasks.Task(w.Index)); w.Watched {
			s.watched++
		}
	}
}

// Watched returns how many of those are not known to have settled.
func (s *Set) Watched() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watched
}

// unlock gives up mu. With look it wakes the goroutine that waits, which looks at the set again.
func (s *Set) unlock(look bool) {
	wake := look && s.waiting
	s.waiting = s.waiting && !look
	s.mu.Unlock()
	if wake {
		select {
		case s.ch <- struct{}{}:
		default: // ch still holds the signal of a wait that was ended by its context
		}
	}
}

// settled notes that task i has settled. The caller holds mu.
func (s *Set) settled(i int32) {
	s.ready = append(s.ready, i)
	s.left--
	if s.until != One {
		s.hit = s.hit || s.until.Hits(s.tasks.Task(i).State())
	}
}

// enough reports whether the condition holds. The caller holds mu.
func (s *Set) enough() bool {
	if s.until == One {
		return len(s.ready) > 0 || s.left == 0
	}
	return s.hit || s.left == 0
}

// done reports whether the condition holds. If not, there will be a signal when it does.
func (s *Set) done() bool {
	s.mu.Lock()
	done := s.enough()
	s.waiting = !done
	s.mu.Unlock()
	return done
}

// registered returns the waiters of the tasks that are not known to have settled. The caller
// holds mu.
func (s *Set) registered() iter.Seq[*outcome.Waiter] {
	return func(yield func(*outcome.Waiter) bool) {
		for at := range s.slab {
			if w := &s.slab[at]; w.Index != gone && !yield(w) {
				return
			}
		}
		for _, w := range s.added {
			if !yield(w) {
				return
			}
		}
	}
}

// Open returns the tasks that are not known to have settled.
func (s *Set) Open() []Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := make([]Task, 0, s.left)
	for w := range s.registered() {
		open = append(open, s.tasks.Task(w.Index))
	}
	return open
}

// Due returns a task that has settled, was not taken, and ends a wait for the set at once. It returns
// nil if there is none. The set may not have been told of it yet.
func (s *Set) Due() Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.ready {
		if t := s.tasks.Task(i); s.until.Hits(t.State()) {
			return t
		}
	}
	for w := range s.registered() {
		if t := s.tasks.Task(w.Index); t.Settled() && s.until.Hits(t.State()) {
			return t
		}
	}
	return nil
}

// look is for a wait that is about to end without the condition. What has ended it may be what
// settles tasks, of which their pools have not been told yet; and tasks may have settled whose
// waiters are not woken yet.
func (s *Set) look() {
	for _, t := range s.Open() {
		t.Look()
	}
	s.mu.Lock()
	for w := range s.registered() {
		if s.tasks.Task(w.Index).Settled() {
			s.fired(w)
		}
	}
	s.unlock(s.enough())
}

// Settled returns the numbers of the tasks that have settled, in order.
func (s *Set) Settled() []int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready[:len(s.ready):len(s.ready)]
}

// Close leaves nothing of the set behind.
func (s *Set) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left > 0 {
		for w := range s.registered() {
			s.tasks.Task(w.Index).Detach(w)
		}
		s.added = nil
	}
}
