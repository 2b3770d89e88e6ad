package pool_test

import (
	"bytes"
	"context"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// Workers do not keep the pprof labels of the goroutine that made them start, and have their
// pool's name.
func TestLabelsOfWorkers(t *testing.T) {
	p := pool.New(one, millrace.WithName("labelled"))
	gate := make(chan struct{})
	started := make(chan struct{})
	pprof.Do(bg, pprof.Labels("starter", "somebody"), func(ctx context.Context) {
		pool.Submit(ctx, p, func(context.Context) (int, error) { close(started); <-gate; return 1, nil })
	})
	<-started
	var out bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&out, 1); err != nil {
		t.Fatal(err)
	}
	close(gate)
	p.Close()
	if strings.Contains(out.String(), "somebody") {
		t.Error("a worker has the label of the submitter")
	}
	if !strings.Contains(out.String(), `"millrace.pool":"labelled"`) {
		t.Error("no worker has the label of its pool")
	}
}

// A task that sets pprof labels leaves none to the next task of its worker.
func TestLabelsOfTasksEnd(t *testing.T) {
	labelled := func(ctx context.Context) {
		pprof.Do(ctx, pprof.Labels("inner", "task"), func(context.Context) {})
	}
	kept := func(ctx context.Context) {
		pprof.SetGoroutineLabels(pprof.WithLabels(ctx, pprof.Labels("inner", "task")))
	}
	for name, run := range map[string]func(ctx context.Context, p *pool.Pool){
		"a task": func(ctx context.Context, p *pool.Pool) {
			pool.Submit(ctx, p, func(ctx context.Context) (int, error) { labelled(ctx); return 1, nil }).Await(bg)
		},
		"a task that keeps them": func(ctx context.Context, p *pool.Pool) {
			pool.Submit(ctx, p, func(ctx context.Context) (int, error) { kept(ctx); return 1, nil }).Await(bg)
		},
		"a task that keeps some of its own": func(ctx context.Context, p *pool.Pool) {
			pool.Submit(ctx, p, func(context.Context) (int, error) { kept(bg); return 1, nil }).Await(bg)
		},
		"a panic": func(ctx context.Context, p *pool.Pool) {
			pool.Submit(ctx, p, func(ctx context.Context) (int, error) { kept(ctx); panic("boom") }).Await(bg)
		},
		"below a derived context": func(ctx context.Context, p *pool.Pool) {
			pool.Submit(ctx, p, func(ctx context.Context) (int, error) {
				ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
				defer cancel()
				labelled(ctx)
				return 1, nil
			}).Await(bg)
		},
		"items": func(ctx context.Context, p *pool.Pool) {
			_ = pool.ForN(ctx, p, 5, func(ctx context.Context, _ int) error { kept(ctx); return nil })
		},
	} {
		p := pool.New(one, millrace.WithName("labelled"))
		pprof.Do(bg, pprof.Labels("starter", "somebody"), func(ctx context.Context) { run(ctx, p) })
		var out bytes.Buffer
		pool.Submit(bg, p, func(context.Context) (int, error) { return 1, pprof.Lookup("goroutine").WriteTo(&out, 1) }).Await(bg)
		p.Close()
		if s := out.String(); strings.Contains(s, "somebody") || strings.Contains(s, "inner") {
			t.Errorf("%s: the next task has labels of the one before", name)
		} else if !strings.Contains(s, `"millrace.pool":"labelled"`) {
			t.Errorf("%s: the next task does not have the label of its pool", name)
		}
	}
}
