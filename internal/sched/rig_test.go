package sched_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/sched"
)

var bg = context.Background()

// A job is a task of the smallest body: a function.
type job struct {
	sched.Task
	fn func(context.Context)
	x  *sched.Extra
}

func (j *job) Run(ctx context.Context, t *sched.Task) {
	j.fn(ctx)
	if j.x != nil {
		t.AskRetry()
	}
}

func (j *job) Drop()               { j.fn = nil }
func (j *job) Extra() *sched.Extra { return j.x }

// plain is a job without options.
func plain(fn func(context.Context)) *job {
	j := &job{fn: fn}
	j.Plain(j)
	return j
}

// rich is a job with options, which set makes of those of a plain one.
func rich(fn func(context.Context), set func(*options.Task)) *job {
	o := options.Plain
	set(&o)
	j := &job{fn: fn, x: new(sched.Extra)}
	j.Setup(j, j.x, o.Common, &o.Rest)
	return j
}

func nothing(context.Context) {}

// hold is a job that runs until release is called.
func hold() (j *job, release func()) {
	gate := make(chan struct{})
	return plain(func(context.Context) { <-gate }), func() { close(gate) }
}

// with runs fn in a bubble with a pool that is closed at the end.
func with(t *testing.T, cfg options.Pool, fn func(t *testing.T, p *sched.Pool)) {
	t.Helper()
	bubble.Run(t, func(t *testing.T) {
		if cfg.Queue == 0 {
			cfg.Queue = options.Unbounded
		}
		cfg.IdleTimeout = time.Minute
		p := sched.New(cfg)
		fn(t, p)
		if err := p.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
		if alarms, set := sched.Alarms(p); alarms != 0 || set {
			t.Errorf("a closed pool has %d alarms, and its timer is set: %v, want none and false", alarms, set)
		}
	})
}

func submit(p *sched.Pool, jobs ...*job) {
	for _, j := range jobs {
		p.Submit(bg, &j.Task)
	}
}

func await(t *testing.T, jobs ...*job) {
	t.Helper()
	for _, j := range jobs {
		if err := sched.Await(bg, &j.Task); err != nil {
			t.Fatalf("Await() = %v, want nil", err)
		}
	}
}

func wantState(t *testing.T, what string, j *job, want outcome.State) {
	t.Helper()
	if s := j.State(); s != want {
		t.Errorf("%s: State() = %v, want %v", what, s, want)
	}
}
