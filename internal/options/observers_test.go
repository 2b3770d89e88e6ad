package options_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/options"
)

// spy is an observer that writes down its calls, and may fail in one of them.
type spy struct {
	name    string
	log     *[]string
	fail    string // the method that fails
	with    func() // how
	noted   []any  // what it found as its Note
	noNotes bool
}

type spyKey string

func (s *spy) call(method string, t *options.TaskInfo) {
	*s.log = append(*s.log, s.name+"."+method)
	if t != nil && !s.noNotes {
		s.noted = append(s.noted, t.Note)
		t.Note = s.name + " after " + method
	}
	if s.fail == method {
		s.with()
	}
}

func (s *spy) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, spyKey(s.name), true)
}

func (s *spy) Submitted(ctx context.Context, t *options.TaskInfo) context.Context {
	s.call("Submitted", t)
	return s.in(ctx)
}

func (s *spy) Started(ctx context.Context, t *options.TaskInfo) context.Context {
	s.call("Started", t)
	return nil // the same
}

func (s *spy) Ended(ctx context.Context, t *options.TaskInfo)    { s.call("Ended", t) }
func (s *spy) NeverRan(ctx context.Context, t *options.TaskInfo) { s.call("NeverRan", t) }

// full is a spy with all that is optional.
type full struct{ spy }

func (s *full) Retried(_ context.Context, t *options.TaskInfo, _ time.Duration) { s.call("Retried", t) }

func (s *full) Run(ctx context.Context, _ options.RunInfo) (context.Context, func()) {
	s.call("Run", nil)
	return s.in(ctx), func() { s.call("ended", nil) }
}

func (s *full) Dropped(o options.Observer, value any, stack []byte) {
	s.call(fmt.Sprintf("Dropped(%s, %v, %t)", o.(interface{ String() string }), value, len(stack) > 0), nil)
}

func (s *full) PoolStopped(string, error)            { s.call("PoolStopped", nil) }
func (s *full) CallbackPanicked(string, any, []byte) { s.call("CallbackPanicked", nil) }

func (s *spy) String() string { return s.name }

// tellAll calls every method that an engine calls, each in a goroutine of its own,
// which a Goexit may end, and returns the context of Submitted.
func tellAll(o *options.Observers, t *options.TaskInfo) (in context.Context) {
	ctx := context.Background()
	var ended func()
	for _, call := range []func(){
		func() { _, ended = o.Run(ctx, options.RunInfo{}) },
		func() { in = o.Submitted(ctx, t) },
		func() { o.Started(ctx, t) },
		func() { o.Ended(ctx, t) },
		func() { o.Retried(ctx, t, time.Second) },
		func() { o.NeverRan(ctx, t) },
		func() { o.PoolStopped("p", nil) },
		func() { o.CallbackPanicked("p", "boom", nil) },
		func() {
			if ended != nil { // Run has returned
				ended()
			}
		},
	} {
		done := make(chan struct{})
		go func() { defer close(done); call() }()
		<-done
	}
	return in
}

// Observers are called in order, at Ended and the end of a run in reverse, and what is
// optional only of those that have it.
func TestObserversOrder(t *testing.T) {
	var log []string
	a, b := &full{spy{name: "a", log: &log}}, &spy{name: "b", log: &log}
	o := options.JoinObservers(options.JoinObservers(options.JoinObservers(nil, a), b), &full{spy{name: "c", log: &log}})
	in := tellAll(o, &options.TaskInfo{})
	want := []string{
		"a.Run", "c.Run", "a.Submitted", "b.Submitted", "c.Submitted", "a.Started", "b.Started", "c.Started",
		"c.Ended", "b.Ended", "a.Ended", "a.Retried", "c.Retried", "a.NeverRan", "b.NeverRan", "c.NeverRan",
		"a.PoolStopped", "c.PoolStopped", "a.CallbackPanicked", "c.CallbackPanicked", "c.ended", "a.ended",
	}
	if !slices.Equal(log, want) {
		t.Errorf("calls\n%v\nwant\n%v", log, want)
	}
	for _, name := range []spyKey{"a", "b", "c"} {
		if in.Value(name) == nil {
			t.Errorf("the context of Submitted has no value of %s", name)
		}
	}
}

