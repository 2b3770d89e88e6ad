package effects_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/millrace-go/millrace/internal/effects"
	"github.com/millrace-go/millrace/internal/outcome"
)

// A log records what was done, and runs then after the step that is called at.
type log struct {
	steps []string
	at    string
	then  func()
}

func (l *log) add(step string) {
	l.steps = append(l.steps, step)
	if step == l.at {
		l.then()
	}
}

// Arm implements effects.Armer.
func (l *log) Arm() { l.add("arm") }

var all = []string{"arm", "end 1", "end 2", "call 1", "call 2", "stop"}

// fill adds effects of all kinds, in no order.
func fill(l *log) *effects.Effects {
	var e effects.Effects
	e.Stop(func() bool { l.add("stop"); return true })
	e.Call(func() { l.add("call 1") })
	e.End(func() { l.add("end 1") })
	e.Arm(l)
	e.Call(func() { l.add("call 2") })
	e.End(func() { l.add("end 2") })
	return &e
}

// Effects are done kind by kind, each kind in the order in which it was added.
func TestOrder(t *testing.T) {
	var l log
	e := fill(&l)
	todo := e.Take()
	if e.Any || e.MayCall() {
		t.Error("Take() has left effects")
	}
	if !todo.Any || !todo.MayCall() {
		t.Error("Take() has not returned them")
	}
	todo.Do()
	if !slices.Equal(l.steps, all) {
		t.Errorf("done is %q, want %q", l.steps, all)
	}
}

// Code of the user that panics or calls Goexit keeps nothing else from being done, and once.
func TestAllIsDone(t *testing.T) {
	for _, at := range all {
		for name, then := range map[string]func(){"panic": func() { panic("boom") }, "Goexit": runtime.Goexit} {
			t.Run(fmt.Sprint(name, " at ", at), func(t *testing.T) {
				l := log{at: at, then: then}
				ended, returned := make(chan any), false
				go func() {
					defer func() { ended <- recover() }()
					fill(&l).Do()
					returned = true
				}()
				v := <-ended
				if returned || (v == "boom") != (name == "panic") {
					t.Errorf("Do() has returned: %v, has panicked with %v", returned, v)
				}
				if !slices.Equal(l.steps, all) {
					t.Errorf("done is %q, want %q", l.steps, all)
				}
			})
		}
	}
}

// Only what may be code of the user counts as such.
func TestMayCall(t *testing.T) {
	core := new(outcome.Core)
	core.Init(0)
	for name, c := range map[string]struct {
		add  func(*effects.Effects)
		want bool
	}{
		"nothing": {func(*effects.Effects) {}, false},
		"Release": {func(e *effects.Effects) { e.Release(core) }, false},
		"Stop":    {func(e *effects.Effects) { e.Stop(func() bool { return true }) }, false},
		"Arm":     {func(e *effects.Effects) { e.Arm(new(log)) }, true},
		"Abort":   {func(e *effects.Effects) { e.Abort(effects.Abort{}) }, true},
		"End":     {func(e *effects.Effects) { e.End(func() {}) }, true},
		"Call":    {func(e *effects.Effects) { e.Call(func() {}) }, true},
	} {
		var e effects.Effects
		if c.add(&e); e.MayCall() != c.want || e.Any != (name != "nothing") {
			t.Errorf("%s: MayCall() = %v, Any = %v, want %v", name, e.MayCall(), e.Any, c.want)
		}
	}
}
