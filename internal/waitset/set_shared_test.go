package waitset_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/waitset"
)

// Of several goroutines each gets tasks of its own, and all learn of the end.
func TestShared(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		const n, goroutines = 20, 4
		m := shared()
		m.add(n)
		took := make(chan int32, n)
		over := make(chan error, goroutines)
		for range goroutines {
			go func() {
				for {
					i, ok, err := m.set.Next(bg)
					if !ok {
						over <- err
						return
					}
					took <- i
				}
			}()
		}
		for i := range n {
			synctest.Wait()
			m.settle(i, outcome.Succeeded)
		}
		seen := make([]bool, n)
		for range n {
			i := <-took
			if seen[i] {
				t.Errorf("task %d was returned twice", i)
			}
			seen[i] = true
		}
		for range goroutines {
			if err := <-over; err != nil {
				t.Errorf("Next() of an empty set = %v, want nil", err)
			}
		}
	})
}

// A goroutine that needs its slot back gives the turn away first.
func TestTurn(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		m := shared()
		m.slot = make(chan struct{})
		m.add(2)
		took := make(chan int32)
		for range 2 {
			go func() {
				i, _, _ := m.set.Next(bg)
				took <- i
			}()
			synctest.Wait()
		}
		m.settle(0, outcome.Succeeded) // its goroutine has waited, and needs a slot
		synctest.Wait()
		m.settle(1, outcome.Succeeded)
		if i := <-took; i != 0 {
			t.Errorf("Next() beside a goroutine without a slot = %d, want 0", i)
		}
		close(m.slot)
		if i := <-took; i != 1 {
			t.Errorf("Next() = %d, want 1", i)
		}
	})
}

// A goroutine that finds a task settled does not wait for its turn.
func TestSettledBeforeTurn(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		m := shared()
		m.told = make(chan struct{})
		m.add(2)
		next := func(took chan int32) {
			i, _, _ := m.set.Next(bg)
			took <- i
		}
		first, second := make(chan int32, 1), make(chan int32, 1)
		go next(first)
		synctest.Wait()
		m.settle(0, outcome.Succeeded)
		go next(second)
		synctest.Wait()
		if len(second) == 0 {
			t.Error("Next() waits for its turn, though a task has settled")
		}
		close(m.told)
		m.settle(1, outcome.Succeeded)
		if got := <-first + <-second; got != 1 {
			t.Errorf("the sum of what was returned is %d, want 1", got)
		}
	})
}

// A wait for the turn may be refused; a task that settles meanwhile is returned.
func TestAsideRefused(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		m := shared()
		m.add(1)
		first := make(chan bool)
		go func() { _, ok, _ := m.set.Next(bg); first <- ok }()
		synctest.Wait()
		m.refuses = true
		if _, ok, err := m.set.Next(bg); ok || !errors.Is(err, errRefused) {
			t.Errorf("Next() = %v, %v, want false, %v", ok, err, errRefused)
		}
		m.settle(0, outcome.Succeeded)
		if !<-first {
			t.Error("the goroutine with the turn got nothing")
		}
	})
}

// A task that settles while it is added may have been taken, and its number may be another one's,
// before the set has a waiter there.
func TestAddOfTaken(t *testing.T) {
	m := shared()
	m.more(2)
	added := false
	m.set.Add(0, &slow{m.cores[0], func() {
		added = true
		m.settle(0, outcome.Succeeded)
		ended, cancel := context.WithCancel(bg)
		cancel()
		if i, ok, err := m.set.Next(ended); i != 0 || !ok || err != nil {
			t.Errorf("Next() while the task is added = %d, %v, %v, want 0, true, nil", i, ok, err)
		}
		m.cores[0] = m.cores[1]
		m.set.Add(0, m.cores[0])
	}})
	m.settle(0, outcome.Succeeded)
	if !added {
		t.Error("Add looked for the task by its number, which may be another one's")
	}
	for _, want := range []bool{true, false} {
		if i, ok, err := m.set.Next(bg); i != 0 || ok != want || err != nil {
			t.Errorf("Next() = %d, %v, %v, want 0, %v, nil", i, ok, err, want)
		}
	}
}

// slow is a task to which something happens before a waiter is attached.
type slow struct {
	*task
	before func()
}

func (s *slow) Attach(w *outcome.Waiter, t outcome.Target, bits uint64) bool {
	s.before()
	return s.task.Attach(w, t, bits)
}

// A goroutine that waits is woken, too, when another one, whose context has ended, finds that the last
// of the tasks that are watched has settled.
func TestWatchedIsTaken(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		m := shared()
		m.wakes = make(chan struct{}, 2)
		m.slot = make(chan struct{}) // it takes nothing before the other one
		m.add(2)
		m.set.Watch(func(t waitset.Task) bool { return t == m.cores[0] })
		took := make(chan int32)
		go func() {
			i, _, _ := m.set.Next(bg)
			took <- i
		}()
		synctest.Wait()
		m.cores[0].Settle(outcome.Succeeded) // what waits for it is not told yet
		ctx, cancel := context.WithCancel(bg)
		cancel()
		if i, ok, err := m.set.Next(ctx); i != 0 || !ok || err != nil {
			t.Errorf("Next() = %d, %v, %v, want the task that has settled", i, ok, err)
		}
		m.cores[0].Release()
		synctest.Wait()
		if n := len(m.wakes); n != 1 {
			t.Errorf("the goroutine that waits was woken %d times, want once", n)
		}
		close(m.slot)
		m.settle(1, outcome.Succeeded)
		if i := <-took; i != 1 {
			t.Errorf("Next() = %d, want 1", i)
		}
	})
}
