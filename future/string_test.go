package future_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/future"
)

// fmt prints promises and sets by their String, whatever the verb: it reads neither their
// values nor what other goroutines change meanwhile.
func TestPrintPromisesAndSets(t *testing.T) {
	promise := future.NewPromise[string]()
	set := future.NewSet(promise.Future())
	for _, c := range []struct {
		what fmt.Stringer
		want string
	}{
		{promise, "*future.Promise[string](pending)"},
		{set, "*future.Set[string](1)"},
		{new(future.Promise[int]), "*future.Promise[int](zero)"},
		{new(future.Set[int]), "*future.Set[int](zero)"},
		{(*future.Promise[int])(nil), "*future.Promise[int](nil)"},
		{(*future.Set[int])(nil), "*future.Set[int](nil)"},
	} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
			if got := fmt.Sprintf(format, c.what); got != c.want {
				t.Errorf("Sprintf(%q, %T) = %q, want %q", format, c.what, got, c.want)
			}
		}
	}
	promise.Resolve("secret")
	for _, what := range []any{promise, set, []any{promise, set}} {
		if got := fmt.Sprintf("%v %#v", what, what); strings.Contains(got, "secret") {
			t.Errorf("Sprintf(%T) = %q, want no value in it", what, got)
		}
	}
}

// What is printed may be in use: the race detector hears of it if fmt reads fields.
func TestPrintInUse(t *testing.T) {
	promise := future.NewPromise[int]()
	set := future.NewSet(promise.Future())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100 {
			set.Add(future.NewPromise[int]().Future())
		}
		promise.Resolve(1)
	}()
	for range 100 {
		if got := fmt.Sprintf("%+v %#v", promise, set); !strings.HasPrefix(got, "*future.Promise[int](") || !strings.Contains(got, " *future.Set[int](") {
			t.Errorf("Sprintf() of a promise and a set in use = %q", got)
		}
	}
	<-done
}
