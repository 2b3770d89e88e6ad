package future_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// wantZeroPanic calls fn on a zero value, which is to panic with a text that names the
// package and the constructor.
func wantZeroPanic(t *testing.T, call, constructor string, fn func()) {
	t.Helper()
	defer func() {
		t.Helper()
		got := fmt.Sprint(recover())
		if !strings.Contains(got, "zero") || !strings.Contains(got, constructor) {
			t.Errorf("%s of a zero value panics with %q, want a text with %q in it", call, got, constructor)
		}
	}()
	fn()
}

// A zero Future would never settle: its first use panics, rather than hang.
func TestZeroFuture(t *testing.T) {
	for call, use := range map[string]func(*intFuture){
		"Await":       func(f *intFuture) { f.Await(ended(errBoom)) },
		"Poll":        func(f *intFuture) { f.Poll() },
		"Done":        func(f *intFuture) { f.Done() },
		"State":       func(f *intFuture) { f.State() },
		"Cancel":      func(f *intFuture) { f.Cancel() },
		"Abort":       func(f *intFuture) { f.Abort(errBoom) },
		"OnDone":      func(f *intFuture) { f.OnDone(func(*intFuture) {}) },
		"Wait":        func(f *intFuture) { future.Wait(bg, future.FirstCompleted, future.Resolved(1), f) },
		"All":         func(f *intFuture) { future.All(bg, f) },
		"AllSettled":  func(f *intFuture) { future.AllSettled(bg, f) },
		"Any":         func(f *intFuture) { future.Any(bg, future.Resolved(1), f) },
		"Race":        func(f *intFuture) { future.Race(bg, future.Resolved(1), f) },
		"AsCompleted": func(f *intFuture) { future.AsCompleted(bg, f) },
		"Then": func(f *intFuture) {
			p := pool.New()
			defer p.Close()
			pool.Then(bg, p, f, func(context.Context, int) (int, error) { return 1, nil })
		},
	} {
		wantZeroPanic(t, call, "NewPromise", func() { use(new(intFuture)) })
	}
}

func TestZeroPromise(t *testing.T) {
	for call, use := range map[string]func(*intPromise){
		"Future":   func(p *intPromise) { p.Future() },
		"Start":    func(p *intPromise) { p.Start() },
		"Resolve":  func(p *intPromise) { p.Resolve(1) },
		"Reject":   func(p *intPromise) { p.Reject(errBoom) },
		"NeverRan": func(p *intPromise) { p.NeverRan(errBoom) },
	} {
		wantZeroPanic(t, call, "NewPromise", func() { use(new(intPromise)) })
	}
}

func TestZeroSet(t *testing.T) {
	for call, use := range map[string]func(*future.Set[int]){
		"Add":  func(s *future.Set[int]) { s.Add(future.Resolved(1)) },
		"Len":  func(s *future.Set[int]) { s.Len() },
		"Next": func(s *future.Set[int]) { s.Next(bg) },
		"All":  func(s *future.Set[int]) { s.All(bg) },
	} {
		wantZeroPanic(t, call, "NewSet", func() { use(new(future.Set[int])) })
	}
}
