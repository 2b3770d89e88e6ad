package outcome_test

import (
	"runtime"
	"testing"

	"github.com/millrace-go/millrace/internal/memory"
	"github.com/millrace-go/millrace/internal/outcome"
)

// A bell counts how often it was told. Only the releasing goroutine tells it.
type bell struct{ rung int }

func (b *bell) Fire(*outcome.Waiter) { b.rung++ }

func pending() *outcome.Core {
	c := new(outcome.Core)
	c.Init(0)
	return c
}

// attach registers a new waiter of a new bell.
func attach(t *testing.T, c *outcome.Core) (*outcome.Waiter, *bell) {
	t.Helper()
	w, b := new(outcome.Waiter), new(bell)
	if !c.Attach(w, b, 0) {
		t.Fatal("Attach() of a pending core = false")
	}
	return w, b
}

// end settles c and releases what waits, as the executor does.
func end(c *outcome.Core) {
	if c.Settle(outcome.Succeeded).Any() {
		c.Release()
	}
}

// Of any number of waiters, those that are still attached fire, once.
func TestWaitersFire(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 10, 1000} {
		for _, every := range []int{1, 2, 3, n + 1} { // which of them leave
			c := pending()
			waiters, bells := make([]*outcome.Waiter, n), make([]*bell, n)
			for i := range n {
				waiters[i], bells[i] = attach(t, c)
			}
			for i := every - 1; i < n; i += every {
				if !c.Detach(waiters[i]) || c.Detach(waiters[i]) {
					t.Fatalf("Detach() of an attached waiter, twice: want true, then false")
				}
			}
			end(c)
			for i, b := range bells {
				want := 1
				if (i+1)%every == 0 {
					want = 0
				}
				if b.rung != want {
					t.Errorf("waiter %d of %d, each %d left: fired %d times, want %d", i, n, every, b.rung, want)
				}
				if c.Detach(waiters[i]) {
					t.Errorf("Detach() after the release = true")
				}
			}
		}
	}
}

// A settled core takes no waiter, whether it has a hub or not.
func TestAttachSettled(t *testing.T) {
	for _, hub := range []bool{false, true} {
		c := pending()
		if hub {
			c.Done()
		}
		end(c)
		w, b := new(outcome.Waiter), new(bell)
		if c.Attach(w, b, 0) || c.Detach(w) || b.rung != 0 {
			t.Errorf("hub %v: a settled core has taken a waiter", hub)
		}
	}
}

// A function is announced before it is put in place, also one that is turned away then: a
// settler that finds it in place must have been told of it.
func TestFunctionIsAnnouncedFirst(t *testing.T) {
	for name, attach := range map[string]func(*outcome.Core) bool{
		"function": func(c *outcome.Core) bool { return c.AttachCall(new(outcome.Waiter), new(bell)) },
		"relay":    func(c *outcome.Core) bool { return c.AttachCall(new(outcome.Waiter), new(relay)) },
	} {
		c := pending()
		c.Done()
		end(c)
		if attach(c) || !c.Has(outcome.Called) {
			t.Errorf("%s: the core has taken it after the end, or was not told of it", name)
		}
	}
}

// Waiters are used anew, on other cores: where they were in a hub before is forgotten.
func TestWaiterUsedAnew(t *testing.T) {
	w, b := new(outcome.Waiter), new(bell)
	many := pending()
	for range 3 {
		attach(t, many)
	}
	many.Attach(w, b, 0)
	end(many)
	c := pending()
	c.Attach(w, b, 0)
	attach(t, c)
	if !c.Detach(w) {
		t.Error("Detach() of a waiter that was the fourth on another core = false, want true")
	}
	end(c)
	if b.rung != 1 {
		t.Errorf("the waiter fired %d times, want once, for the other core", b.rung)
	}
}

// Waiters that come and go on a core leave no memory behind.
func TestWaitersThatLeave(t *testing.T) {
	c := pending()
	attach(t, c)
	attach(t, c)
	w := new(outcome.Waiter)
	come := func() {
		if !c.Attach(w, &bell{}, 0) || !c.Detach(w) {
			t.Fatal("a waiter cannot come and go")
		}
	}
	before := memory.InUse()
	for range 100_000 {
		come()
	}
	if after := memory.InUse(); after > before+100<<10 {
		t.Errorf("the core has grown by %d bytes by 100,000 waiters that left", after-before)
	}
	end(c)
}

// When many have left at once, the core does not keep the room that they took.
func TestManyWaitersThatLeave(t *testing.T) {
	c := pending()
	all := make([]outcome.Waiter, 100_000)
	before := memory.InUse()
	for i := range all {
		if !c.Attach(&all[i], &bell{}, 0) {
			t.Fatal("a waiter cannot come")
		}
	}
	for i := range all {
		c.Detach(&all[i])
		all[i] = outcome.Waiter{}
	}
	if after := memory.InUse(); after > before+100<<10 {
		t.Errorf("the core has grown by %d bytes by 100,000 waiters that left", after-before)
	}
	runtime.KeepAlive(all)
	end(c)
}

// Each sees the targets of those that wait, in order of registration.
func TestEach(t *testing.T) {
	c := pending()
	var want []outcome.Target
	for i := range 5 {
		w, b := attach(t, c)
		if i == 2 {
			c.Detach(w)
			continue
		}
		want = append(want, b)
		if i > 2 {
			continue
		}
		checkEach(t, c, want)
	}
	checkEach(t, c, want)
}

func checkEach(t *testing.T, c *outcome.Core, want []outcome.Target) {
	t.Helper()
	var got []outcome.Target
	c.Each(func(x outcome.Target) { got = append(got, x) })
	if len(got) != len(want) {
		t.Fatalf("Each() calls for %d targets, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("Each() calls for another target in place %d", i)
		}
	}
}

// Done is one channel for ever, closed by the end, and asked for at any time.
func TestDone(t *testing.T) {
	for _, c := range []struct {
		name    string
		waiters int
		hub     bool
		after   bool
	}{
		{"alone", 0, false, false}, {"with a waiter", 1, false, false}, {"with many", 3, false, false},
		{"after the end", 0, false, true}, {"after the end, with a waiter", 1, false, true},
		{"of the owner's hub", 0, true, false}, {"of the owner's hub, after the end", 1, true, true},
	} {
		core := pending()
		if c.hub {
			core.Use(new(outcome.Hub))
		}
		for range c.waiters {
			attach(t, core)
		}
		if c.after {
			end(core)
		}
		done := core.Done()
		if core.Done() != done || closed(done) != c.after {
			t.Errorf("%s: Done() is another channel at the second call, or closed = %v, want %v", c.name, closed(done), c.after)
		}
		if !c.after {
			end(core)
		}
		if core.Done() != done || !closed(done) {
			t.Errorf("%s: after the end Done() is another channel, or open", c.name)
		}
	}
}

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
