package pool_test

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// crashes are the kinds of task that may panic.
var crashes = map[string]func(*pool.Pool){
	"task": func(p *pool.Pool) { pool.Submit(bg, p, crashingTask).Await(bg) },
	"child": func(p *pool.Pool) {
		pool.Submit(bg, p, func(ctx context.Context) (int, error) {
			return pool.Submit(ctx, p, crashingTask).Await(ctx)
		}).Await(bg)
	},
	"item": func(p *pool.Pool) {
		pool.MapSlice(bg, p, []int{1, 2}, func(ctx context.Context, _ int) (int, error) { return crashingTask(ctx) })
	},
	"caller runs": func(p *pool.Pool) {
		defer blocker(p, 1)()
		pool.Submit(bg, p, crashingTask)
	},
}

// With WithCrashOnPanic the process dies with the task's own stack. The test
// runs itself in a process that does.
func TestCrashOnPanic(t *testing.T) {
	if kind := os.Getenv("MILLRACE_CRASH"); kind != "" {
		crashes[kind](pool.New(one, millrace.WithQueue(0), millrace.WithOverflow(millrace.CallerRuns), millrace.WithCrashOnPanic()))
		return
	}
	for kind := range crashes {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCrashOnPanic$")
		cmd.Env = append(os.Environ(), "MILLRACE_CRASH="+kind)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "panic: crash") || !strings.Contains(string(out), "crashingTask") {
			t.Errorf("%s: the process ended with %v and\n%s\nwant a panic with the stack of crashingTask", kind, err, out)
		}
	}
}

func crashingTask(context.Context) (int, error) { panic("crash") }

// A Goexit is no panic, nor is an error, and a function of OnDone is no task.
func TestCrashOnPanicAlone(t *testing.T) {
	p := pool.New(one, millrace.WithCrashOnPanic())
	defer p.Close()
	release := blocker(p, 1)
	f := pool.Submit(bg, p, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
	f.OnDone(func(*intFuture) { panic("in OnDone") })
	release()
	if _, err := f.Await(bg); err != future.ErrGoexit {
		t.Errorf("Await() = %v, want ErrGoexit", err)
	}
	if _, err := pool.Submit(bg, p, boom).Await(bg); err != errBoom {
		t.Errorf("Await() = %v, want %v", err, errBoom)
	}
}