// Each observer finds its own Note, and a lone one too.
func TestObserversNotes(t *testing.T) {
	for _, n := range []int{1, 3} {
		var log []string
		var o *options.Observers
		var spies []*spy
		for i := range n {
			s := &spy{name: string(rune('a' + i)), log: &log, noNotes: i == 1}
			spies = append(spies, s)
			if i == 0 {
				o = options.JoinObservers(nil, s)
			} else {
				o = options.JoinObservers(o, s)
			}
		}
		tellAll(o, &options.TaskInfo{})
		for _, s := range spies {
			want := []any{nil, s.name + " after Submitted", s.name + " after Started", s.name + " after Ended"}
			if s.noNotes {
				want = nil
			}
			if !slices.Equal(s.noted, want) {
				t.Errorf("%d observers: %s found the notes %v, want %v", n, s.name, s.noted, want)
			}
		}
	}
}

// An observer that fails in a method is dropped and counted. The others are told of it
// and of everything else.
func TestObserversDrop(t *testing.T) {
	whole := []string{"Run", "Submitted", "Started", "Ended", "Retried", "NeverRan", "PoolStopped", "CallbackPanicked", "ended"}
	for i, method := range whole {
		for how, with := range map[string]func(){"<nil>": runtime.Goexit, "boom": func() { panic("boom") }} {
			var log []string
			bad := &full{spy{name: "bad", log: &log, fail: method, with: with}}
			o := options.JoinObservers(options.JoinObservers(options.JoinObservers(nil, &full{spy{name: "a", log: &log}}), bad), &full{spy{name: "c", log: &log}})
			tellAll(o, &options.TaskInfo{})
			tellAll(o, &options.TaskInfo{}) // it is not called again
			got := map[string]int{}
			for _, call := range log {
				got[call]++
			}
			for j, m := range whole {
				want := 0
				if j <= i {
					want = 1
				}
				if method == "Run" && m == "ended" {
					want = 0
				}
				if got["bad."+m] != want {
					t.Errorf("%s in %s: %s was called %d times of it, want %d", how, method, m, got["bad."+m], want)
				}
				for _, other := range []string{"a.", "c."} {
					if got[other+m] != 2 && !(method == "Run" && how == "<nil>" && m == "ended") {
						t.Errorf("%s in %s: %s was called %d times, want 2", how, method, other+m, got[other+m])
					}
				}
			}
			for _, other := range []string{"a.", "c."} {
				if call := other + "Dropped(bad, " + how + ", true)"; got[call] != 1 {
					t.Errorf("%s in %s: %s was called %d times, want 1: %v", how, method, call, got[call], log)
				}
			}
			if o.Dropped() != 1 {
				t.Errorf("%s in %s: Dropped() = %d, want 1", how, method, o.Dropped())
			}
		}
	}
}

// Each pool drops for itself, although the option is one.
func TestObserversIndependent(t *testing.T) {
	var log []string
	bad := &spy{name: "bad", log: &log, fail: "Submitted", with: func() { panic("boom") }}
	first := options.JoinObservers(nil, bad)
	second := options.JoinObservers(first, &spy{name: "b", log: &log})
	first.Submitted(context.Background(), &options.TaskInfo{})
	if first.Dropped() != 1 || second.Dropped() != 0 {
		t.Errorf("Dropped() = %d and %d, want 1 and 0", first.Dropped(), second.Dropped())
	}
	log = nil
	second.Submitted(context.Background(), &options.TaskInfo{})
	if len(log) == 0 || log[0] != "bad.Submitted" {
		t.Errorf("the calls are %q, want bad.Submitted first", log)
	}
}

// keyed is an observer whose contexts have a value, except that Submitted may return
// none.
type keyed struct {
	spy
	none bool
}

func (k *keyed) Submitted(ctx context.Context, _ *options.TaskInfo) context.Context {
	if k.none {
		return nil
	}
	return k.in(ctx)
}

func (k *keyed) Started(ctx context.Context, t *options.TaskInfo) context.Context {
	return k.Submitted(ctx, t)
}

