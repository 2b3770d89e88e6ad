package parallel_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/millrace-go/millrace/internal/parallel"
	"github.com/millrace-go/millrace/internal/sched"
)

// An input that dies as it is told to end goes on in the caller, as in a loop over the input
// itself, though the caller has left the loop.
func TestInputDiesOfTheEnd(t *testing.T) {
	for _, l := range loops {
		for _, goexit := range []bool{false, true} {
			for _, tu := range []tuning{{}, {own: true}} {
				inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
					in := func(yield func(int, error) bool) {
						for yield(1, nil) {
						}
						if goexit {
							runtime.Goexit()
						}
						panic("input")
					}
					died := make(chan any, 1)
					go func() {
						defer func() { died <- recover() }()
						for range l.run(bg, p, in, double, tu.config()) {
							break
						}
						t.Errorf("%s, goexit %v: the loop ends, want the death of its input", l.name, goexit)
					}()
					if got := <-died; !goexit && got != "input" || goexit && got != nil {
						t.Errorf("%s: dies of %v", l.name, got)
					}
				})
			}
		}
	}
}

// An input that goes on after it was told to end panics, as in a loop over the input itself:
// nothing has room for what it yields then.
func TestInputDoesNotEnd(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
		defer func() {
			if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "continued iteration") {
				t.Errorf("dies of %v, want the panic of a range over a function that continues", err)
			}
		}()
		in := parallel.WithoutErrors(func(yield func(int) bool) {
			for v := range 1000 {
				yield(v)
			}
		})
		for range parallel.Seq(bg, p, in, double, newConfig()) {
			break
		}
	})
}
