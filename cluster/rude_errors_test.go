package cluster_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/future"
)

// A rude error has methods that panic.
type rude struct{}

func (rude) Error() string   { panic("no text") }
func (rude) Is(error) bool   { panic("no kinship") }
func (rude) Unwrap() []error { panic("no parts") }

func TestRudeErrors(t *testing.T) {
	c, _ := site(t, cluster.Define("rude", func(context.Context, int) (int, error) { return 0, rude{} }), Square)
	task := cluster.Declare[int, int]("rude")
	for _, opts := range [][]millrace.MapOption{nil, {cluster.WithChunk(2)}} {
		n := 0
		for _, err := range task.Map(t.Context(), c, slices.Values([]int{1, 2}), opts...) {
			n++
			if err == nil || !strings.Contains(err.Error(), "no text") {
				t.Errorf("an item: %v", err)
			}
		}
		if n != 2 {
			t.Errorf("%d items, want 2", n)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	f := cluster.Declare[int, int]("nobody has it").Submit(ctx, cluster.NewClient(local.New(nil)), 1)
	cancel(rude{})
	if _, err := f.Await(t.Context()); f.State() != future.Cancelled {
		t.Errorf("aborted with such a cause: %v in state %v", err, f.State())
	}
}

// A method of the error with which a call is aborted may do what it likes: the call is aborted.
type cause struct{ say func() }

func (c cause) Error() string { c.say(); return "enough" }

func TestRudeCauses(t *testing.T) {
	task := cluster.Declare[int, int]("nobody has it")
	for name, say := range map[string]func(f *future.Future[int]){
		"Goexit":            func(*future.Future[int]) { runtime.Goexit() },
		"panic":             func(*future.Future[int]) { explode() },
		"aborts once more":  func(f *future.Future[int]) { f.Abort(nil) },
		"waits for nothing": func(f *future.Future[int]) { _ = f.State() },
	} {
		for by, abort := range map[string]func(f *future.Future[int], end context.CancelCauseFunc, why error){
			"Abort":   func(f *future.Future[int], _ context.CancelCauseFunc, why error) { f.Abort(why) },
			"context": func(_ *future.Future[int], end context.CancelCauseFunc, why error) { end(why) },
		} {
			ctx, end := context.WithCancelCause(t.Context())
			f := task.Submit(ctx, cluster.NewClient(local.New(nil)), 1)
			go abort(f, end, cause{func() { say(f) }})
			if _, err := f.Await(t.Context()); f.State() != future.Cancelled {
				t.Errorf("%s, %s: %v in state %v", name, by, err, f.State())
			}
		}
	}
}

// A mute codec decodes nothing, and its error has a method that does not return.
type mute struct{}

func (mute) Name() string                { return "mute" }
func (mute) Marshal(any) ([]byte, error) { return nil, nil }
func (mute) Unmarshal(_ []byte, v any) error {
	if _, ok := v.(*string); ok {
		return cause{runtime.Goexit}
	}
	return nil
}

func TestRudeErrorsOfCodecs(t *testing.T) {
	task := cluster.Define("text", func(context.Context, int) (string, error) { return "", nil }, cluster.WithCodec(mute{}))
	c, _ := site(t, task)
	f := task.Submit(t.Context(), c, 1)
	if _, err := f.Await(t.Context()); err == nil || f.State() != future.Failed {
		t.Errorf("Await = %v in state %v, want an error, and Failed", err, f.State())
	}
	for _, opts := range [][]millrace.MapOption{nil, {cluster.WithChunk(2)}} {
		n := 0
		for _, err := range task.Map(t.Context(), c, slices.Values([]int{1, 2}), opts...) {
			if n++; err == nil {
				t.Error("an item is decoded")
			}
		}
		if n != 2 {
			t.Errorf("%d items, want 2", n)
		}
	}
}

// A late error has a text when it is listed, and later it has none.
type late struct{ told bool }

func (l *late) Error() string {
	if l.told {
		panic("no text")
	}
	l.told = true
	return "late"
}

// What tells sentinels apart are their texts when they are listed: nothing asks them later.
func TestLateSentinels(t *testing.T) {
	sentinel := &late{}
	task := cluster.Define("late", func(context.Context, int) (int, error) { return 0, sentinel }, cluster.Errors(sentinel))
	c, _ := site(t, task)
	if _, err := task.Submit(t.Context(), c, 1).Await(t.Context()); !errors.Is(err, sentinel) {
		t.Errorf("Await = %v, want the sentinel", err)
	}
}

// A closing context closes the client when it is asked for a value.
type closing struct {
	context.Context
	done  chan struct{}
	close func()
}

func (c closing) Done() <-chan struct{} { return c.done }
func (c closing) Value(any) any         { c.close(); return nil }

// No method of a context is called under a lock.
func TestContextThatCloses(t *testing.T) {
	c := cluster.NewClient(local.New(nil))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	ctx := closing{t.Context(), make(chan struct{}), func() { _ = c.Close(ended) }}
	f := cluster.Declare[int, int]("nobody has it").Submit(ctx, c, 1)
	if _, err := f.Await(t.Context()); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Await = %v, want ErrClosed", err)
	}
}
