package stream_test

import (
	"context"
	"time"
)

// wildSinks are the sinks of wild programs.
var wildSinks = []struct {
	name string
	run  func(w *wild, ctx context.Context, res *result)
}{
	{"All", (*wild).all},
	{"All", (*wild).all},
	{"ToChan", (*wild).chanSink},
	{"Collect", func(w *wild, ctx context.Context, res *result) {
		res.stops = true
		var vs []int
		vs, res.err = w.s.Collect(ctx)
		res.items = good(vs...)
	}},
	{"ForEach", func(w *wild, ctx context.Context, res *result) {
		res.stops = true
		res.err = w.s.ForEach(ctx, func(v int) error { res.items = append(res.items, item[int]{v: v}); return w.body(ctx, res) })
		if res.err == errDies {
			res.err, res.broke = nil, time.Now().UnixNano()
		}
	}},
	{"First", func(w *wild, ctx context.Context, res *result) {
		res.stops = true
		v, ok, err := w.s.First(ctx)
		if ok {
			res.items, res.broke = good(v), time.Now().UnixNano()
		}
		if err != nil {
			res.err = err
		}
	}},
	{"Count", func(w *wild, ctx context.Context, res *result) {
		res.stops = true
		res.n, res.err = w.s.Count(ctx)
		if res.err != nil {
			w.open = true
		}
	}},
}

// all ranges over the program.
func (w *wild) all(ctx context.Context, res *result) {
	for v, err := range w.s.All(ctx) {
		res.items = append(res.items, item[int]{v, err})
		if w.body(ctx, res) != nil {
			res.broke = time.Now().UnixNano()
			break
		}
	}
}

// body is that of a loop: an error ends it.
func (w *wild) body(ctx context.Context, res *result) error {
	n := len(res.items)
	if w.sub%3 == 0 {
		_ = sleep(ctx, time.Duration(n%3)*w.nap)
	}
	if n-1 != w.breakAt {
		return nil
	}
	if w.dies {
		w.die()
	}
	return errDies
}

// chanSink receives the program from a channel. It ends the context to break.
func (w *wild) chanSink(ctx context.Context, res *result) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for it := range w.s.ToChan(ctx) {
		if res.broke != 0 {
			continue
		}
		res.items = append(res.items, item[int]{it.Value, it.Err})
		if len(res.items)-1 == w.breakAt {
			res.broke = time.Now().UnixNano()
			cancel(errLever)
		}
	}
}
