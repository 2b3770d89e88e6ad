package stream_test

import (
	"context"
	"iter"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A function, context or executor that is nil and a bound out of range panic
// where they are written, and say which call it was.
func TestBadArguments(t *testing.T) {
	p := pool.New()
	s := stream.FromSlice(upTo(1))
	id := func(_ context.Context, v int) (int, error) { return v, nil }
	some := func(_ context.Context, v int) (int, bool, error) { return v, true, nil }
	none := func(context.Context, int) iter.Seq2[int, error] { return func(func(int, error) bool) {} }
	key := func(v int) int { return v }
	add := func(a, b int) (int, error) { return a + b, nil }
	sum := func(_ context.Context, a, b int) (int, error) { return a + b, nil }
	var noCtx context.Context
	var noPool *pool.Pool
	var noGroup *pool.Group

	for want, call := range map[string]func(){
		"stream: FromSeq: nil sequence":     func() { stream.FromSeq[int](nil) },
		"stream: FromSeq2: nil sequence":    func() { stream.FromSeq2[int](nil) },
		"stream: FromChan: nil channel":     func() { stream.FromChan[int](nil) },
		"stream: FromFunc: nil function":    func() { stream.FromFunc[int](nil) },
		"stream: From: nil function":        func() { stream.From[int](nil) },
		"stream: Map: nil function":         func() { stream.Map[int, int](s, p, nil) },
		"stream: FilterMap: nil function":   func() { stream.FilterMap[int, int](s, p, nil) },
		"stream: FlatMap: nil function":     func() { stream.FlatMap[int, int](s, p, nil) },
		"stream: Map: nil executor":         func() { stream.Map(s, nil, id) },
		"stream: FilterMap: nil executor":   func() { stream.FilterMap(s, nil, some) },
		"stream: FlatMap: nil executor":     func() { stream.FlatMap(s, nil, none) },
		"stream: MapKeyed: nil executor":    func() { stream.MapKeyed(s, nil, key, id) },
		"stream: ReduceByKey: nil executor": func() { stream.ReduceByKey(bg, s, nil, key, key, sum) },

		"stream: Transform: nil function": func() { stream.Transform[int, int](s, nil) },
		"stream: Filter: nil function":    func() { s.Filter(nil) },
		"stream: TakeWhile: nil function": func() { s.TakeWhile(nil) },
		"stream: Tap: nil function":       func() { s.Tap(nil) },
		"stream: Catch: nil function":     func() { s.Catch(nil) },
		"stream: Scan: nil function":      func() { stream.Scan(s, 0, (func(int, int) (int, error))(nil)) },
		"stream: ForEach: nil function":   func() { s.ForEach(bg, nil) },
		"stream: Reduce: nil function":    func() { stream.Reduce(bg, s, 0, (func(int, int) (int, error))(nil)) },

		"stream: Take: n = -1, want n >= 0":         func() { s.Take(-1) },
		"stream: Skip: n = -2, want n >= 0":         func() { s.Skip(-2) },
		"stream: Buffer: n = 0, want n >= 1":        func() { s.Buffer(0) },
		"stream: Batch: n = 0, want n >= 1":         func() { stream.Batch(s, 0, 0) },
		"stream: Batch: n = -7, want n >= 1":        func() { stream.Batch(s, -7, -1) },
		"millrace: WithWindow(0): want n >= 1":      func() { stream.Map(s, p, id, millrace.WithWindow(0)) },
		"millrace: WithConcurrency(0): want n >= 1": func() { stream.Map(s, p, id, millrace.WithConcurrency(0)) },

		"stream: All: nil context":     func() { s.All(noCtx) },
		"stream: Collect: nil context": func() { s.Collect(noCtx) },
		"stream: ForEach: nil context": func() { s.ForEach(noCtx, func(int) error { return nil }) },
		"stream: First: nil context":   func() { s.First(noCtx) },
		"stream: Count: nil context":   func() { s.Count(noCtx) },
		"stream: Drain: nil context":   func() { s.Drain(noCtx) },
		"stream: Reduce: nil context":  func() { stream.Reduce(noCtx, s, 0, add) },
		"stream: ToChan: nil context":  func() { stream.ToChan(noCtx, s) },

		"stream: ReduceByKey: nil context": func() { stream.ReduceByKey(noCtx, s, p, key, key, sum) },

		"stream: From: the source returned a nil sequence": func() {
			stream.From(func(context.Context) iter.Seq2[int, error] { return nil }).Drain(bg)
		},
	} {
		if got := endingOf(call); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}
	for name, call := range map[string]func(){
		"a nil pool":  func() { stream.Map(s, noPool, id) },
		"a nil group": func() { stream.Map(s, noGroup, id) },
	} {
		if got, want := endingOf(call), "stream: Map: nil executor"; got != want {
			t.Errorf("Map on %s: panic %v, want %q", name, got, want)
		}
	}
	for name, call := range map[string]func(){
		"key":  func() { stream.ReduceByKey(bg, s, p, (func(int) int)(nil), key, sum) },
		"init": func() { stream.ReduceByKey(bg, s, p, key, (func(int) int)(nil), sum) },
		"fn":   func() { stream.ReduceByKey[int, int, int](bg, s, p, key, key, nil) },
	} {
		if got, want := endingOf(call), "stream: ReduceByKey: nil function"; got != want {
			t.Errorf("ReduceByKey without %s: panic %v, want %q", name, got, want)
		}
	}
	for name, call := range map[string]func(){
		"key": func() { stream.MapKeyed[int, int, int](s, p, nil, id) },
		"fn":  func() { stream.MapKeyed[int, int, int](s, p, key, nil) },
	} {
		if got, want := endingOf(call), "stream: MapKeyed: nil function"; got != want {
			t.Errorf("MapKeyed without %s: panic %v, want %q", name, got, want)
		}
	}
}

// The zero Pool and the zero Group panic where they are written, and say what makes a
// usable one.
func TestZeroExecutor(t *testing.T) {
	s := stream.FromSlice(upTo(1))
	id := func(_ context.Context, v int) (int, error) { return v, nil }
	key := func(v int) int { return v }
	for constructor, ex := range map[string]pool.Executor{
		"zero Pool: make one with pool.New":                     new(pool.Pool),
		"zero Group: make one with pool.NewGroup or pool.Scope": new(pool.Group),
	} {
		for call, use := range map[string]func(){
			"Map": func() { stream.Map(s, ex, id) },
			"FilterMap": func() {
				stream.FilterMap(s, ex, func(_ context.Context, v int) (int, bool, error) { return v, true, nil })
			},
			"FlatMap":  func() { stream.FlatMap(s, ex, func(context.Context, int) iter.Seq2[int, error] { return nil }) },
			"MapKeyed": func() { stream.MapKeyed(s, ex, key, id) },
			"ReduceByKey": func() {
				stream.ReduceByKey(bg, s, ex, key, key, func(_ context.Context, a, b int) (int, error) { return a + b, nil })
			},
		} {
			if got, want := endingOf(use), "stream: "+call+": "+constructor; got != want {
				t.Errorf("panic %v, want %q", got, want)
			}
		}
	}
}

// Nil options are skipped, and of two that set the same thing the last one wins.
func TestOptions(t *testing.T) {
	inRig(t, 4, func(r *rig) {
		peak := 0
		fn := func(ctx context.Context, v int) (int, error) {
			defer r.call()()
			peak = max(peak, int(r.active.Load()))
			return r.same(ctx, v)
		}
		s := stream.Map(stream.FromSlice(upTo(20)), r.pool, fn, nil, millrace.WithConcurrency(4), nil, millrace.WithConcurrency(1))
		want(t, "Map()", must(s.Collect(bg)), upTo(20), false)
		if peak != 1 {
			t.Errorf("Map(WithConcurrency(4), WithConcurrency(1)) has %d items at work, want 1", peak)
		}
	})
}
