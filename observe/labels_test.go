package observe_test

import (
	"bytes"
	"context"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// labelsHere returns the labels of the calling goroutine, as the goroutine profile has
// them.
func labelsHere(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(part, "observe_test.labelsHere") {
			_, labels, _ := strings.Cut(part, "# labels: ")
			labels, _, _ = strings.Cut(labels, "\n")
			return labels
		}
	}
	t.Fatal("the calling goroutine is not in the profile")
	return ""
}

// While a task runs its goroutine has the task's labels beside those of its submitter,
// and then those of an idle worker.
func TestLabels(t *testing.T) {
	for name, o := range map[string]millrace.Observer{"Labels": observe.Labels(), "Page": observe.NewPage()} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			submitter := pprof.WithLabels(context.Background(), pprof.Labels("request", "7"))
			info := &millrace.TaskInfo{Pool: "web", Name: "render", Submitted: time.Now()}
			ctx := o.Started(o.Submitted(submitter, info), info)
			got := labelsHere(t)
			for _, want := range []string{`"millrace.pool":"web"`, `"millrace.task":"render"`, `"request":"7"`} {
				if !strings.Contains(got, want) {
					t.Errorf("%s: the goroutine has the labels %s, want %s", name, got, want)
				}
			}
			if v, _ := pprof.Label(ctx, "millrace.task"); v != "render" {
				t.Errorf("%s: the context has the label %q, want render", name, v)
			}
			o.Ended(ctx, info)
			if got := labelsHere(t); got != `{"millrace.pool":"web"}` {
				t.Errorf("%s: afterwards the goroutine has the labels %s, want the pool's", name, got)
			}
			info.Pool = ""
			o.Ended(o.Started(submitter, info), info)
			if got := labelsHere(t); got != "" {
				t.Errorf("%s: after a task of a pool without a name the labels are %s, want none", name, got)
			}
		}()
		<-done
	}
}

// A worker whose Init has returned labels has them again when a task has ended.
func TestLabelsOfInit(t *testing.T) {
	p := pool.New(millrace.WithName("web"), millrace.WithWorkers(1), millrace.WithObserver(observe.Labels()), millrace.WithIdleTimeout(time.Hour),
		millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			ctx = pprof.WithLabels(ctx, pprof.Labels("connection", "3"))
			pprof.SetGoroutineLabels(ctx)
			return ctx, nil
		}))
	defer p.Close()
	ctx := pprof.WithLabels(context.Background(), pprof.Labels("request", "7"))
	if _, err := pool.Go(ctx, p, func(context.Context) error { return nil }).Await(ctx); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	workers := 0
	for part := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(part, "internal/sched.(*worker)") && strings.Contains(part, "connection") {
			workers++
			if strings.Contains(part, "millrace.task") || strings.Contains(part, "request") {
				t.Errorf("the worker has the labels of a task:\n%s", part)
			}
		}
	}
	if workers != 1 {
		t.Errorf("%d workers have the label of Init, want 1:\n%s", workers, b.String())
	}
}

// A trace may begin and end at any time of a task, which may be tried several times.
func TestTraceBeginsAnywhere(t *testing.T) {
	if trace.IsEnabled() {
		t.Skip("the tests are traced")
	}
	o := observe.Trace()
	for begin := range 5 {
		for end := begin; end < 6; end++ {
			info := &millrace.TaskInfo{Name: "render"}
			ctx := context.Background()
			for i, step := range []func(){
				func() { ctx = o.Submitted(ctx, info) },
				func() { ctx = o.Started(ctx, info) },
				func() { o.Ended(ctx, info) },
				func() { ctx = o.Started(ctx, info) },
				func() { o.Ended(ctx, info) },
			} {
				if i == begin {
					if err := trace.Start(new(bytes.Buffer)); err != nil {
						t.Fatal(err)
					}
				}
				if i == end {
					trace.Stop()
				}
				step()
			}
			trace.Stop()
			if info.Note != nil {
				t.Errorf("a trace from %d to %d leaves the note %v", begin, end, info.Note)
			}
			o.NeverRan(o.Submitted(context.Background(), info), &millrace.TaskInfo{Note: info.Note, Err: future.ErrCancelled})
		}
	}
}
