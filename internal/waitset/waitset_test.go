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

var bg = context.Background()

// errRefused is what Aside returns if the tasks are told to refuse.
var errRefused = errors.New("refused")

// A task is a core without a scheduler.
type task struct {
	outcome.Core
	looks func()
}

func (t *task) Look() outcome.State {
	if t.looks != nil {
		t.looks()
	}
	return t.State()
}

// tasks are the tasks of a set. A goroutine that waits for them just blocks.
type tasks struct {
	set      waitset.Set
	cores    []*task
	slot     chan struct{} // not nil: a goroutine that has waited needs a value of it to go on
	told     chan struct{} // not nil: so does one that has been told, before it gives up its turn
	refuses  bool
	released int
}

func (m *tasks) Task(i int32) waitset.Task { return m.cores[i] }
func (m *tasks) Release()                  { m.released++ }

func (m *tasks) Wait(ctx context.Context, leave func()) (err error) {
	select {
	case <-m.set.Signal():
	case <-ctx.Done():
		err = outcome.NotDone(ctx)
	}
	if m.told != nil {
		<-m.told
	}
	leave()
	if m.slot != nil {
		<-m.slot
	}
	return err
}

func (m *tasks) Aside(_ context.Context, f func() error) error {
	if m.refuses {
		return errRefused
	}
	return f()
}

// more makes n more pending cores.
func (m *tasks) more(n int) *tasks {
	for range n {
		c := new(task)
		c.Init(0)
		m.cores = append(m.cores, c)
	}
	return m
}

// settle settles a task, and wakes what waits for it.
func (m *tasks) settle(i int, s outcome.State) {
	if m.cores[i].Settle(s).Any() {
		m.cores[i].Release()
	}
}

// shared returns an empty set of several goroutines.
func shared() *tasks {
	m := new(tasks)
	m.set.InitShared(m)
	return m
}

// add adds n pending tasks to the set.
func (m *tasks) add(n int) {
	first := len(m.cores)
	m.more(n)
	for i := range n {
		m.set.Add(int32(first+i), m.cores[first+i])
	}
}

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
			for {
				i, ok, err := m.set.Next(bg)
				if err != nil {
					t.Fatalf("Next() = %v, want nil", err)
				}
				if !ok {
					break
				}
				got = append(got, i)
			}
			if !slices.Equal(got, want) || m.released == 0 {
				t.Errorf("grows %v: Next() returned %v and released the tasks: %v, want %v and true", grows, got, m.released > 0, want)
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
			if _, ok, err := m.set.Next(ended); !ok || err != nil {
				t.Errorf("Next() = %v, %v, want true, nil", ok, err)
			}
			if _, ok, err := m.set.Next(ended); ok || !errors.Is(err, outcome.ErrNotDone) {
				t.Errorf("Next() with a pending task = %v, %v, want false, %v", ok, err, outcome.ErrNotDone)
			}
			m.set.Close()
		})
	}
}

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

// A goroutine that waits inside of a task is woken when tasks are added. A set that was emptied
// counts as one that has grown.
func TestGrown(t *testing.T) {
	m := shared()
	m.add(1)
	if !m.set.Grown(true) || m.set.Grown(true) {
		t.Error("Grown() after one task was added, and again: want true, then false")
	}
	m.settle(0, outcome.Succeeded)
	_, _, _ = m.set.Next(bg)
	if !m.set.Grown(false) || m.released != 1 {
		t.Errorf("Grown() of a set that is empty again = false, or it was released %d times", m.released)
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
		if m.set.Due() {
			t.Errorf("grows %v: Due() of pending tasks = true", grows)
		}
		m.cores[1].Settle(outcome.Succeeded)
		if !m.set.Due() {
			t.Errorf("grows %v: Due() of a task whose waiter is not woken = false", grows)
		}
		if m.cores[1].Release(); !m.set.Due() {
			t.Errorf("grows %v: Due() of a task that was not taken = false", grows)
		}
		if _, _, _ = m.set.Next(bg); m.set.Due() {
			t.Errorf("grows %v: Due() after all that settled were taken = true", grows)
		}
	}
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

func (s *slow) AttachTo(w *outcome.Waiter, t outcome.Target, bits uint64) bool {
	s.before()
	return s.task.AttachTo(w, t, bits)
}
