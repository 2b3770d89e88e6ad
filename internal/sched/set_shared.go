package sched

import (
	"context"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A shared set is one that several goroutines wait for. One at a time waits for the tasks,
// and has the turn; the others wait for that.

// NewSharedSet returns a set without tasks for several goroutines, which call Add, Take and
// Share.
func NewSharedSet(task func(int32) *Task) *Set {
	s := NewSet(One, 0, task)
	s.turn = make(chan struct{}, 1)
	return s
}

// Share is Block for several goroutines: one at a time waits for the tasks, the others for
// their turn. It may return nil because of a task that another goroutine takes first.
func (s *Set) Share(ctx context.Context) (err error) {
	select {
	case s.turn <- struct{}{}:
		return s.passTurn(ctx)
	default:
	}
	if s.doomed(workerOf(ctx)) {
		return outcome.ErrDeadlock
	}
	Outside(ctx, func() {
		select {
		case s.turn <- struct{}{}:
			err = s.passTurn(ctx)
		case <-ctx.Done():
			err = outcome.NotDone(ctx)
		}
	})
	return err
}

// passTurn is pass of the goroutine whose turn it is. It does not keep the turn while its task
// takes the slot back: the goroutine that has the slot may wait for the turn.
func (s *Set) passTurn(ctx context.Context) error {
	left := false
	leave := func() { left = true; <-s.turn }
	defer func() {
		if !left {
			leave()
		}
	}()
	if s.done() {
		return nil
	}
	return s.pass(ctx, leave)
}

// doomed reports whether all tasks of the set wait for the task that wk runs with context c.
func (s *Set) doomed(wk *worker, c *taskctx.Item) (doomed bool) {
	s.with(wk, c, func(w *Wait) { doomed = w.doomed() })
	return doomed
}

// Take is Next for several goroutines, without the wait: it returns the next task that has
// settled. It reports false if there is none, and whether there will be one.
func (s *Set) Take() (i int32, ok, later bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ready) == 0 {
		return 0, false, s.left > 0
	}
	i, s.ready = s.ready[0], s.ready[1:]
	if s.left == 0 {
		s.wait.Store(nil) // it refers to what has been returned
		s.stale, s.item = true, nil
	}
	return i, true, false
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
	left := s.left
	s.mu.Unlock()
	if left == 0 {
		return
	}
	for i := range s.slab {
		s.detach(&s.slab[i])
	}
	s.mu.Lock()
	added := s.added
	s.added = nil
	s.mu.Unlock()
	for _, w := range added {
		s.detach(w)
	}
}

func (s *Set) detach(w *outcome.Waiter) {
	s.mu.Lock()
	i := w.Index
	s.mu.Unlock()
	if i != gone {
		s.task(i).Detach(w)
	}
}
