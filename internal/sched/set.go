package sched

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// Until says how much of a set has to settle.
type Until uint8

// The conditions that end a wait.
const (
	Single    Until = iota // the only member settles
	One                    // any member settles
	Every                  // all do
	NoFailure              // all do, or one fails
	NoLoss                 // all do, or one fails or is cancelled
	Success                // all do, or one succeeds
)

// hits reports whether a member that settled so ends the wait at once.
func (u Until) hits(s outcome.State) bool {
	switch u {
	case One:
		return true
	case NoFailure:
		return s == outcome.Failed
	case NoLoss:
		return s != outcome.Succeeded
	case Success:
		return s == outcome.Succeeded
	}
	return false
}

// A Set waits for several tasks at once: one waiter for each that has not settled, and
// one channel for all. Tasks have numbers, and come out in the order in which they
// settled, those that were settled when they were added first.
type Set struct {
	task func(int32) *Task
	slab []outcome.Waiter     // of the tasks that the set was made with
	wait atomic.Pointer[Wait] // inside a task: what lends its slot; written under the pool's lock
	took []int32              // of those that were ready: what Next returns without a look at what has come since
	ch   chan struct{}
	turn chan struct{} // full while it is the turn of a goroutine in Share

	mu      sync.Mutex
	added   map[int32]*outcome.Waiter // of the tasks that were added later
	ready   []int32                   // settled, in order, and not in took
	left    int                       // not settled
	hit     bool                      // one settled that ends the wait early
	waiting bool                      // Block waits for ch, or is about to
	stale   bool                      // tasks were added since wait was made
	item    *taskctx.Item             // whose wait that is; nil: that of no task
	until   Until
}

// gone is the Index of a waiter that has fired, or is not needed any more.
const gone = -1

// NewSet registers on n tasks. The condition until is what Block waits for, and what a
// task that lends its slot wants it back for. Close takes all back.
func NewSet(until Until, n int, task func(int32) *Task) *Set {
	s := &Set{task: task, until: until, ch: make(chan struct{}, 1), ready: make([]int32, 0, n), left: n}
	for i := range int32(n) {
		if t := task(i); t.Settled() {
			s.settled(i, t) // nothing else knows of the set yet
		}
	}
	settled := s.ready
	s.slab = make([]outcome.Waiter, n-len(settled))
	s.stale = true
	at := 0
	for i := range int32(n) {
		if len(settled) > 0 && settled[0] == i {
			settled = settled[1:]
			continue
		}
		s.slab[at].Index = i
		s.attach(i, &s.slab[at])
		at++
	}
	return s
}

// Add registers on one more task. If a task waits for the set, it waits for the new one,
// too: that may need the slot.
func (s *Set) Add(i int32) {
	w := &outcome.Waiter{Index: i}
	s.mu.Lock()
	s.left++
	if s.added == nil {
		s.added = make(map[int32]*outcome.Waiter)
	}
	s.added[i] = w
	s.mu.Unlock()
	s.attach(i, w)
	s.mu.Lock()
	s.stale = true
	s.unlock(s.item != nil)
}

func (s *Set) attach(i int32, w *outcome.Waiter) {
	if !s.task(i).AttachTo(w, s, 0) {
		s.Fire(w)
	}
}

// Fire notes that a task has settled. It implements outcome.Target.
func (s *Set) Fire(w *outcome.Waiter) {
	s.mu.Lock()
	s.fired(w)
	s.unlock(s.enough())
}

// fired notes that the task of w has settled, unless Look has noted that. The caller holds mu.
func (s *Set) fired(w *outcome.Waiter) {
	if i := w.Index; i != gone {
		w.Index = gone
		delete(s.added, i)
		s.settled(i, s.task(i))
	}
}

// unlock gives up mu. With look it wakes Block, which looks at the set again.
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
func (s *Set) settled(i int32, t *Task) {
	s.ready = append(s.ready, i)
	s.left--
	s.hit = s.hit || s.until.hits(t.State())
}

// enough reports whether the condition holds. The caller holds mu.
func (s *Set) enough() bool {
	if s.until == One {
		return len(s.ready) > 0 || s.left == 0
	}
	return s.hit || s.left == 0
}

// done reports whether the condition holds. If not, Block will be told when it does.
func (s *Set) done() bool {
	s.mu.Lock()
	done := s.enough()
	s.waiting = !done
	s.mu.Unlock()
	return done
}

