package future_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/millrace-go/millrace/future"
)

// steps are the calls that can change the state of a promise's future.
var steps = []struct {
	name string
	take func(*intPromise) bool
}{
	{"Start", func(p *intPromise) bool { return p.Start() }},
	{"Resolve", func(p *intPromise) bool { return p.Resolve(7) }},
	{"Reject", func(p *intPromise) bool { return p.Reject(errBoom) }},
	{"Cancel", func(p *intPromise) bool { return p.Future().Cancel() }},
	{"Abort", func(p *intPromise) bool { return p.Future().Abort(errBoom) }},
}

// inState returns a promise in the given state.
func inState(s future.State) *intPromise {
	p := future.NewPromise[int]()
	switch s {
	case future.Running:
		p.Start()
	case future.Succeeded:
		p.Resolve(1)
	case future.Failed:
		p.Reject(errBoom)
	case future.Cancelled:
		p.Future().Cancel()
	}
	return p
}

// The state machine: for each state what each step returns, and to which state
// it leads.
func TestTransitions(t *testing.T) {
	const pending, running, succeeded, failed, cancelled = future.Pending, future.Running, future.Succeeded, future.Failed, future.Cancelled
	type end struct {
		ok    bool
		state future.State
	}
	for from, want := range map[future.State][5]end{
		//            Start               Resolve             Reject           Cancel              Abort
		pending:   {{true, running}, {true, succeeded}, {true, failed}, {true, cancelled}, {true, cancelled}},
		running:   {{false, running}, {true, succeeded}, {true, failed}, {false, running}, {false, running}},
		succeeded: {{false, succeeded}, {false, succeeded}, {false, succeeded}, {false, succeeded}, {false, succeeded}},
		failed:    {{false, failed}, {false, failed}, {false, failed}, {false, failed}, {false, failed}},
		cancelled: {{false, cancelled}, {false, cancelled}, {false, cancelled}, {true, cancelled}, {false, cancelled}},
	} {
		for i, step := range steps {
			p := inState(from)
			if got := p.Future().State(); got != from {
				t.Fatalf("State() = %v, want %v", got, from)
			}
			got := end{step.take(p), p.Future().State()}
			if got != want[i] {
				t.Errorf("%s from %v = %v, want %v", step.name, from, got, want[i])
			}
		}
	}
}

// Every pair of steps that race has the outcome of one order or the other:
// nothing is settled twice, and nobody is told a win that was not.
func TestTransitionsRace(t *testing.T) {
	for i, a := range steps {
		for j, b := range steps {
			var possible [2]string
			possible[0] = inOrder(future.NewPromise[int](), func(p *intPromise) (x, y bool) { x = a.take(p); y = b.take(p); return })
			possible[1] = inOrder(future.NewPromise[int](), func(p *intPromise) (x, y bool) { y = b.take(p); x = a.take(p); return })
			if i > j {
				continue
			}
			for range 200 {
				got := inOrder(future.NewPromise[int](), func(p *intPromise) (bool, bool) { return atOnce(p, a.take, b.take) })
				if got != possible[0] && got != possible[1] {
					t.Errorf("%s and %s at once = %s, want %s or %s", a.name, b.name, got, possible[0], possible[1])
				}
			}
		}
	}
}

// inOrder takes two steps and describes their outcome.
func inOrder(p *intPromise, take func(*intPromise) (bool, bool)) string {
	x, y := take(p)
	r, settled := p.Future().Poll()
	return fmt.Sprintf("%t %t, %v, %d %v %t", x, y, p.Future().State(), r.Value, r.Err, settled)
}

// atOnce takes two steps in two goroutines.
func atOnce(p *intPromise, a, b func(*intPromise) bool) (x, y bool) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	wg.Go(func() { <-start; x = a(p) })
	wg.Go(func() { <-start; y = b(p) })
	close(start)
	wg.Wait()
	return x, y
}

func TestSettled(t *testing.T) {
	for s, want := range map[future.State]bool{
		future.Pending: false, future.Running: false,
		future.Succeeded: true, future.Failed: true, future.Cancelled: true,
		future.Cancelled + 1: false,
	} {
		if got := s.Settled(); got != want {
			t.Errorf("%v.Settled() = %v, want %v", s, got, want)
		}
	}
}

// The zero State is Pending, so that a forgotten one claims nothing.
func TestZeroState(t *testing.T) {
	var zero future.State
	if zero != future.Pending {
		t.Errorf("the zero State is %v, want %v", zero, future.Pending)
	}
}

// String has the state and the type, and never the value, however it is
// printed.
func TestStringShowsNoValue(t *testing.T) {
	f := future.Resolved("secret")
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, what := range []any{f, []*future.Future[string]{f}, struct{ F *future.Future[string] }{f}} {
			got := fmt.Sprintf(format, what)
			if strings.Contains(got, "secret") || strings.Contains(got, "736563726574") {
				t.Errorf("Sprintf(%q, %T) = %q, want no value in it", format, what, got)
			}
		}
	}
	for _, s := range []future.State{future.Pending, future.Running, future.Succeeded, future.Failed, future.Cancelled} {
		got := inState(s).Future().String()
		if !strings.Contains(got, "int") || !strings.Contains(strings.ToLower(got), strings.ToLower(s.String())) {
			t.Errorf("String() = %q, want the type int and the state %v in it", got, s)
		}
	}
}
