package pool_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// With WithCrashOnPanic the process dies with the task's own stack. The test
// runs itself in a process that does.
func TestCrashOnPanic(t *testing.T) {
	if os.Getenv("MILLRACE_CRASH") != "" {
		p := pool.New(millrace.WithCrashOnPanic())
		pool.Go(bg, p, crashingTask).Await(bg)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashOnPanic$")
	cmd.Env = append(os.Environ(), "MILLRACE_CRASH=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "panic: crash") || !strings.Contains(string(out), "crashingTask") {
		t.Errorf("the process ended with %v and\n%s\nwant a panic with the stack of crashingTask", err, out)
	}
}

func crashingTask(context.Context) error { panic("crash") }
