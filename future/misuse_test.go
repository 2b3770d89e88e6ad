package future_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/future"
)

// wantPanic calls fn, which is to panic with a text that names the package, the
// call and the value.
func wantPanic(t *testing.T, call, value string, fn func()) {
	t.Helper()
	defer func() {
		t.Helper()
		got := fmt.Sprint(recover())
		if !strings.HasPrefix(got, "future: ") || !strings.Contains(got, call) || !strings.HasSuffix(got, value) {
			t.Errorf("%s of a %s panics with %q, want the package, the call and the value", call, value, got)
		}
	}()
	fn()
}

func TestNilContext(t *testing.T) {
	f := future.Resolved(1)
	var none context.Context
	for call, fn := range map[string]func(){
		"Await":       func() { f.Await(none) },
		"Go":          func() { future.Go(none, func(context.Context) (int, error) { return 1, nil }) },
		"Wait":        func() { future.Wait(none, future.AllCompleted, f) },
		"All":         func() { future.All(none, f) },
		"AllSettled":  func() { future.AllSettled(none, f) },
		"Any":         func() { future.Any(none, f) },
		"Race":        func() { future.Race(none, f) },
		"AsCompleted": func() { future.AsCompleted(none, f) },
	} {
		wantPanic(t, call, "nil context", fn)
	}
}

func TestNilFuture(t *testing.T) {
	var f *intFuture
	for call, fn := range map[string]func(){
		"Await":       func() { f.Await(bg) },
		"Poll":        func() { f.Poll() },
		"Done":        func() { f.Done() },
		"State":       func() { f.State() },
		"Cancel":      func() { f.Cancel() },
		"Abort":       func() { f.Abort(errBoom) },
		"OnDone":      func() { f.OnDone(func(*intFuture) {}) },
		"Wait":        func() { future.Wait(bg, future.FirstCompleted, future.Resolved(1), f) },
		"All":         func() { future.All(bg, future.Resolved(1), f) },
		"AllSettled":  func() { future.AllSettled(bg, future.Resolved(1), f) },
		"Any":         func() { future.Any(bg, future.Resolved(1), f) },
		"Race":        func() { future.Race(bg, future.Resolved(1), f) },
		"AsCompleted": func() { future.AsCompleted(bg, future.Resolved(1), f) }, // at the call, not in the loop
		"NewSet":      func() { future.NewSet(future.Resolved(1), f) },
		"Set.Add":     func() { future.NewSet[int]().Add(future.Resolved(1), f) },
	} {
		wantPanic(t, call, "nil future", fn)
	}
}

func TestNilFunction(t *testing.T) {
	wantPanic(t, "Go", "nil function", func() { future.Go[int](bg, nil) })
	wantPanic(t, "Go", "nil function", func() { future.Go[int](ended(errBoom), nil) })
	wantPanic(t, "OnDone", "nil function", func() { future.NewPromise[int]().Future().OnDone(nil) })
	wantPanic(t, "OnDone", "nil function", func() { future.Resolved(1).OnDone(nil) })
}

func TestNilPromiseAndError(t *testing.T) {
	var p *intPromise
	wantPanic(t, "Future", "nil promise", func() { p.Future() })
	wantPanic(t, "Start", "nil promise", func() { p.Start() })
	wantPanic(t, "Resolve", "nil promise", func() { p.Resolve(1) })
	wantPanic(t, "Reject", "nil promise", func() { p.Reject(errBoom) })
	wantPanic(t, "Reject", "nil error", func() { future.NewPromise[int]().Reject(nil) })
	wantPanic(t, "Rejected", "nil error", func() { future.Rejected[int](nil) })
}

// A call that panics has changed nothing.
func TestMisuseChangesNothing(t *testing.T) {
	p := future.NewPromise[int]()
	wantPanic(t, "Reject", "nil error", func() { p.Reject(nil) })
	wantPanic(t, "OnDone", "nil function", func() { p.Future().OnDone(nil) })
	if s := p.Future().State(); s != future.Pending || !p.Resolve(7) {
		t.Errorf("State() = %v after misuse, want pending", s)
	}
}
