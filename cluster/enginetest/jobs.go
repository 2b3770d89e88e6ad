//go:build unix

package enginetest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/millrace-go/millrace/cluster"
)

// A job is what worker processes run: it writes what happens into a file.
type job struct {
	Name string
	Log  string        // a file, shared by all processes
	For  time.Duration // how long it takes
}

// often is how often calls may start whose workers are killed, or are so late that they lose their leases.
const often = 1000

// jobs returns the id of the process that has run the job.
var jobs = cluster.Define("job", runJob, cluster.Attempts(often))

// squares is for maps.
var squares = cluster.Define("squares", func(_ context.Context, n int) (int, error) { return n * n, nil }, cluster.Attempts(often))

// onceJobs is jobs that are run at most once.
var onceJobs = cluster.Define("job once", runJob, cluster.Attempts(1))

// newer is a task that old workers do not have.
var newer = cluster.Define("newer", runJob)

// poison kills its worker.
var poison = cluster.Define("poison", die)

var oncePoison = cluster.Define("poison once", die, cluster.Attempts(1))

func runJob(ctx context.Context, j job) (int, error) {
	j.write("begin")
	select {
	case <-time.After(j.For):
		j.write("end")
		return os.Getpid(), nil
	case <-ctx.Done():
		j.write("cause " + context.Cause(ctx).Error())
		return 0, context.Cause(ctx)
	}
}

func die(_ context.Context, j job) (int, error) {
	j.write("begin")
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// write adds a line to the log, whole.
func (j job) write(what string) {
	f, err := os.OpenFile(j.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = fmt.Fprintf(f, "%s|%d|%s\n", j.Name, os.Getpid(), what)
}

// A jobLog reads what jobs have written.
type jobLog struct {
	t    *testing.T
	path string
}

func newJobLog(t *testing.T) *jobLog { return &jobLog{t, t.TempDir() + "/log"} }

func (l *jobLog) job(name string, d time.Duration) job { return job{Name: name, Log: l.path, For: d} }

// A logLine is what a process said of a job.
type logLine struct{ name, pid, what string }

func (l *jobLog) lines() (lines []logLine) {
	b, err := os.ReadFile(l.path)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.SplitN(strings.TrimSuffix(line, "\n"), "|", 3); len(f) == 3 {
			lines = append(lines, logLine{f[0], f[1], f[2]})
		}
	}
	return lines
}

// count returns how many lines say this of a job; of any job if name is "*".
func (l *jobLog) count(name, what string) int { return len(l.processes(name, what)) }

// processes returns the ids of the processes that said this of a job, in order.
func (l *jobLog) processes(name, what string) (pids []string) {
	for _, line := range l.lines() {
		if (line.name == name || name == "*") && strings.HasPrefix(line.what, what) {
			pids = append(pids, line.pid)
		}
	}
	return pids
}
