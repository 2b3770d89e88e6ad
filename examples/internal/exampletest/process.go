// Package exampletest is what the tests of the programs here have in common:
// real trees, and processes to send signals to.
package exampletest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/stretchr/testify/require"
)

// asProgram is set in the environment of a test binary that is to be the program
// it tests.
const asProgram = "EXAMPLE_TEST_AS_PROGRAM"

// tellsReady is its value if the program is to say that it is ready.
const tellsReady = "ready"

// ready is what a process says on stderr when an interrupt no longer kills it.
const ready = "ready\n"

// Noticed is what a program that was started as a process says on stderr when
// it has noticed an interrupt.
const Noticed = "noticed the interrupt\n"

// Main is for TestMain. In a process of [Start] it is run, as the program's main
// function does it; otherwise it runs the tests.
func Main(m *testing.M, run func(ctx context.Context, args []string, stdout, stderr io.Writer) int) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	os.Exit(console.UntilInterrupt(func(ctx context.Context) int {
		if os.Getenv(asProgram) == tellsReady {
			fmt.Fprint(os.Stderr, ready)
		}
		say := sync.OnceFunc(func() { fmt.Fprint(os.Stderr, Noticed) })
		stop := context.AfterFunc(ctx, say)
		defer func() { // before the end of ctx that is no interrupt
			stop()
			if ctx.Err() != nil { // a program that ends at once says so all the same
				say()
			}
		}()
		return console.Written(func(stdout io.Writer) int { return run(ctx, os.Args[1:], stdout, os.Stderr) })
	}))
}

// Command returns the test binary, to be run as the program.
func Command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// A Process is the program at work. Its output has to be read by [Process.End]
// or before it.
type Process struct {
	Stdout io.Reader
	Stderr *bufio.Reader
	cmd    *exec.Cmd
}

// Start starts the program, and returns when it can be interrupted. It is killed
// at the end of the test.
func Start(t *testing.T, args ...string) *Process {
	t.Helper()
	cmd := Command(t, args...)
	cmd.Env = append(cmd.Env, asProgram+"="+tellsReady)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() }) // before its directory is removed
	p := &Process{Stdout: stdout, Stderr: bufio.NewReader(stderr), cmd: cmd}
	require.Equal(t, ready, p.Says(t))
	return p
}

// Interrupt sends an interrupt. A process that has ended takes no notice.
func (p *Process) Interrupt() { p.Signal(os.Interrupt) }

// Signal sends a signal. A process that has ended takes no notice.
func (p *Process) Signal(s os.Signal) { _ = p.cmd.Process.Signal(s) }

// Kill ends the process at once, as a crash would.
func (p *Process) Kill() { _ = p.cmd.Process.Kill() }

// Says returns the next line on stderr.
func (p *Process) Says(t *testing.T) string {
	t.Helper()
	s, err := p.Stderr.ReadString('\n')
	require.NoError(t, err)
	return s
}

// End waits for the end of the process, and returns the rest of its output and
// how it ended.
func (p *Process) End(t *testing.T) (stdout, stderr string, state *os.ProcessState) {
	t.Helper()
	out, err := io.ReadAll(p.Stdout)
	require.NoError(t, err)
	errs, err := io.ReadAll(p.Stderr)
	require.NoError(t, err)
	_ = p.cmd.Wait() // how it ended is in its state
	return string(out), string(errs), p.cmd.ProcessState
}
