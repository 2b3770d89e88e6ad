package outcome_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/millrace-go/millrace/internal/outcome"
)

// Each function is called once and in order, however those before it end.
func TestCall(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1") // recover returns nil for it, as it does for a Goexit
	for name, end := range map[string]func(){
		"panic": func() { panic("boom") }, "panic(nil)": func() { panic(nil) }, "Goexit": runtime.Goexit,
	} {
		var got []int
		call := func(i int, end func()) func() {
			return func() {
				got = append(got, i)
				end()
			}
		}
		returned, done := false, make(chan struct{})
		go func() {
			defer close(done)
			outcome.Call(call(1, func() {}), call(2, end), call(3, end), call(4, func() {}))
			returned = true
		}()
		<-done
		if !slices.Equal(got, []int{1, 2, 3, 4}) || returned == (name == "Goexit") {
			t.Errorf("%s: called %v, and Call has returned: %v, want each once, and to return but for a Goexit", name, got, returned)
		}
	}
}
