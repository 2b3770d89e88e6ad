// Package console is what the programs here show on a terminal, and how one
// ends them: lines, problems, a progress bar, exit statuses, the interrupt.
package console

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"time"
)

// Exit statuses. A timeout's is that of timeout(1), an interrupt's what shells
// make of one.
const (
	OK          = 0
	Failed      = 1
	Usage       = 2
	Timeout     = 124
	Interrupted = 130
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
	if errors.Is(context.Cause(ctx), ErrTimeout) {
		return Timeout
	}
	return Interrupted
}

// Main is the main function of a program: it runs run with the command line, in
// the directory of the shell, until it returns or the program is interrupted.
func Main(run func(ctx context.Context, args []string, stdout, stderr io.Writer) int) {
	FromShell()
	os.Exit(UntilInterrupt(func(ctx context.Context) int {
		return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	}))
}

// UntilInterrupt returns what fn does. The first interrupt ends the context of
// fn; from then on an interrupt does what it does to any process, so that a
// second one kills a program that does not come to its end.
func UntilInterrupt(fn func(context.Context) int) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop)
	return fn(ctx)
}
