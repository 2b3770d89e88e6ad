package waitset_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/waitset"
)

// A wait for several ends with the task that decides it, and not before.
func TestBlock(t *testing.T) {
	const ok, failed, cancelled = outcome.Succeeded, outcome.Failed, outcome.Cancelled
	for _, c := range []struct {
		name  string
		until waitset.Until
		ends  []outcome.State // of four tasks, in turn
		after int             // so many of them end the wait
	}{
		{"every", waitset.Every, []outcome.State{ok, failed, cancelled, ok}, 4},
		{"one succeeds", waitset.One, []outcome.State{ok}, 1},
		{"one is cancelled", waitset.One, []outcome.State{cancelled}, 1},
		{"a failure", waitset.NoFailure, []outcome.State{ok, cancelled, failed}, 3},
		{"no failure", waitset.NoFailure, []outcome.State{ok, cancelled, ok, ok}, 4},
		{"a loss by a failure", waitset.NoLoss, []outcome.State{ok, failed}, 2},
		{"a loss by a cancellation", waitset.NoLoss, []outcome.State{ok, cancelled}, 2},
		{"no loss", waitset.NoLoss, []outcome.State{ok, ok, ok, ok}, 4},
		{"a success", waitset.Success, []outcome.State{failed, cancelled, ok}, 3},
		{"no success", waitset.Success, []outcome.State{failed, cancelled, failed, failed}, 4},
	} {
		for before := range c.after + 1 { // so many have settled when the set is made
			t.Run(c.name, func(t *testing.T) {
				bubble.Run(t, func(t *testing.T) {
					m := new(tasks).more(4)
					for i, s := range c.ends[:before] {
						m.settle(i, s)
					}
					m.set.Init(c.until, 4, m)
					defer m.set.Close()
					over := make(chan error, 1)
					go func() { over <- m.set.Block(bg) }()
					for i := before; i <= c.after; i++ {
						synctest.Wait()
						if got, want := len(over) > 0, i == c.after; got != want {
							t.Fatalf("after %d of %d tasks, %d of them before: the wait is over: %v, want %v", i, c.after, before, got, want)
						}
						if i < c.after {
							m.settle(i, c.ends[i])
						}
					}
					if err := <-over; err != nil {
						t.Errorf("Block() = %v, want nil", err)
					}
					if got, want := m.set.Settled(), []int32{0, 1, 2, 3}[:c.after]; !slices.Equal(got, want) {
						t.Errorf("Settled() = %v, want %v", got, want)
					}
				})
			})
		}
	}
}

// Tasks come out in the order in which they settle, those first that had settled before.
func TestOrder(t *testing.T) {
	for _, grows := range []bool{false, true} {
		bubble.Run(t, func(t *testing.T) {
			m := new(tasks).more(5)
			m.settle(3, outcome.Succeeded)
			m.settle(1, outcome.Failed)
			want := []int32{1, 3, 4, 0, 2}
			if grows {
				m.set.InitShared(m)
				for _, i := range []int32{1, 3, 0, 2, 4} {
					m.set.Add(i, m.cores[i])
				}
			} else {
				m.set.Init(waitset.One, 5, m)
			}
			for _, i := range want[2:] {
				m.settle(int(i), outcome.Succeeded)
			}
			var got []int32
			for range want {
				if grows {
					i, _, _ := m.set.Next(bg)
					got = append(got, i)
				} else {
					taken, _ := m.set.Take(bg)
					got = append(got, taken...)
				}
			}
			if !slices.Equal(got, want) || m.released > 0 != grows {
				t.Errorf("grows %v: taken were %v, and the tasks were released: %v, want %v and %[1]v", grows, got, m.released > 0, want)
			}
		})
	}
}

// A task that has settled counts against the end of the context: also one whose waiter has not
// been woken yet, and one that settles because it is looked at.
func TestEndOfContext(t *testing.T) {
	ended, cancel := context.WithCancel(bg)
	cancel()
	for name, arrange := range map[string]func(m *tasks){
		"not told":  func(m *tasks) { m.cores[1].Settle(outcome.Succeeded) },
		"looked at": func(m *tasks) { m.cores[1].looks = func() { m.settle(1, outcome.Cancelled); m.cores[1].looks = nil } },
	} {
		t.Run(name, func(t *testing.T) {
			m := new(tasks).more(2)
			m.set.Init(waitset.One, 2, m)
			if err := m.set.Block(ended); !errors.Is(err, outcome.ErrNotDone) {
				t.Fatalf("Block() = %v, want %v", err, outcome.ErrNotDone)
			}
			arrange(m)
			if err := m.set.Block(ended); err != nil {
				t.Errorf("Block() = %v, want nil", err)
			}
			if taken, err := m.set.Take(ended); !slices.Equal(taken, []int32{1}) || err != nil {
				t.Errorf("Take() = %v, %v, want [1], nil", taken, err)
			}
			if taken, err := m.set.Take(ended); len(taken) > 0 || !errors.Is(err, outcome.ErrNotDone) {
				t.Errorf("Take() with a pending task = %v, %v, want none, %v", taken, err, outcome.ErrNotDone)
			}
			m.set.Close()
		})
	}
}

