package observed_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/internal/observed"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
)

type key struct{}

// A watcher notes what it is told of.
type watcher struct {
	told []string
	last options.TaskInfo
	ctx  context.Context // of NeverRan or Retried
	exit bool            // Started calls Goexit
}

func (w *watcher) note(what string, i *options.TaskInfo) {
	w.told, w.last = append(w.told, what), *i
}

func (w *watcher) Submitted(ctx context.Context, i *options.TaskInfo) context.Context {
	w.note("submitted", i)
	return context.WithValue(ctx, key{}, "submitted")
}

func (w *watcher) Started(ctx context.Context, i *options.TaskInfo) context.Context {
	w.note("started", i)
	if w.exit {
		runtime.Goexit()
	}
	return context.WithValue(ctx, key{}, "started")
}

func (w *watcher) Ended(_ context.Context, i *options.TaskInfo) { w.note("ended", i) }
func (w *watcher) NeverRan(ctx context.Context, i *options.TaskInfo) {
	w.ctx = ctx
	w.note("never ran", i)
}
func (w *watcher) Retried(ctx context.Context, i *options.TaskInfo, _ time.Duration) {
	w.ctx = ctx
	w.note("retried", i)
}

type task struct{ err error }

func (t *task) Err() error          { return t.err }
func (t *task) Panicked() bool      { return t.err != nil }
func (t *task) Lent() time.Duration { return 3 * time.Second }

func record(w *watcher) (*observed.Record, context.Context) {
	r := new(observed.Record)
	return r, r.Submitted(context.Background(), options.JoinObservers(nil, w), "p", "n", 0)
}

// The observer is told of each attempt: when it starts, how it has ended, and how long that took.
func TestRun(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		w, boom := new(watcher), errors.New("boom")
		r, ctx := record(w)
		time.Sleep(time.Second)
		observed.Around(ctx, r, &task{boom}, false, func(ctx context.Context, _ *task) {
			if got := ctx.Value(key{}); got != "started" {
				t.Errorf("the function has the context of %v, want that of Started", got)
			}
			time.Sleep(2 * time.Second)
		})
		i := w.last
		if i.Wait != time.Second || i.Run != 2*time.Second || i.Lent != 3*time.Second || i.Err != boom || !i.Panicked || i.Attempt != 1 || i.Pool != "p" || i.Name != "n" {
			t.Errorf("the observer was told %+v", i)
		}
		r.Retried(0)
		observed.Around(ctx, r, &task{}, false, func(context.Context, *task) {})
		if i = w.last; i.Attempt != 2 || i.Err != nil || i.Panicked {
			t.Errorf("of the second attempt the observer was told %+v", i)
		}
		if want := []string{"submitted", "started", "ended", "retried", "started", "ended"}; !slices.Equal(w.told, want) {
			t.Errorf("told is %q, want %q", w.told, want)
		}
	})
}

// A task runs, and the observer is told of its end, also if the observer calls Goexit.
func TestGoexitOfObserver(t *testing.T) {
	w := &watcher{exit: true}
	ran, done := false, make(chan struct{})
	go func() {
		defer close(done)
		r, ctx := record(w)
		observed.Around(ctx, r, &task{}, false, func(context.Context, *task) { ran = true })
	}()
	<-done
	if !ran {
		t.Error("the task did not run")
	}
}

// The next attempt has the next number, also if the observer calls Goexit when it is told of it.
func TestGoexitOfRetried(t *testing.T) {
	w, done := &retryLeaver{}, make(chan struct{})
	r := new(observed.Record)
	r.Submitted(context.Background(), options.JoinObservers(options.JoinObservers(nil, w), &w.watcher), "p", "n", 0)
	go func() {
		defer close(done)
		r.Retried(0)
	}()
	<-done
	observed.Around(context.Background(), r, &task{}, false, func(context.Context, *task) {})
	if w.watcher.last.Attempt != 2 {
		t.Errorf("the attempt after the first has number %d, want 2", w.watcher.last.Attempt)
	}
}

// A retryLeaver is an observer that calls Goexit in Retried.
type retryLeaver struct {
	leaver
	watcher watcher
}

func (*retryLeaver) Submitted(ctx context.Context, _ *options.TaskInfo) context.Context { return ctx }
func (*retryLeaver) Retried(context.Context, *options.TaskInfo, time.Duration)          { runtime.Goexit() }

// If an observer calls Goexit in Submitted there is no task: for the others it never ran. An item
// goes on, with the context that it had.
func TestGoexitOfSubmitted(t *testing.T) {
	const id = 7
	ctx := context.WithValue(context.Background(), key{}, id)
	for item, want := range map[bool][]string{false: {"submitted", "never ran"}, true: {"submitted", "retried"}} {
		w, r, done := new(watcher), new(observed.Record), make(chan struct{})
		tell := r.Submitted
		if item {
			tell = r.Item
		}
		go func() {
			defer close(done)
			tell(ctx, options.JoinObservers(options.JoinObservers(nil, leaver{}), w), "p", "n", 0)
			t.Error("Goexit did not end the goroutine")
		}()
		<-done
		if item {
			r.Retried(0)
		}
		if !slices.Equal(w.told, want) || w.ctx.Value(key{}) != id || !item && !errors.Is(w.last.Err, outcome.ErrCancelled) {
			t.Errorf("item %t: told is %q with %+v in %v, want %q in the context of the caller", item, w.told, w.last, w.ctx, want)
		}
	}
}

// A leaver is an observer that calls Goexit in Submitted.
type leaver struct{}

func (leaver) Submitted(context.Context, *options.TaskInfo) context.Context {
	runtime.Goexit()
	return nil
}
func (leaver) Started(ctx context.Context, _ *options.TaskInfo) context.Context { return ctx }
func (leaver) Ended(context.Context, *options.TaskInfo)                         {}
func (leaver) NeverRan(context.Context, *options.TaskInfo)                      {}

// What never ran is told of once its record is let go of.
func TestNeverRan(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		w, boom := new(watcher), errors.New("boom")
		r, _ := record(w)
		time.Sleep(time.Second)
		tell := r.NeverRan(boom)
		if len(w.told) != 1 {
			t.Error("the observer was told before the function was called")
		}
		tell()
		if w.told[1] != "never ran" || w.last.Err != boom || w.last.Wait != time.Second {
			t.Errorf("told is %q, %+v", w.told, w.last)
		}
	})
}

// A nil record is that of a task that is not observed.
func TestNil(t *testing.T) {
	var r *observed.Record
	ran := false
	observed.Around(context.Background(), r, &task{}, false, func(context.Context, *task) { ran = true })
	if !ran {
		t.Error("the task did not run")
	}
	r.NeverRan(nil)()
	r.Retried(0)
}
