// Package console is what the programs here show on a terminal, and how one
// ends them: lines, problems, a progress bar, exit statuses, the interrupt.
package console

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// Exit statuses. A timeout's is that of timeout(1), those of an interrupt and of
// a termination are what shells make of them.
const (
	OK          = 0
	Failed      = 1
	Usage       = 2
	Timeout     = 124
	Interrupted = 130
	Terminated  = 143
)

// ErrTimeout is the cause of a context that ended because the run was too long.
var ErrTimeout = errors.New("timed out")

// Bound returns ctx with a timeout for the run; 0 is none.
func Bound(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, timeout, ErrTimeout)
}

// Status returns the exit status of a run that ctx has ended.
func Status(ctx context.Context) int {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrTimeout):
		return Timeout
	case cause != nil && strings.HasPrefix(cause.Error(), syscall.SIGTERM.String()): // as signal.NotifyContext says
		return Terminated
	}
	return Interrupted
}

// Main is the main function of a program: it runs run with the command line, in
// the directory of the shell, until it returns or the program is interrupted.
func Main(run func(ctx context.Context, args []string, stdout, stderr io.Writer) int) {
	FromShell()
	os.Exit(UntilInterrupt(func(ctx context.Context) int {
		return Written(func(stdout io.Writer) int { return run(ctx, os.Args[1:], stdout, os.Stderr) })
	}))
}

// UntilInterrupt returns what fn does. The first interrupt, or termination as a
// supervisor asks for it, ends the context of fn. From then on an interrupt does what
// it does to any process: a second one kills a program that does not end by itself.
func UntilInterrupt(fn func(context.Context) int) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return fn(ctx)
}
