package e2e_test

import (
	"bytes"
	"context"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/observe"
	"github.com/millrace-go/millrace/pool"
)

// In a profile the samples of a task have its labels, and an idle worker has not.
func TestProfile(t *testing.T) {
	p := pool.New(millrace.WithName("web"), millrace.WithWorkers(2), millrace.WithObserver(observe.Labels()), millrace.WithIdleTimeout(time.Hour))
	defer p.Close()
	ctx := pprof.WithLabels(context.Background(), pprof.Labels("request", "7"))
	var all, labelled int64
	for began := time.Now(); all < 60 && time.Since(began) < patience; { // on a busy machine a second has few samples
		more, with := profiled(ctx, t, p)
		all, labelled = all+more, labelled+with
	}
	t.Logf("%d of %d samples of tasks have their labels", labelled, all)
	if all < 10 || labelled*100 < all*95 {
		t.Errorf("%d of %d samples of tasks have their labels, want 95 %%", labelled, all)
	}
	parts := idle(t)
	for began := time.Now(); !asIdle(parts) && time.Since(began) < patience; parts = idle(t) {
		time.Sleep(time.Millisecond) // the worker is on its way from its task, or one of another test to its end
	}
	if !asIdle(parts) {
		t.Errorf("there is no idle worker, or one has the labels of a task, or not those of its pool:\n%s", strings.Join(parts, "\n\n"))
	}
}

// profiled runs tasks and returns how many samples of them a profile has, and how many of
// these have their labels.
func profiled(ctx context.Context, t *testing.T, p *pool.Pool) (all, labelled int64) {
	t.Helper()
	var cpu bytes.Buffer
	if err := pprof.StartCPUProfile(&cpu); err != nil {
		t.Skipf("no profile can be taken: %v", err)
	}
	for range 400 {
		_, err := pool.Go(ctx, p, func(context.Context) error { spin(3 * time.Millisecond); return nil }, millrace.WithTaskName("render")).Await(ctx)
		if err != nil {
			t.Error(err)
		}
	}
	pprof.StopCPUProfile()
	return samples(t, &cpu)
}

// asIdle reports whether there are workers, each with the labels of its pool and of no task.
func asIdle(workers []string) bool {
	for _, part := range workers {
		if strings.Contains(part, "millrace.task") || strings.Contains(part, "request") || !strings.Contains(part, `"millrace.pool":"web"`) {
			return false
		}
	}
	return len(workers) > 0
}

// spin computes for a time, in a function that samples are found by.
//
//go:noinline
func spin(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; {
	}
}

// samples returns how many samples of spin a profile has, and how many of them have the
// labels of their task.
func samples(t *testing.T, file *bytes.Buffer) (all, labelled int64) {
	t.Helper()
	p, err := profile.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Sample {
		spins := false
		for _, l := range s.Location {
			for _, line := range l.Line {
				spins = spins || strings.HasSuffix(line.Function.Name, ".spin")
			}
		}
		if !spins {
			continue
		}
		all += s.Value[0]
		if s.HasLabel("millrace.task", "render") && s.HasLabel("millrace.pool", "web") && s.HasLabel("request", "7") {
			labelled += s.Value[0]
		}
	}
	return all, labelled
}

// idle returns the parts of the goroutine profile that are workers of a pool.
func idle(t *testing.T) (parts []string) {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(part, "internal/sched.(*worker)") || strings.Contains(part, "internal/sched.(*Pool)") {
			parts = append(parts, part)
		}
	}
	return parts
}
