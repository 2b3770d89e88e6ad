package pool_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe"
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
	"item":            func(p *pool.Pool) { crashingMap(p, millrace.WithTaskName("it")) },
	"item of its own": func(p *pool.Pool) { crashingMap(p, millrace.WithTaskName("it"), millrace.WithMaxWait(time.Hour)) },
	"item of no name": func(p *pool.Pool) { crashingMap(p) },
	"task with tries": func(p *pool.Pool) {
		pool.Submit(bg, p, crashingTask, millrace.WithRetry(func(int, error) (time.Duration, bool) {
			fmt.Println("asked")
			return 0, true
		})).Await(bg)
	},
	"function of WithRetry": func(p *pool.Pool) {
		pool.Submit(bg, p, boom, millrace.WithRetry(func(int, error) (time.Duration, bool) {
			_, err := crashingTask(bg)
			return 0, err == nil
		})).Await(bg)
	},
	"caller runs": func(p *pool.Pool) {
		defer blocker(p, 1)()
		pool.Submit(bg, p, crashingTask)
	},
}

func crashingMap(p *pool.Pool, opts ...millrace.MapOption) {
	pool.MapSlice(bg, p, []int{1, 2}, func(ctx context.Context, _ int) (int, error) { return crashingTask(ctx) }, opts...)
}

// A witness is an observer that writes how tasks have panicked, and may then end the goroutine.
type witness struct {
	observe.Nop
	exits bool
}

func (w witness) Ended(_ context.Context, t *millrace.TaskInfo) {
	if t.Panicked {
		fmt.Printf("observed: %+v\n", t.Err)
	}
	if w.exits {
		runtime.Goexit()
	}
}

// crashObservers are the observers of pools whose tasks may panic.
var crashObservers = map[string][]millrace.PoolOption{
	"nobody":    nil,
	"a witness": {millrace.WithObserver(witness{})},
	"an exit":   {millrace.WithObserver(witness{exits: true})},
}

// With WithCrashOnPanic the process dies with the task's own stack, which observers are told
// first. The test runs itself in a process that does.
func TestCrashOnPanic(t *testing.T) {
	if kind, by, ok := strings.Cut(os.Getenv("MILLRACE_CRASH"), "/"); ok {
		opts := []millrace.PoolOption{one, millrace.WithQueue(0), millrace.WithOverflow(millrace.CallerRuns), millrace.WithCrashOnPanic()}
		crashes[kind](pool.New(append(opts, crashObservers[by]...)...))
		return
	}
	for kind := range crashes {
		for by := range crashObservers {
			cmd := exec.Command(os.Args[0], "-test.run=^TestCrashOnPanic$")
			cmd.Env = append(os.Environ(), "MILLRACE_CRASH="+kind+"/"+by)
			out, err := cmd.CombinedOutput()
			told, died, ok := strings.Cut(string(out), "panic: crash")
			if err == nil || !ok || strings.Contains(told, "asked") || !strings.Contains(died, "crashingTask") {
				t.Errorf("%s, observed by %s: the process ended with %v and\n%s\nwant a panic with the stack of crashingTask", kind, by, err, out)
			}
			observed := strings.Contains(told, "observed: future: task panicked: crash\n") && strings.Contains(told, "crashingTask")
			if want := by != "nobody" && kind != "item of no name"; observed != want {
				t.Errorf("%s, observed by %s: told\n%s\nwant the stack: %t", kind, by, told, want)
			}
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
