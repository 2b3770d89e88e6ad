package outcome_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/millrace-go/millrace/internal/outcome"
)

// A log is a target that says its name.
type log struct {
	to   *[]string
	name string
	do   func() // nil: nothing
}

func (l *log) Fire(*outcome.Waiter) {
	*l.to = append(*l.to, l.name)
	if l.do != nil {
		l.do()
	}
}

// A relay settles another core when its own has settled.
type relay struct {
	log
	next *outcome.Core
	by   outcome.Section
}

func (r *relay) Relay() ([]*outcome.Core, outcome.Section) {
	*r.to = append(*r.to, r.name)
	if !r.next.Settle(outcome.Succeeded).Any() {
		return nil, r.by
	}
	return []*outcome.Core{r.next}, r.by
}

// releaseOrder has waiters, relays and functions, registered in any order, on two cores.
func releaseOrder(register func(c, next *outcome.Core, got *[]string), release func(c *outcome.Core)) []string {
	var got []string
	c, next := pending(), pending()
	register(c, next, &got)
	c.Settle(outcome.Succeeded)
	release(c)
	return got
}

// A section counts the functions that it is asked about.
type section struct {
	n        *int
	released func()
}

func (s section) Contained(f func()) func() { *s.n++; return f }
func (s section) Released()                 { s.released() }

// Goroutines wake before any function of the user runs, on the core and on those that
// settle because of it; then functions run in order of registration, those of another core
// as its relay says; then what comes last.
func TestReleaseOrder(t *testing.T) {
	relayed := 0 // functions on the core of the relay
	register := func(c, next *outcome.Core, got *[]string) {
		add := func(name string) *log { return &log{to: got, name: name} }
		c.AttachCall(new(outcome.Waiter), add("f1"))
		c.Attach(new(outcome.Waiter), add("w1"), 0)
		c.AttachCall(new(outcome.Waiter), &relay{*add("r"), next, section{&relayed, func() { *got = append(*got, "last") }}})
		c.AttachCall(new(outcome.Waiter), add("f2"))
		c.Attach(new(outcome.Waiter), add("w2"), 0)
		next.AttachCall(new(outcome.Waiter), add("f3"))
		next.Attach(new(outcome.Waiter), add("w3"), 0)
	}
	want := []string{"w1", "w2", "r", "w3", "f1", "f2", "f3", "last"}
	got := releaseOrder(register, func(c *outcome.Core) { c.Release() })
	if !slices.Equal(got, want) {
		t.Errorf("Release() tells %v, want %v", got, want)
	}
	got = releaseOrder(register, func(c *outcome.Core) {
		contained, very := 0, false
		outcome.ReleaseAll(section{&contained, func() { very = true }}, c)
		if contained != 2 || !very {
			t.Errorf("ReleaseAll() has %d functions contained, want 2, and calls the last: %v", contained, very)
		}
	})
	if relayed != 2 {
		t.Errorf("the relay has %d functions contained, want 1 in each release", relayed)
	}
	if funcs := []string{"f1", "f2", "f3", "last"}; !slices.Equal(got[4:], funcs) {
		t.Errorf("ReleaseAll() tells %v, want waiters, then %v", got, funcs)
	}
}

// A chain of relays is released in a loop: however long it is, the stack stays small.
func TestRelayChain(t *testing.T) {
	const n = 100_000
	var got []string
	cores := make([]*outcome.Core, n+1)
	for i := range cores {
		cores[i] = pending()
	}
	for i := range n {
		cores[i].AttachCall(new(outcome.Waiter), &relay{log: log{to: &got}, next: cores[i+1]})
	}
	_, b := attach(t, cores[n])
	end(cores[0])
	if b.rung != 1 || len(got) != n {
		t.Errorf("%d of %d relays were told, want all, and the end of the chain %d times, want once", len(got), n, b.rung)
	}
}

// A function that panics, or calls Goexit, keeps no other from running.
func TestFunctionsThatFail(t *testing.T) {
	for name, do := range map[string]func(){
		"panic": func() { panic("boom") }, "Goexit": runtime.Goexit,
	} {
		var got []string
		c := pending()
		c.AttachCall(new(outcome.Waiter), &log{&got, "1", nil})
		c.AttachCall(new(outcome.Waiter), &log{&got, "2", do})
		c.AttachCall(new(outcome.Waiter), &log{&got, "3", do})
		c.AttachCall(new(outcome.Waiter), &log{&got, "4", nil})
		done := make(chan struct{})
		go func() {
			defer close(done)
			end(c)
		}()
		<-done
		if !slices.Equal(got, []string{"1", "2", "3", "4"}) {
			t.Errorf("%s: %v ran, want all four in order", name, got)
		}
	}
}

// What the word says is what was registered before it settled.
func TestWatchers(t *testing.T) {
	for _, c := range []struct {
		name                   string
		register               func(*outcome.Core)
		release, calls, joined bool
	}{
		{"nothing", func(*outcome.Core) {}, false, false, false},
		{"a waiter", func(c *outcome.Core) { c.Attach(new(outcome.Waiter), new(bell), 0) }, true, false, false},
		{"a task's", func(c *outcome.Core) { c.Attach(new(outcome.Waiter), new(bell), outcome.Joined) }, true, false, true},
		{"a function", func(c *outcome.Core) { c.AttachCall(new(outcome.Waiter), new(bell)) }, true, true, false},
		{"a channel", func(c *outcome.Core) { c.Done() }, true, false, false},
	} {
		core := pending()
		c.register(core)
		o := core.Settle(outcome.Failed)
		if o.Any() != c.release || o.Call() != c.calls || o.Joined() != c.joined {
			t.Errorf("%s: any, call, joined = %v, %v, %v, want %v, %v, %v",
				c.name, o.Any(), o.Call(), o.Joined(), c.release, c.calls, c.joined)
		}
	}
}

// The state follows the word, and the order of submission stays what it was.
func TestStates(t *testing.T) {
	for _, want := range []outcome.State{outcome.Succeeded, outcome.Failed, outcome.Cancelled} {
		c := pending()
		c.Enter(1<<40 + 5)
		if s := c.State(); s != outcome.Pending || !c.Pending() || c.Settled() {
			t.Errorf("State() of a new core = %v, want pending", s)
		}
		if want != outcome.Cancelled {
			c.Begin()
			if s := c.State(); s != outcome.Running || c.Pending() || c.Settled() {
				t.Errorf("State() of one that runs = %v, want running", s)
			}
		}
		c.Add(outcome.Lent | outcome.Parent)
		c.Clear(outcome.Lent)
		c.SetErr(errBoom)
		c.Settle(want)
		if s := c.State(); s != want || !c.Settled() || c.Pending() {
			t.Errorf("State() of a settled one = %v, want %v", s, want)
		}
		if c.Err() != errBoom || c.Order() != 1<<40+5 || c.Has(outcome.Lent) || !c.Has(outcome.Parent|outcome.Made) {
			t.Errorf("the end has changed the error, the order, or bits of the executor")
		}
	}
}
