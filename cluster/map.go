package cluster

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"reflect"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
)

// Map returns a sequence of the results of the task for the items of in, in the order of
// the input, or with millrace.Unordered as they complete. Nothing runs before the
// sequence is ranged over. An item's error is yielded in its place, and the loop goes on.
//
// Options:
//
//   - [WithChunk]: how many items travel in one call; the default is 1.
//   - millrace.WithWindow: items pulled and not yet delivered; the default is 512, or 64
//     chunks if that is more.
//   - millrace.WithConcurrency: items submitted and not yet settled; by default only the
//     window bounds them.
//   - millrace.WithTimeout: of one run of an item, in place of the task's [Timeout].
//   - millrace.WithPriority: of the calls, as [WithPriority].
//
// Map panics if it is given another option of a task, such as a key or a weight: those
// are for the worker's pool, see [Task.Locally].
//
// Break, the end of ctx, and a panic of the loop body or of in abort the calls in flight
// and wait for them before the loop statement returns. The end of ctx yields one last
// error, which is future.ErrNotDone. A goroutine of its own ranges over in; the end of
// the loop waits until in has come back from its current item.
func (t *Task[I, O]) Map(ctx context.Context, c *Client, in iter.Seq[I], opts ...millrace.MapOption) iter.Seq2[O, error] {
	t.check("Map", ctx, c)
	if in == nil {
		panic("cluster: Map: nil sequence")
	}
	s := newMapSettings("Map", opts)
	return func(yield func(O, error) bool) {
		t.runMap(ctx, c, func(_ context.Context, each func(I, error) bool) {
			for v := range in {
				if !each(v, nil) {
					return
				}
			}
		}, s, yield)
	}
}

// A mapSettings is what the options of a map set.
type mapSettings struct {
	chunk, window, calls int // items in a call; items in the window; calls out at once, 0: any number
	unordered            bool
	submission           []CallOption
}

// The default window: enough calls of a millisecond, or chunks, to keep some dozens of slots busy
// over a network.
const (
	defaultWindow       = 512
	defaultWindowChunks = 64
)

func newMapSettings(call string, opts []millrace.MapOption) mapSettings {
	o := options.NewMap(opts)
	s := mapSettings{chunk: 1, window: o.Window, unordered: o.Unordered}
	for _, opt := range opts {
		if chunk, ok := opt.(chunkOption); ok {
			s.chunk = chunk.n
		}
	}
	if s.window == 0 {
		s.window = max(defaultWindow, defaultWindowChunks*min(s.chunk, math.MaxInt/defaultWindowChunks))
	}
	s.chunk = min(s.chunk, s.window)
	if o.Concurrency > 0 {
		s.chunk = min(s.chunk, o.Concurrency)
		s.calls = o.Concurrency / s.chunk
	}
	s.submission = callOptions(call, o)
	return s
}

// callOptions translates the options of a map's items, as far as they can travel, and
// panics if there is another one: an option that says nothing is a mistake.
func callOptions(call string, o options.Map) []CallOption {
	var opts []CallOption
	if o.Timeout > 0 {
		opts = append(opts, func(s *submission) { s.call.Timeout = o.Timeout })
	}
	if o.Priority != 0 {
		opts = append(opts, WithPriority(o.Priority))
	}
	given, plain := reflect.ValueOf(o.Task), reflect.ValueOf(options.Plain)
	for _, field := range reflect.VisibleFields(given.Type()) {
		if field.Anonymous {
			continue // its fields are visible too
		}
		switch field.Name {
		case "Timeout", "Priority", "Name":
		default:
			f := given.FieldByIndex(field.Index)
			if !f.IsZero() && (f.Kind() == reflect.Func || !f.Equal(plain.FieldByIndex(field.Index))) {
				panic(fmt.Sprintf("cluster: %s: With%s is for the worker's pool: use Locally", call, field.Name))
			}
		}
	}
	if o.PerItem != nil {
		panic(fmt.Sprintf("cluster: %s: PerItem is for the worker's pool: use Locally", call))
	}
	return opts
}

// maxAhead is how many items the feeder may be ahead of the sender: enough for both to
// run without waiting for one another at each item.
const maxAhead = 128

// errMapEnded is the cause with which the loop aborts calls whose results are not wanted.
var errMapEnded = errors.New("cluster: the loop over the map has ended")

// runMap is one run of a map: a feeder ranges over the input, a sender makes calls of
// what it reads, and the caller's goroutine yields.
func (t *Task[I, O]) runMap(outer context.Context, c *Client, in source[I], s mapSettings, yield func(O, error) bool) {
	ctx, cancel := context.WithCancelCause(outer)
	m := &mapping[I, O]{
		task: t, client: c, ctx: ctx, cancel: cancel, mapSettings: s,
		places: make(chan struct{}, s.window),
		items:  make(chan entry[I], min(s.chunk, maxAhead)),
		parts:  partQueue[O]{told: make(chan struct{}, 1)},
		idle:   make(chan struct{}, 1),
	}
	if s.calls > 0 {
		m.slots = make(chan struct{}, s.calls)
	}
	m.running.Go(m.send)
	m.running.Go(func() { m.feed(in) })
	complete := false
	defer func() {
		cancel(errMapEnded)
		m.running.Wait()
		if complete {
			m.fed.rethrow()
			m.sent.rethrow()
		}
	}()
	complete = m.deliver(outer, yield)
}

// deliver yields what the calls come to. It reports whether it has yielded all.
func (m *mapping[I, O]) deliver(ctx context.Context, yield func(O, error) bool) bool {
	var zero O
	for {
		p, ended := m.parts.pop()
		switch {
		case p != nil:
			if more, complete := m.deliverPart(ctx, *p, yield); !more {
				return complete
			}
			continue
		case ended:
			if ctx.Err() != nil && m.cut.Load() {
				yield(zero, outcome.NotDone(ctx))
			}
			return true
		}
		select {
		case <-m.parts.told:
		case <-m.ctx.Done():
			return m.stopped(ctx, yield)
		}
	}
}

// stopped ends a loop in its midst: with the caller's context, which is told as the last
// error; or because the input or the sender has panicked, which goes on as if all had been
// yielded.
func (m *mapping[I, O]) stopped(ctx context.Context, yield func(O, error) bool) (complete bool) {
	if ctx.Err() == nil {
		return true
	}
	var zero O
	yield(zero, outcome.NotDone(ctx))
	return false
}

// deliverPart yields one call's results. It reports whether the loop goes on, or else whether
// it is complete.
func (m *mapping[I, O]) deliverPart(ctx context.Context, p part[O], yield func(O, error) bool) (more, complete bool) {
	var zero O
	if p.err != nil {
		<-m.places
		return yield(zero, p.err), false
	}
	results, err := p.future.Await(m.ctx)
	if err != nil && m.ctx.Err() != nil { // it was aborted, or is about to be
		return false, m.stopped(ctx, yield)
	}
	if err == nil && len(results) != p.n {
		err = refusal(Call{Task: m.task.name}, fmt.Errorf("%w: %d results for %d items", errMalformed, len(results), p.n))
	}
	for i := range p.n {
		<-m.places
		r := future.Result[O]{Err: err}
		if err == nil {
			r = results[i]
		}
		if !yield(r.Value, r.Err) {
			return false, false
		}
	}
	return true, false
}
