package parallel_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/outcome"
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

// An input that dies ends the items at once, also in a task that has lent them its slot: they would
// not end, and it would have no slot to end them with. Their errors are not yielded.
func TestInputDiesInATask(t *testing.T) {
	for _, l := range loops {
		for _, goexit := range []bool{false, true} {
			for _, tu := range []tuning{{}, {unordered: true}, {own: true}, {own: true, unordered: true}} {
				inBubble(t, 2, func(t *testing.T, p *sched.Pool) {
					in := func(yield func(int, error) bool) {
						yield(0, nil)
						yield(1, nil)
						time.Sleep(ms) // both have begun
						if goexit {
							runtime.Goexit()
						}
						panic("input")
					}
					wait := func(ctx context.Context, _ int) (int, error) {
						<-ctx.Done()
						return 0, ctx.Err()
					}
					task := func(ctx context.Context, _ int) (int, error) {
						for _, err := range l.run(ctx, p, in, wait, tu.config()) {
							t.Errorf("%s, %v: yields %v, want the death of the input", l.name, tu, err)
						}
						return 0, nil
					}
					_, errs := collect(parallel.Seq(bg, p, upTo(1), task, newConfig()))
					var pe *fault.PanicError
					if !goexit && (!errors.As(errs[0], &pe) || pe.Value != "input") || goexit && !errors.Is(errs[0], outcome.ErrGoexit) {
						t.Errorf("%s, %v: dies of %v", l.name, tu, errs)
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