// A goroutine that waits inside of a task is woken when tasks are added. A set that was emptied
// is released.
func TestGrown(t *testing.T) {
	m := shared()
	m.add(1)
	if !m.set.Grown(true) || m.set.Grown(true) {
		t.Error("Grown() after one task was added, and again: want true, then false")
	}
	m.settle(0, outcome.Succeeded)
	_, _, _ = m.set.Next(bg)
	if m.released != 1 {
		t.Errorf("a set that is empty again was released %d times, want once", m.released)
	}
	for _, tell := range []bool{false, true} {
		bubble.Run(t, func(t *testing.T) {
			m := shared()
			m.add(1)
			m.slot = make(chan struct{}, 3)
			m.slot <- struct{}{}
			m.slot <- struct{}{}
			m.set.Grown(tell)
			next := make(chan int32)
			go func() { i, _, _ := m.set.Next(bg); next <- i }()
			synctest.Wait()
			m.add(1)
			synctest.Wait()
			want := 2
			if tell {
				want = 1 // it has looked at the set again
			}
			if got := len(m.slot); got != want {
				t.Errorf("tell %v: %d slots are left after a task was added, want %d", tell, got, want)
			}
			m.settle(1, outcome.Succeeded)
			if i := <-next; i != 1 {
				t.Errorf("Next() = %d, want 1", i)
			}
			m.set.Close()
		})
	}
}

// Due sees what the set has not been told of.
func TestDue(t *testing.T) {
	for _, grows := range []bool{false, true} {
		m := new(tasks)
		if grows {
			m.set.InitShared(m)
			m.add(2)
		} else {
			m.more(2).set.Init(waitset.One, 2, m)
		}
		if m.set.Due() != nil {
			t.Errorf("grows %v: Due() of pending tasks is one", grows)
		}
		m.cores[1].Settle(outcome.Succeeded)
		if m.set.Due() == nil {
			t.Errorf("grows %v: Due() is not the task whose waiter is not woken", grows)
		}
		if m.cores[1].Release(); m.set.Due() == nil {
			t.Errorf("grows %v: Due() is not the task that was not taken", grows)
		}
		if grows {
			_, _, _ = m.set.Next(bg)
		} else {
			_, _ = m.set.Take(bg)
		}
		if m.set.Due() != nil {
			t.Errorf("grows %v: Due() after all that settled were taken is one", grows)
		}
	}
}

// A goroutine that waits is woken when the last of the tasks that are watched has settled, though
// the condition does not hold, and not before.
func TestWatch(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		m := new(tasks).more(4)
		m.set.Init(waitset.Success, 4, m)
		defer m.set.Close()
		m.settle(0, outcome.Failed) // before they are counted
		m.set.Watch(func(waitset.Task) bool { return true })
		m.set.Watch(func(t waitset.Task) bool { return t != m.cores[3] }) // in place of those before
		m.wakes = make(chan struct{}, 4)
		over := make(chan error, 1)
		go func() { over <- m.set.Block(bg) }()
		for i := 1; i <= 2; i++ {
			synctest.Wait()
			m.settle(i, outcome.Failed)
			synctest.Wait()
			if left, woken := m.set.Watched(), len(m.wakes); left != 2-i || woken != i-1 || len(over) > 0 {
				t.Errorf("after %d of 2 tasks %d are watched, it was woken %d times, and is over: %v", i, left, woken, len(over) > 0)
			}
		}
		m.settle(3, outcome.Failed)
		if err := <-over; err != nil {
			t.Errorf("Block() = %v, want nil", err)
		}
	})
}

// A set that is closed is no target of its tasks any more.
func TestClose(t *testing.T) {
	m := new(tasks).more(3)
	m.settle(0, outcome.Succeeded)
	m.set.Init(waitset.Every, 3, m)
	m.settle(1, outcome.Succeeded)
	m.add(1)
	m.set.Close()
	for i, c := range m.cores {
		c.Each(func(outcome.Target) { t.Errorf("task %d has a waiter of a closed set", i) })
	}
}
