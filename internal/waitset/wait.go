package waitset

import (
	"context"

	"github.com/millrace-go/millrace/internal/outcome"
)

// Block waits until the condition of the set holds or ctx ends. It returns nil if the
// condition holds, whatever ctx says. It is for a set of one goroutine.
func (s *Set) Block(ctx context.Context) error {
	for !s.done() {
		if err := s.tasks.Wait(ctx, func() {}); err != nil {
			if s.look(); !s.done() {
				return err
			}
		}
	}
	return nil
}

// Take waits until a task has settled that was not taken, and takes all that have. It returns no
// numbers if all tasks were taken. Tasks that have settled come before the end of ctx. It is for a
// set of one goroutine, made with One.
func (s *Set) Take(ctx context.Context) ([]int32, error) {
	if err := s.Block(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.ready
	s.ready = s.ready[len(taken):]
	return taken, nil
}

// Next waits for the next task to settle, and returns its number. It reports false if all have
// been returned. A task that has settled comes before the end of ctx. It is for a set of several
// goroutines.
func (s *Set) Next(ctx context.Context) (i int32, ok bool, err error) {
	for {
		i, ok, later := s.takeOne()
		if ok || !later {
			return i, ok, nil
		}
		if err != nil {
			return 0, false, err
		}
		if err = s.share(ctx); err != nil {
			s.look()
		}
	}
}

// takeOne returns the next task that has settled. It reports false if there is none, and whether
// there will be one.
func (s *Set) takeOne() (i int32, ok, later bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ready) == 0 {
		return 0, false, s.left > 0
	}
	i, s.ready = s.ready[0], s.ready[1:]
	if s.left == 0 {
		s.tasks.Release()
	}
	return i, true, false
}

// share waits once, if nothing has settled. Of several goroutines one at a time waits for the
// tasks, the others for their turn. It may return nil because of a task that another goroutine
// takes first.
func (s *Set) share(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return s.passTurn(ctx)
	default:
	}
	return s.tasks.Aside(ctx, func() error {
		select {
		case s.turn <- struct{}{}:
			return s.passTurn(ctx)
		case <-ctx.Done():
			return outcome.NotDone(ctx)
		}
	})
}

// passTurn waits once, if nothing has settled, in the goroutine whose turn it is. It does not keep
// the turn while its task takes the slot back: the goroutine that has the slot may wait for the turn.
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
	return s.tasks.Wait(ctx, leave)
}
