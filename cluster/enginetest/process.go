//go:build unix

package enginetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/pool"
)

// The test binary is its own worker: with these in its environment it serves in place
// of running tests.
const (
	envQueue   = "MILLRACE_ENGINETEST_QUEUE"
	envAddress = "MILLRACE_ENGINETEST_ADDRESS"
	envTasks   = "MILLRACE_ENGINETEST_TASKS" // "old" lacks a task
	envSlots   = "MILLRACE_ENGINETEST_SLOTS"
	envLog     = "MILLRACE_ENGINETEST_LOG"  // set: it is a submitter, of jobs that write there
	envHeld    = "MILLRACE_ENGINETEST_HELD" // set: it serves once it gets SIGUSR1
	envLease   = "MILLRACE_ENGINETEST_LEASE"
)

// A connector is Processes.Connect.
type connector = func(ctx context.Context, address, queue string) (cluster.Engine, error)

type leaseKey struct{}

func withLease(ctx context.Context, lease time.Duration) context.Context {
	return context.WithValue(ctx, leaseKey{}, lease)
}

// LeaseOf returns for how long workers of the queue may be silent, which Processes.Connect is
// called for with ctx.
func LeaseOf(ctx context.Context) time.Duration {
	lease, _ := ctx.Value(leaseKey{}).(time.Duration)
	return lease
}

// Main is for the TestMain of an engine that runs [RunProcesses]. In a process that
// was started as a worker it serves, and does not return; or else it returns at once.
// A worker ends at SIGTERM, as one should: it finishes what it runs.
func Main(connect func(ctx context.Context, address, queue string) (cluster.Engine, error)) {
	queue := os.Getenv(envQueue)
	if queue == "" {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	work := work
	if os.Getenv(envLog) != "" {
		work = submit
	}
	if err := work(ctx, queue, connect); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
	fmt.Println("clean")
	os.Exit(0)
}

func connected(ctx context.Context, queue string, connect connector) (cluster.Engine, error) {
	lease, err := time.ParseDuration(os.Getenv(envLease))
	if err != nil {
		return nil, err
	}
	return connect(withLease(ctx, lease), os.Getenv(envAddress), queue)
}

func work(ctx context.Context, queue string, connect connector) error {
	e, err := connected(ctx, queue, connect)
	if err != nil {
		return err
	}
	defer e.Close()
	slots := 0
	if _, err := fmt.Sscan(os.Getenv(envSlots), &slots); err != nil {
		return err
	}
	p := pool.New(millrace.WithWorkers(slots), millrace.WithQueue(slots))
	defer p.Close()
	tasks := []cluster.Handler{squares, jobs, onceJobs, poison, oncePoison}
	if os.Getenv(envTasks) != "old" {
		tasks = append(tasks, newer)
	}
	let := make(chan os.Signal, 1)
	signal.Notify(let, syscall.SIGUSR1)
	fmt.Println("ready")
	if os.Getenv(envHeld) != "" {
		<-let
	}
	return cluster.Serve(ctx, e, p, tasks...)
}

// orphans is how many calls a submitter has out.
const orphans = 6

// submit submits calls with ids, and waits for SIGTERM, or to be killed.
func submit(ctx context.Context, queue string, connect connector) error {
	e, err := connected(ctx, queue, connect)
	if err != nil {
		return err
	}
	defer e.Close()
	c := cluster.NewClient(e)
	for i := range orphans {
		name := strconv.Itoa(i)
		j := job{Name: name, Log: os.Getenv(envLog), For: 500 * time.Millisecond}
		jobs.Submit(context.WithoutCancel(ctx), c, j, cluster.WithID(name))
	}
	fmt.Println("submitted")
	<-ctx.Done()
	return nil
}

// A Process is a process that a test has started.
type Process struct {
	t    *testing.T
	cmd  *exec.Cmd
	line chan string // what it has printed
	done chan struct{}
}

// StartProcess starts a command and waits until it has printed a line, which it
// returns. The process is killed at the end of the test.
func StartProcess(t *testing.T, cmd *exec.Cmd) (p *Process, first string) {
	t.Helper()
	p = &Process{t: t, cmd: cmd, line: make(chan string, 16), done: make(chan struct{})}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.read(out)
	t.Cleanup(p.Kill)
	select {
	case first = <-p.line:
	case <-time.After(patience):
	}
	if first == "" {
		t.Fatalf("%v printed nothing", cmd.Args)
	}
	return p, first
}

func (p *Process) read(out io.Reader) {
	defer close(p.done)
	for s := bufio.NewScanner(out); s.Scan(); {
		select {
		case p.line <- s.Text():
		default:
		}
	}
	_ = p.cmd.Wait()
}

// Pid returns the process's id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Kill kills the process with SIGKILL, if it has not ended, and waits for its end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.done
}

// Signal sends a signal.
func (p *Process) Signal(s syscall.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Errorf("signal %v: %v", s, err)
	}
}

// stop stops the process, and returns when it stands still.
func (p *Process) stop() {
	p.Signal(syscall.SIGSTOP)
	var now syscall.WaitStatus
	for err := error(syscall.EINTR); err == syscall.EINTR; {
		_, err = syscall.Wait4(p.Pid(), &now, syscall.WUNTRACED, nil)
	}
}

// Dead reports whether the process has ended.
func (p *Process) Dead() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Terminate sends SIGTERM and returns the last line that the process printed.
func (p *Process) Terminate() (last string) {
	p.Signal(syscall.SIGTERM)
	<-p.done
	for {
		select {
		case last = <-p.line:
		default:
			if code := p.cmd.ProcessState.ExitCode(); code != 0 {
				p.t.Errorf("exit code %d after SIGTERM, want 0", code)
			}
			return last
		}
	}
}

// command returns the command that runs this test binary as a worker.
func (s *site) command(tasks string, slots int) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envQueue+"="+s.queue, envAddress+"="+s.address, envLease+"="+s.lease.String(),
		envTasks+"="+tasks, fmt.Sprintf("%s=%d", envSlots, slots))
	return cmd
}

// inNamespace makes a command run in a network namespace.
func inNamespace(name string, cmd *exec.Cmd) *exec.Cmd {
	in := exec.Command("ip", append([]string{"netns", "exec", name}, cmd.Args...)...)
	in.Env = cmd.Env
	return in
}

// ip runs the command of that name.
func ip(t *testing.T, args string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", args, err, out)
	}
}
