package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A bomb is a codec of which one method does something else than it should.
type bomb struct{ marshal, unmarshal func() }

func (bomb) Name() string { return "bomb" }

func (b bomb) Marshal(v any) ([]byte, error) {
	if b.marshal != nil {
		b.marshal()
	}
	return json.Marshal(v)
}

func (b bomb) Unmarshal(data []byte, v any) error {
	if b.unmarshal != nil {
		b.unmarshal()
	}
	return json.Unmarshal(data, v)
}

//go:noinline
func explode() { panic("boom") }

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

// site returns a client and an engine with a worker of one slot.
func site(t *testing.T, tasks ...cluster.Handler) (*cluster.Client, cluster.Engine) {
	t.Helper()
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
	e := local.New(p, tasks...)
	t.Cleanup(func() { _ = e.Close(); _ = p.Close() })
	return cluster.NewClient(e), e
}

// isBoom reports whether err is the panic of explode, with where it was.
func isBoom(err error) bool {
	var pe *future.PanicError
	if !errors.As(err, &pe) || !strings.Contains(string(pe.Stack), "explode") {
		return false
	}
	return len(pe.Callers) == 0 || strings.HasSuffix(first(pe), "explode") // none: of another process
}

func first(pe *future.PanicError) string {
	frame, _ := runtime.CallersFrames(pe.Callers).Next()
	return frame.Function
}

// What a codec does besides encoding ends its call, and neither the submitter nor the worker.
func TestCodecPanics(t *testing.T) {
	for _, test := range []struct {
		name           string
		client, worker bomb
		state          future.State
		is             func(error) bool
	}{
		{"input, submitter", bomb{marshal: explode}, bomb{}, future.Cancelled, isBoom},
		{"input, worker", bomb{}, bomb{unmarshal: explode}, future.Cancelled, isBoom},
		{"input, worker, Goexit", bomb{}, bomb{unmarshal: runtime.Goexit}, future.Cancelled, isGoexit},
		{"output, worker", bomb{}, bomb{marshal: explode}, future.Failed, isBoom},
		{"output, worker, Goexit", bomb{}, bomb{marshal: runtime.Goexit}, future.Failed, isGoexit},
		{"output, submitter", bomb{unmarshal: explode}, bomb{}, future.Failed, isBoom},
		{"output, submitter, Goexit", bomb{unmarshal: runtime.Goexit}, bomb{}, future.Failed, isGoexit},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, _ := site(t, cluster.Define("double", double, cluster.WithCodec(test.worker)), Square)
			task := cluster.Declare[int, int]("double", cluster.WithCodec(test.client))
			f := task.Submit(t.Context(), c, 1)
			if _, err := f.Await(t.Context()); !test.is(err) || f.State() != test.state {
				t.Errorf("Await = %v in state %v, want %v", err, f.State(), test.state)
			}
			for _, err := range task.Map(t.Context(), c, slices.Values([]int{1})) {
				if !test.is(err) {
					t.Errorf("an item of a map: %v", err)
				}
			}
			if v, err := Square.Submit(t.Context(), c, 3).Await(t.Context()); v != 9 || err != nil {
				t.Errorf("the next call: %v, %v", v, err)
			}
			if err := c.Close(t.Context()); err != nil {
				t.Errorf("Close = %v", err)
			}
		})
	}
}

func isGoexit(err error) bool { return errors.Is(err, future.ErrGoexit) }

// A panic or Goexit of what a map calls while it sends arrives in the loop.
func TestMapSenderPanics(t *testing.T) {
	_, e := site(t, Square)
	c := cluster.NewClient(cluster.Propagate(e, carrier{inject: explode}))
	defer func() {
		pe, _ := recover().(*future.PanicError)
		if pe == nil || pe.Value != "boom" || !strings.HasSuffix(first(pe), "explode") {
			t.Errorf("the loop ends with %v", pe)
		}
	}()
	for v, err := range Square.Map(t.Context(), c, slices.Values([]int{1, 2})) {
		t.Errorf("item %v, %v", v, err)
	}
	t.Error("the loop ends as if there were no items")
}

// A Goexit in a codec of a map ends the goroutine of the loop, and not the loop alone.
func TestMapSenderGoexit(t *testing.T) {
	c, _ := site(t, Square)
	task := cluster.Declare[int, int]("square", cluster.WithCodec(bomb{marshal: runtime.Goexit}))
	ended, after := make(chan struct{}), false
	go func() {
		defer close(ended)
		for range task.Map(context.Background(), c, slices.Values([]int{1, 2})) {
		}
		after = true
	}()
	<-ended
	if after {
		t.Error("the loop ends as if there were no items")
	}
}

// A carrier is a propagator that carries nothing.
type carrier struct {
	inject, extract func()
	forgets         bool // Extract returns nil
}

func (c carrier) Inject(_ context.Context, header map[string]string) {
	header["a"] = "b"
	if c.inject != nil {
		c.inject()
	}
}

func (c carrier) Extract(ctx context.Context, _ map[string]string) context.Context {
	if c.extract != nil {
		c.extract()
	}
	if c.forgets {
		return nil
	}
	return ctx
}

