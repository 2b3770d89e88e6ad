package observe_test

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
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

// Labels are those of the task however many names there are, whether it has a name or is known
// by its function.
func TestLabelsOfManyNames(t *testing.T) {
	o := observe.Labels()
	unnamed := func(fn any) *millrace.TaskInfo {
		return &millrace.TaskInfo{Pool: "web", Func: reflect.ValueOf(fn).Pointer()}
	}
	infos := []*millrace.TaskInfo{unnamed(TestLabels), unnamed(TestLabelsOfInit)}
	for i := range 3000 {
		infos = append(infos, &millrace.TaskInfo{Pool: fmt.Sprint("pool ", i%2), Name: fmt.Sprint("task ", i/2)})
	}
	for range 2 {
		for _, info := range infos {
			ctx := o.Started(context.Background(), info)
			o.Ended(ctx, info)
			task, _ := pprof.Label(ctx, "millrace.task")
			if p, _ := pprof.Label(ctx, "millrace.pool"); task != observe.Name(info) || p != info.Pool {
				t.Fatalf("the labels of %q in %q are %q and %q", observe.Name(info), info.Pool, task, p)
			}
		}
	}
	if n := observe.KeptLabels(o); n != 1000 {
		t.Errorf("the labels of %d names are kept, want 1000", n)
	}
}

// Labels are made once for each name: a task pays for two objects, its context and the joined
// labels there.
func TestLabelsAllocations(t *testing.T) {
	o := observe.Labels()
	info := &millrace.TaskInfo{Pool: "web", Name: "render"}
	got := testing.AllocsPerRun(100, func() { o.Ended(o.Started(context.Background(), info), info) })
	if got > 2 {
		t.Errorf("the labels of a task take %v allocations, want 2", got)
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
