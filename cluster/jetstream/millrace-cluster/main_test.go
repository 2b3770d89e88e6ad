package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
	"github.com/millrace-go/millrace/pool"
)

func status(args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"status", "-timeout", "5m"}, args...), &out, &errs)
	return out.String(), errs.String(), code
}

// until asks for the status until it is what ok wants: a call that was submitted is on
// its way, and a busy worker is late to answer.
func until(ctx context.Context, t *testing.T, ok func(string) bool, args ...string) {
	t.Helper()
	for {
		out, errs, code := status(args...)
		if code != statusOK || ctx.Err() != nil {
			t.Fatalf("status %q = %q, %q, %d", args, out, errs, code)
		}
		if ok(out) {
			return
		}
	}
}

// A queue with a call that runs and one behind it is shown as that, as tables and as JSON.
func TestStatus(t *testing.T) {
	s, err := embedded.Start("", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if out, errs, code := status("-nats", s.URL()); out != "no queue\n" || code != statusOK {
		t.Errorf("without a queue: %q, %q, %d", out, errs, code)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	e, err := jetstream.Connect(ctx, s.URL(), jetstream.Config{Queue: "shown"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	begun, open := make(chan int, 2), make(chan int)
	task := cluster.Define("wait", func(context.Context, int) (int, error) { begun <- 1; <-open; return 0, nil })
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
	defer p.Close()
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- cluster.Serve(serving, e, p, task) }()
	defer func() { stop(); <-served }()
	c := cluster.NewClient(e)
	defer c.Close(ctx)
	task.Submit(ctx, c, 1, cluster.WithID("first"))
	<-begun
	task.Submit(ctx, c, 2)
	defer close(open)

	until(ctx, t, func(out string) bool {
		return !slices.ContainsFunc([]string{"QUEUE", "shown", "WORKER", "wait", "RUNS", "first", "10s"}, func(want string) bool {
			return !strings.Contains(out, want)
		})
	}, "-nats", s.URL())
	until(ctx, t, func(out string) bool {
		var all []jetstream.Status
		if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 1 {
			t.Fatalf("JSON %q: %v", out, err)
		}
		q := all[0]
		return q.Queue == "shown" && q.Queued+q.Held == 2 && len(q.Workers) == 1 && len(q.Workers[0].Running) == 1
	}, "-nats", s.URL(), "-json", "-queue", "shown")
	if _, errs, code := status("-nats", s.URL(), "-queue", "other"); code != statusFailed || !strings.Contains(errs, `"shown"`) {
		t.Errorf("another queue: %q, %d", errs, code)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"stats"}, {"status", "x"}, {"status", "-every", "-1s"}, {"status", "-none"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, &out, &errs); code != statusUsage || !strings.Contains(errs.String(), "usage: ") {
			t.Errorf("%q: %d, %q", args, code, errs.String())
		}
	}
	if _, errs, code := status("-nats", "nats://127.0.0.1:1", "-timeout", "1s"); code != statusFailed || errs == "" {
		t.Errorf("no server: %q, %d", errs, code)
	}
}

// The interrupt that ends -every may come while the server is asked.
func TestInterruptedWhileAsking(t *testing.T) {
	s, err := embedded.Start("", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"status", "-nats", s.URL(), "-every", "1s"}, &out, &errs); code != statusOK || errs.Len() > 0 {
		t.Errorf("= %d, %q", code, errs.String())
	}
	if code := run(ctx, []string{"status", "-nats", s.URL()}, &out, &errs); code != statusFailed || errs.Len() == 0 {
		t.Errorf("without -every: %d, %q", code, errs.String())
	}
}

// Names and ids may be any text, and do nothing to a terminal or to the table.
func TestHostileNames(t *testing.T) {
	bad := "a\x1b[31m\tb\nc"
	var out bytes.Buffer
	q := jetstream.Status{Queue: "q", Workers: []jetstream.WorkerStatus{{Name: bad, Tasks: []string{bad}, Running: []jetstream.RunningCall{{Task: bad, ID: bad}}}}}
	if err := (config{}).print(&out, []jetstream.Status{q}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(out.String(), "\n"); strings.Contains(out.String(), "\x1b") || lines != 9 {
		t.Errorf("%d lines, want 9, without escapes: %q", lines, out.String())
	}
}
