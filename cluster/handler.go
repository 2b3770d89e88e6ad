package cluster

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// A Handler is a task that [Serve] can run: a *Task of any types, made by [Define].
type Handler interface {
	Name() string
	signature() string
	defined() bool
	// prepare decodes the input of a call, and returns what runs it and with which
	// options. What is returned runs in the pool, and encodes the output there too.
	prepare(ex pool.Executor, c Call) (func(context.Context) ([]byte, error), []millrace.TaskOption, error)
	fault(err error) *Fault
}

func (t *Task[I, O]) signature() string      { return t.sig }
func (t *Task[I, O]) defined() bool          { return t.fn != nil }
func (t *Task[I, O]) fault(err error) *Fault { return t.cfg.sentinels.encode(err) }

func (t *Task[I, O]) prepare(ex pool.Executor, c Call) (func(context.Context) ([]byte, error), []millrace.TaskOption, error) {
	if c.Chunk {
		return t.prepareChunk(ex, c)
	}
	var in I
	if err := t.input(c.Body, &in); err != nil {
		return nil, nil, err
	}
	fn := func(ctx context.Context) ([]byte, error) { return t.run(ctx, in) }
	return fn, t.options(c, in), nil
}

// prepareChunk returns what runs the items of a chunk as a map of the pool: on all its
// slots, where a panic of an item is that item's alone.
func (t *Task[I, O]) prepareChunk(ex pool.Executor, c Call) (func(context.Context) ([]byte, error), []millrace.TaskOption, error) {
	in, err := t.inputs(c.Body)
	if err != nil {
		return nil, nil, err
	}
	fn := func(ctx context.Context) ([]byte, error) {
		body, n := make([]byte, 0, len(c.Body)), 0
		refuse := func() { // items that cannot run, up to the next that can
			for ; in.bad[n] != nil; n++ {
				body = appendItem(body, nil, t.fault(in.bad[n]))
			}
		}
		refuse()
		for v, err := range t.runAll(ctx, ex, c, in) {
			var f *Fault
			if err != nil {
				v, f = nil, t.fault(err)
			}
			body = appendItem(body, v, f)
			n++
			refuse()
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return body, nil
	}
	return fn, []millrace.TaskOption{
		millrace.WithTaskName(t.name + " chunk"), millrace.WithPriority(c.Priority), millrace.WithOverflow(millrace.Block),
	}, nil
}

// inputs are those of a chunk, by the numbers of its items.
type inputs[I any] struct {
	values  []I
	options [][]millrace.TaskOption // of Locally; empty if there is none
	bad     map[int]error           // of items that cannot be decoded, or whose options cannot be had
}

// good yields the numbers of the items that can run.
func (in *inputs[I]) good(yield func(int) bool) {
	for i := range in.values {
		if in.bad[i] == nil && !yield(i) {
			return
		}
	}
}

// inputs decodes the inputs of a chunk and asks for their options.
func (t *Task[I, O]) inputs(body []byte) (*inputs[I], error) {
	n, err := countParts(body)
	if err != nil {
		return nil, err
	}
	in := &inputs[I]{bad: make(map[int]error)}
	together := apart(func() (err error) {
		in.values, err = unmarshalList[I](t.cfg.codec, len(body), eachInput(body))
		return err
	}) == nil
	if together && t.local == nil {
		return in, nil
	}
	eachApart(n, func(i int) error {
		in.options = append(in.options, nil)
		if !together {
			var none I
			in.values = append(in.values, none) // decoded in place, see decodeItem
			part, rest, _ := cut(body)
			body = rest
			if err := t.input(part, &in.values[i]); err != nil {
				return err
			}
		}
		if t.local != nil {
			in.options[i] = t.local(in.values[i])
		}
		return nil
	}, func(i int, err error) { in.bad[i] = err })
	return in, nil
}

// run calls the function and encodes what it returns.
func (t *Task[I, O]) run(ctx context.Context, in I) ([]byte, error) {
	v, err := t.fn(ctx, in)
	if err != nil {
		return nil, err
	}
	return t.output(&v)
}

func (t *Task[I, O]) input(b []byte, v *I) error {
	if err := t.cfg.codec.Unmarshal(b, v); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	return nil
}

func (t *Task[I, O]) output(v *O) ([]byte, error) {
	b, err := marshal(t.cfg.codec, v)
	if err != nil {
		return nil, fmt.Errorf("output: %w", err)
	}
	return b, nil
}

// options are those of a call on the worker's pool.
func (t *Task[I, O]) options(c Call, in I) []millrace.TaskOption {
	opts := []millrace.TaskOption{millrace.WithTaskName(t.name)}
	if c.Timeout > 0 {
		opts = append(opts, millrace.WithTimeout(c.Timeout))
	}
	if c.Priority != 0 {
		opts = append(opts, millrace.WithPriority(c.Priority))
	}
	if t.local != nil {
		opts = append(opts, t.local(in)...)
	}
	return append(opts, millrace.WithOverflow(millrace.Block))
}

// runAll runs the items of a chunk and yields their outputs in order. An item that fails may be
// tried again here, since the others of its chunk need not be.
func (t *Task[I, O]) runAll(ctx context.Context, ex pool.Executor, c Call, in *inputs[I]) iter.Seq2[[]byte, error] {
	// All inputs are here already, so a smaller window would save no memory; one that is
	// known takes less than one that grows with what it finds.
	opts := []millrace.MapOption{millrace.WithTaskName(t.name), millrace.WithPriority(c.Priority), millrace.WithWindow(max(len(in.values), 1))}
	if c.Timeout > 0 {
		opts = append(opts, millrace.WithTimeout(c.Timeout))
	}
	if t.local != nil {
		opts = append(opts, millrace.PerItem(func(i int) []millrace.TaskOption { return in.options[i] }))
	}
	if c.Retry {
		opts = append(opts, millrace.WithRetry(func(attempt int, _ error) (time.Duration, bool) {
			return c.backoff(attempt), attempt < c.Attempts
		}))
	}
	run := func(ctx context.Context, i int) ([]byte, error) { return t.run(ctx, in.values[i]) }
	return pool.Map(ctx, ex, in.good, run, opts...)
}
