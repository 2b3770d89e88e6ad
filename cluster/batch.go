package cluster

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/future"
)

// maxBatchBytes ends a batch before it comes near what engines carry in one message,
// 1 MiB and more: its output may be larger than its input.
const maxBatchBytes = 256 << 10

// A batch is the encoded items of a call that is being collected.
type batch struct {
	chunk int
	n     int
	body  []byte
	last  int // bytes of the one before
}

func (b *batch) add(item []byte) {
	b.n++
	if b.chunk == 1 {
		b.body = item // travels as a plain call
		return
	}
	if b.body == nil {
		b.body = make([]byte, 0, b.last+b.last/8)
	}
	b.body = appendPart(b.body, item)
}

// fits reports whether an item may go with those that are there: a large one travels alone.
func (b *batch) fits(item []byte) bool { return len(b.body)+len(item) <= maxBatchBytes }

func (b *batch) full() bool { return b.n >= b.chunk || len(b.body) >= maxBatchBytes }

func (b *batch) reset() { b.n, b.body, b.last = 0, nil, len(b.body) }

// submitBatch submits a batch as one call.
func (t *Task[I, O]) submitBatch(ctx context.Context, c *Client, b *batch, opts []CallOption) *future.Future[[]future.Result[O]] {
	s := t.submission(c, opts)
	s.call.Body, s.call.Chunk = b.body, b.chunk > 1
	decode := t.single
	if s.call.Chunk {
		decode = t.several
	}
	return start(ctx, c, s, decode, t.cfg.sentinels)
}

// single decodes the output of a plain call.
func (t *Task[I, O]) single(o Outcome) ([]future.Result[O], error) {
	var r future.Result[O]
	if err := t.cfg.codec.Unmarshal(o.Body, &r.Value); err != nil {
		return nil, err
	}
	return []future.Result[O]{r}, nil
}

// several decodes the outcomes of the items of a chunk.
func (t *Task[I, O]) several(o Outcome) ([]future.Result[O], error) {
	b := o.Body
	n, err := countParts(b)
	if err != nil {
		return nil, err
	}
	results := make([]future.Result[O], n)
	var values []O
	together := apart(func() (err error) {
		values, err = unmarshalList[O](t.cfg.codec, len(b), eachValue(b))
		return err
	}) == nil
	if together && len(values) == n { // none has failed
		for i := range results {
			results[i].Value = values[i]
		}
		return results, nil
	}
	eachApart(n, func(i int) error {
		part, rest, _ := cut(b)
		b = rest
		if together && isValue(part) {
			results[i].Value, values = values[0], values[1:]
			return nil
		}
		return t.decodeItem(o, part, &results[i])
	}, func(i int, err error) {
		o.Fault = NewFault(brief(err))
		results[i] = future.Result[O]{Err: t.cfg.sentinels.decode(t.name, o, err)}
	})
	return results, nil
}

// decodeItem decodes the outcome of one item of a call, unless that is malformed. It decodes in place: to
// return a result would allocate it, since a codec is given a pointer.
func (t *Task[I, O]) decodeItem(o Outcome, part []byte, r *future.Result[O]) error {
	value, f, err := splitItem(part)
	switch {
	case err != nil:
		return err
	case f != nil:
		o.Fault = f
		r.Err = t.cfg.sentinels.decode(t.name, o)
		return nil
	}
	if err := try(func() error { return t.cfg.codec.Unmarshal(value, &r.Value) }); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}
