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

// Next waits for the next task to settle, and returns its number. It reports false if all have
// been returned. A task that has settled comes before the end of ctx.
func (s *Set) Next(ctx context.Context) (i int32, ok bool, err error) {
	for {
		i, ok, later := s.take()
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

// take returns the next task that has settled. It reports false if there is none, and whether
// there will be one.
func (s *Set) take() (i int32, ok, later bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ready) == 0 {
		return 0, false, s.left > 0
	}
	i, s.ready = s.ready[0], s.ready[1:]
	if s.left == 0 {
		s.tasks.Release()
		s.grown, s.tell = true, false
	}
	return i, true, false
}

// share waits once, if nothing has settled. Of several goroutines one at a time waits for the
// tasks, the others for their turn. It may return nil because of a task that another goroutine
// takes first.
func (s *Set) share(ctx context.Context) error {
	if s.turn == nil {
		return s.wait(ctx, func() {})
	}
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

// passTurn is wait of the goroutine whose turn it is. It does not keep the turn while its task
// takes the slot back: the goroutine that has the slot may wait for the turn.
func (s *Set) passTurn(ctx context.Context) error {
	left := false
	leave := func() { left = true; <-s.turn }
	defer func() {
		if !left {
			leave()
		}
	}()
	return s.wait(ctx, leave)
}

func (s *Set) wait(ctx context.Context, leave func()) error {
	if s.done() {
		return nil
	}
	return s.tasks.Wait(ctx, leave)
}