// The context that one observer returns is what the next one gets, and at last the
// task.
func TestObserversContext(t *testing.T) {
	o := options.JoinObservers(nil, &keyed{spy: spy{name: "a"}})
	o = options.JoinObservers(o, &keyed{none: true})
	o = options.JoinObservers(o, &keyed{spy: spy{name: "c"}})
	base := context.Background()
	for method, ctx := range map[string]context.Context{
		"Submitted": o.Submitted(base, &options.TaskInfo{}),
		"Started":   o.Started(base, &options.TaskInfo{}),
	} {
		for _, name := range []spyKey{"a", "c"} {
			if ctx == nil || ctx.Value(name) == nil {
				t.Errorf("the context of %s lacks the value of observer %s", method, name)
			}
		}
	}
}

// Observers that leave no note cost no allocation, however many they are.
func TestObserversAllocations(t *testing.T) {
	for n := 1; n <= 3; n++ {
		o := new(options.Observers)
		for range n {
			o = options.JoinObservers(o, &quiet{})
		}
		info, ctx := &options.TaskInfo{}, context.Background()
		if got := testing.AllocsPerRun(100, func() {
			o.Submitted(ctx, info)
			o.Started(ctx, info)
			o.Ended(ctx, info)
		}); got != 0 {
			t.Errorf("%d observers allocate %v times a task, want 0", n, got)
		}
	}
}

// quiet does nothing.
type quiet struct{}

func (*quiet) Submitted(ctx context.Context, _ *options.TaskInfo) context.Context { return ctx }
func (*quiet) Started(ctx context.Context, _ *options.TaskInfo) context.Context   { return ctx }
func (*quiet) Ended(context.Context, *options.TaskInfo)                           {}
func (*quiet) NeverRan(context.Context, *options.TaskInfo)                        {}

// If an observer calls Goexit when a run begins there is no run, and for each of the others it
// has ended.
func TestObserversRunThatDoesNotBegin(t *testing.T) {
	var log []string
	a, b, c := &full{spy{name: "a", log: &log}}, &full{spy{name: "b", log: &log, fail: "Run", with: runtime.Goexit}}, &full{spy{name: "c", log: &log}}
	o := options.JoinObservers(options.JoinObservers(options.JoinObservers(nil, a), b), c)
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.Run(context.Background(), options.RunInfo{})
		t.Error("Run() has returned after a Goexit")
	}()
	<-done
	calls := slices.DeleteFunc(log, func(call string) bool { return strings.Contains(call, "Dropped") })
	if want := []string{"a.Run", "b.Run", "c.Run", "c.ended", "a.ended"}; !slices.Equal(calls, want) {
		t.Errorf("calls %v, want %v", calls, want)
	}
}

// An observer that is the only one is dropped, too: when it has failed it is not called
// again, and the task has the context that it would have without it.
func TestLoneObserverDrop(t *testing.T) {
	calls := []string{"Submitted", "Started", "Ended", "NeverRan"}
	for i, method := range calls {
		for how, with := range map[string]func(){"Goexit": runtime.Goexit, "panic": func() { panic("boom") }} {
			var log []string
			o := options.JoinObservers(nil, &spy{name: "a", log: &log, fail: method, with: with})
			info, ctx := &options.TaskInfo{}, context.Background()
			tell := map[string]func(){
				"Submitted": func() { ctx = o.Submitted(ctx, info) },
				"Started":   func() { ctx = o.Started(ctx, info) },
				"Ended":     func() { o.Ended(ctx, info) },
				"NeverRan":  func() { o.NeverRan(ctx, info) },
			}
			for range 2 {
				for _, call := range calls {
					done := make(chan struct{})
					go func() { // for Goexit
						defer close(done)
						tell[call]()
					}()
					<-done
				}
			}
			var want []string
			for _, call := range calls[:i+1] {
				want = append(want, "a."+call)
			}
			if !slices.Equal(log, want) || o.Dropped() != 1 {
				t.Errorf("%s in %s: called %q and dropped %d, want %q and 1", how, method, log, o.Dropped(), want)
			}
			if has := ctx.Value(spyKey("a")) != nil; has != (method != "Submitted") || info.Note != nil && method != "NeverRan" {
				t.Errorf("%s in %s: the context has the observer's value: %t, want it but from Submitted; its note is %v, want none but in NeverRan", how, method, has, info.Note)
			}
		}
	}
}