// A call that a propagator's panic has kept from being sent leaves nothing behind.
func TestInjectPanics(t *testing.T) {
	_, e := site(t, Square)
	fail := explode
	c := cluster.NewClient(cluster.Propagate(e, carrier{inject: func() { fail() }}), cluster.WithMaxCalls(1))
	for range 3 {
		if text := panicText(func() { Square.Submit(t.Context(), c, 2) }); text != "boom" {
			t.Errorf("Submit panics with %q", text)
		}
	}
	fail = func() {}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if v, err := Square.Submit(ctx, c, 3).Await(ctx); v != 9 || err != nil {
		t.Errorf("the next call: %v, %v", v, err)
	}
	if err := c.Close(ctx); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// A panic or Goexit of the input, or of what a map calls while it sends, ends the calls that are
// out, and does not wait until they end by themselves.
func TestMapPanicsWhileCallsRun(t *testing.T) {
	begun := make(chan struct{}, 2)
	wait := cluster.Define("wait", func(ctx context.Context, _ int) (int, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	c, e := site(t, wait)
	inject := func() {}
	injecting := cluster.NewClient(cluster.Propagate(e, carrier{inject: func() { inject() }}))
	input := func(second func()) func(func(int) bool) {
		return func(yield func(int) bool) {
			if yield(1) {
				<-begun
				second()
				yield(2)
			}
		}
	}
	for name, loop := range map[string]func(how func()){
		"input": func(how func()) {
			for range wait.Map(t.Context(), c, input(how)) {
			}
		},
		"sender": func(how func()) {
			for range wait.Map(t.Context(), injecting, input(func() { inject = how })) {
			}
		},
		"stage": func(how func()) {
			for _, err := range wait.Stage(stream.FromSeq(input(how)), c).All(t.Context()) {
				_ = err // the panic comes, or does not
			}
		},
	} {
		if text := panicText(func() { loop(explode) }); !strings.Contains(text, "boom") {
			t.Errorf("%s: the loop ends with %q", name, text)
		}
		inject = func() {}
		ended, after := make(chan struct{}), false
		go func() {
			defer close(ended)
			loop(runtime.Goexit)
			after = true
		}()
		<-ended
		if after {
			t.Errorf("%s: the loop goes on after a Goexit", name)
		}
		inject = func() {}
	}
	if err := c.Close(t.Context()); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// A header that cannot be extracted costs the trace alone, and not the worker.
func TestExtractPanics(t *testing.T) {
	for name, rude := range map[string]carrier{
		"panic": {extract: explode}, "Goexit": {extract: runtime.Goexit}, "nil": {forgets: true},
	} {
		for around, propagators := range map[string][]carrier{"alone": {rude}, "inside": {rude, {}}, "outside": {{}, rude}} {
			_, e := site(t)
			for _, p := range propagators {
				e = cluster.Propagate(e, p)
			}
			ctx, cancel := context.WithCancel(t.Context())
			served := make(chan error, 1)
			p := pool.New(millrace.WithQueue(1))
			go func() { served <- cluster.Serve(ctx, e, p, Square) }()
			if v, err := Square.Submit(t.Context(), cluster.NewClient(e), 3).Await(t.Context()); v != 9 || err != nil {
				t.Errorf("%s, %s: Await = %v, %v", name, around, v, err)
			}
			cancel()
			if err := <-served; err != nil {
				t.Errorf("%s, %s: Serve = %v", name, around, err)
			}
		}
	}
}

// What Locally does is the call's own affair; and what it has the pool try again is.
func TestLocallyOptions(t *testing.T) {
	attempts := 0
	options := func(fn func() []millrace.TaskOption) *cluster.Task[int, int] {
		attempts = 0
		return cluster.Define("double", func(ctx context.Context, n int) (int, error) {
			if attempts++; attempts < 3 {
				return 0, errors.New("not yet")
			}
			return 2 * n, nil
		}).Locally(func(int) []millrace.TaskOption { return fn() })
	}
	again := millrace.WithRetry(func(int, error) (time.Duration, bool) { return 0, true })
	for name, test := range map[string]struct {
		fn func() []millrace.TaskOption
		is func(error) bool
	}{
		"panic":  {func() []millrace.TaskOption { explode(); return nil }, isBoom},
		"Goexit": {func() []millrace.TaskOption { runtime.Goexit(); return nil }, isGoexit},
		"retry":  {func() []millrace.TaskOption { return []millrace.TaskOption{again, nil} }, func(err error) bool { return err == nil }},
	} {
		c, _ := site(t, options(test.fn), Square)
		v, err := cluster.Declare[int, int]("double").Submit(t.Context(), c, 4).Await(t.Context())
		if !test.is(err) || err == nil && v != 8 {
			t.Errorf("%s: Await = %v, %v", name, v, err)
		}
		if v, err := Square.Submit(t.Context(), c, 3).Await(t.Context()); v != 9 || err != nil {
			t.Errorf("%s: the next call: %v, %v", name, v, err)
		}
	}
}

// A function of OnProgress that does not return as it should harms nobody, and none runs
// once the future has settled.
func TestProgressGoexit(t *testing.T) {
	task := cluster.Define("report", func(ctx context.Context, n int) (int, error) {
		d, _ := cluster.FromContext(ctx)
		for i := range n {
			if err := d.Report(i); err != nil {
				return 0, err
			}
		}
		return n, nil
	})
	c, _ := site(t, task)
	seen := 0
	v, err := task.Submit(t.Context(), c, 10, cluster.OnProgress(func(int) {
		seen++
		runtime.Goexit()
	})).Await(t.Context())
	if v != 10 || err != nil || seen != 10 {
		t.Errorf("Await = %v, %v after %d reports, want 10 and 10", v, err, seen)
	}
	var none cluster.Delivery
	if none.ID() != "" || none.Attempt() != 0 || none.Report(1) != nil {
		t.Errorf("the zero Delivery = %q, %d", none.ID(), none.Attempt())
	}
}