// Block waits until the condition of the set holds or ctx ends. It returns nil if the
// condition holds, whatever ctx says.
func (s *Set) Block(ctx context.Context) error {
	for !s.done() {
		if err := s.pass(ctx, func() {}); err != nil {
			if s.Look(); !s.done() {
				return err
			}
		}
	}
	return nil
}

// Look is for a wait that is about to end without the condition. What has ended it may be what
// settles tasks, of which their pools have not been told yet; and tasks may have settled whose
// waiters are not woken yet.
func (s *Set) Look() {
	for _, t := range s.open() {
		t.Look()
	}
	s.mu.Lock()
	for at := range s.slab {
		s.look(&s.slab[at])
	}
	for _, w := range s.added {
		s.look(w)
	}
	s.unlock(s.enough())
}

func (s *Set) look(w *outcome.Waiter) {
	if i := w.Index; i != gone && s.task(i).Settled() {
		s.fired(w)
	}
}

// due reports whether a task of the set has settled that nobody has taken. The set may not have
// been told yet.
func (s *Set) due() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := len(s.ready) > 0
	for at := 0; at < len(s.slab) && !due; at++ {
		i := s.slab[at].Index
		due = i != gone && s.task(i).Settled()
	}
	for i := range s.added {
		due = due || s.task(i).Settled()
	}
	return due
}

// pass waits until the set is to be looked at again, or ctx ends. leave is called when it has
// waited, unless that fails at once, and before the task takes its slot back.
func (s *Set) pass(ctx context.Context, leave func()) (err error) {
	if ctx.Err() != nil {
		return outcome.NotDone(ctx)
	}
	if wk, c := workerOf(ctx); s.binds(c) {
		s.bind(wk, c)
	}
	w := s.wait.Load()
	if w.beginSet(s.until) {
		return outcome.ErrDeadlock
	}
	select {
	case <-s.ch:
	case <-ctx.Done():
		err = outcome.NotDone(ctx)
	case <-w.told():
		err = w.verdict()
	}
	grant := w.stop()
	leave()
	if grant != nil {
		w.worker.receive(grant, ctx.Done())
	}
	return err
}

// binds says that c is the context of the task that waits, nil if none does. It reports
// whether the wait has to be made anew.
func (s *Set) binds(c *taskctx.Item) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	anew := s.stale || s.item != c
	s.stale, s.item = false, c
	return anew
}

// bind makes s.wait: the wait of the task that wk runs with context c, for the tasks of the
// set that belong to its pool or run elsewhere. If there are none, s.wait is nil, and the
// task keeps its slot.
func (s *Set) bind(wk *worker, c *taskctx.Item) {
	s.wait.Store(nil)
	s.with(wk, c, func(w *Wait) {
		if w.left > 0 || w.always {
			s.wait.Store(w)
		}
	})
}

// with calls f, under the pool's lock, with a wait of the task that wk runs with context c for
// all of the set, if there is such a task.
func (s *Set) with(wk *worker, c *taskctx.Item, f func(*Wait)) {
	if wk == nil {
		return
	}
	open := s.open()
	p := wk.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if !wk.runs(c) {
		return
	}
	w := newWait()
	w.bindTo(c, wk)
	w.until, w.set = s.until, s
	for _, t := range open {
		w.always = w.always || lendsToAnybody(t)
		w.beside = w.beside || t.pool() != p && !t.Settled()
	}
	w.join(open)
	f(w)
}

// open returns the tasks that have not settled.
func (s *Set) open() []*Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := make([]*Task, 0, s.left)
	for i := range s.slab {
		if at := s.slab[i].Index; at != gone {
			open = append(open, s.task(at))
		}
	}
	for i := range s.added {
		open = append(open, s.task(i))
	}
	return open
}

// Next waits for the next task to settle, and returns its number. It reports false if
// all have been returned.
func (s *Set) Next(ctx context.Context) (int32, bool, error) {
	if len(s.took) == 0 {
		if err := s.Block(ctx); err != nil {
			return 0, false, err
		}
		s.mu.Lock()
		s.took, s.ready = s.ready, s.ready[len(s.ready):]
		s.mu.Unlock()
		if len(s.took) == 0 {
			return 0, false, nil
		}
	}
	i := s.took[0]
	s.took = s.took[1:]
	return i, true, nil
}
