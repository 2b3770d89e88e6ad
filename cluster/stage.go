package cluster

import (
	"context"
	"iter"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/stream"
)

// Stage is [Task.Map] as a stage of a stream: it runs the task over the items of s on the
// cluster. Errors of s keep their places. The options are those of Map. The stage takes
// no slot of a pool of this process.
func (t *Task[I, O]) Stage(s stream.Stream[I], c *Client, opts ...millrace.MapOption) stream.Stream[O] {
	t.checkMade("Stage")
	c.check("Stage")
	settings := newMapSettings("Stage", opts)
	in := func(ctx context.Context, each func(I, error) bool) {
		for v, err := range s.All(ctx) {
			if err != nil && ctx.Err() != nil || !each(v, err) { // the end of the run is no item
				return
			}
		}
	}
	return stream.From(func(ctx context.Context) iter.Seq2[O, error] {
		return func(yield func(O, error) bool) { t.runMap(ctx, c, in, settings, yield) }
	})
}
