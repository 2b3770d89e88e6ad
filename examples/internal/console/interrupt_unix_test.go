//go:build unix

package console_test

import (
	"context"
	"fmt"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/examples/internal/exampletest"
)

func TestMain(m *testing.M) { exampletest.Main(m, program) }

// program does not come to its end if its argument is "unwilling", and only prints
// something if that is "print".
func program(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if args[0] == "print" {
		fmt.Fprintln(stdout, "printed")
		return console.OK
	}
	<-ctx.Done()
	if args[0] == "unwilling" {
		select {}
	}
	fmt.Fprintln(stderr, context.Cause(ctx))
	return console.Status(ctx)
}

// The first interrupt ends the context.
func TestInterrupt(t *testing.T) {
	p := exampletest.Start(t, "willing")
	p.Interrupt()
	_, errs, state := p.End(t)
	if state.ExitCode() != console.Interrupted {
		t.Errorf("the process says %q and ends with %v, want status %d", errs, state, console.Interrupted)
	}
}

// A supervisor's request to end is told from an interrupt.
func TestTermination(t *testing.T) {
	p := exampletest.Start(t, "willing")
	p.Signal(syscall.SIGTERM)
	_, errs, state := p.End(t)
	if state.ExitCode() != console.Terminated {
		t.Errorf("the process says %q and ends with %v, want status %d", errs, state, console.Terminated)
	}
}

// The second interrupt kills a process that the first does not end.
func TestSecondInterrupt(t *testing.T) {
	p := exampletest.Start(t, "unwilling")
	p.Interrupt()
	if got := p.Says(t); got != exampletest.Noticed {
		t.Fatalf("the process says %q", got)
	}
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case <-ended:
				return
			case <-time.After(time.Millisecond): // the handler goes a moment after the context
				p.Interrupt()
			}
		}
	}()
	_, _, state := p.End(t)
	close(ended)
	if s := state.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGINT {
		t.Errorf("the process ended with %v, want killed by an interrupt", state)
	}
}

// A timeout is told from an interrupt.
func TestStatus(t *testing.T) {
	for cause, want := range map[error]int{console.ErrTimeout: console.Timeout, io.EOF: console.Interrupted, nil: console.Interrupted} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		if got := console.Status(ctx); got != want {
			t.Errorf("Status of a context that ended with %v = %d, want %d", cause, got, want)
		}
	}
}
