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

// jobs returns the id of the process that has run the job.
var jobs = cluster.Define("job", runJob)

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

// count returns how many lines say this of a job; of any job if name is "*".
func (l *jobLog) count(name, what string) (n int) {
	for range l.processes(name, what) {
		n++
	}
	return n
}

// processes returns the ids of the processes that said this of a job, in order.
func (l *jobLog) processes(name, what string) (pids []string) {
	b, err := os.ReadFile(l.path)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), "|", 3)
		if len(f) == 3 && (f[0] == name || name == "*") && strings.HasPrefix(f[2], what) {
			pids = append(pids, f[1])
		}
	}
	return pids
}
