package stream_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/stream"
)

// A stage passes numbers on as they are, so that any may stand on any other.
type stage struct {
	name      string
	crosses   bool // the stages above run in other goroutines
	unordered bool
	over      func(r *rig, s ints) ints
}

// A source yields 0, 1, … n-1.
type source struct {
	name string
	make func(r *rig, n int) ints
}

// same returns v after a time that depends on it, so that later items overtake
// earlier ones.
func (r *rig) same(_ context.Context, v int) (int, error) {
	defer r.call()()
	time.Sleep(time.Duration((v+1)*7%4) * time.Millisecond)
	return v, nil
}

func (r *rig) yes(int) bool {
	defer r.call()()
	return true
}

func mapStage(name string, unordered bool, opts ...millrace.MapOption) stage {
	return stage{name, true, unordered, func(r *rig, s ints) ints { return stream.Map(s, r.pool, r.same, opts...) }}
}

// stages has one of every kind.
var stages = slices.Concat(parallelStages, hopStages, inlineStages)

var parallelStages = []stage{
	mapStage("Map", false),
	mapStage("Map_of_1", false, millrace.WithConcurrency(1), millrace.WithWindow(1)),
	mapStage("Map_of_2", false, millrace.WithConcurrency(2), millrace.WithWindow(5)),
	mapStage("Map_unordered", true, millrace.Unordered()),
	{"FilterMap", true, false, func(r *rig, s ints) ints {
		return stream.FilterMap(s, r.pool, func(ctx context.Context, v int) (int, bool, error) {
			v, err := r.same(ctx, v)
			return v, true, err
		})
	}},
	{"FlatMap", true, false, func(r *rig, s ints) ints {
		return stream.FlatMap(s, r.pool, func(ctx context.Context, v int) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) { yield(r.same(ctx, v)) }
		})
	}},
	{"MapKeyed", true, false, func(r *rig, s ints) ints {
		key := func(v int) int {
			defer r.call()()
			return v % 2
		}
		return stream.MapKeyed(s, r.pool, key, r.same)
	}},
}

var hopStages = []stage{
	{"Buffer_1", true, false, func(_ *rig, s ints) ints { return s.Buffer(1) }},
	{"Buffer_3", true, false, func(_ *rig, s ints) ints { return s.Buffer(3) }},
	{"Batch_wait", true, false, func(_ *rig, s ints) ints { return stream.Flatten(stream.Batch(s, 3, time.Millisecond)) }},
	{"Batch_ready", true, false, func(_ *rig, s ints) ints { return stream.Flatten(stream.Batch(s, 3, 0)) }},
	{"Merge", true, false, func(_ *rig, s ints) ints { return stream.Merge(ints{}, s) }},
	{"Zip_second", true, false, func(_ *rig, s ints) ints {
		return stream.Transform(stream.Zip(stream.FromSeq(numbers), s), func(p stream.Pair[int, int]) (int, error) { return p.Second, nil })
	}},
}

var inlineStages = []stage{
	{"Transform", false, false, func(r *rig, s ints) ints {
		return stream.Transform(s, func(v int) (int, error) {
			defer r.call()()
			return v, nil
		})
	}},
	{"Filter", false, false, func(r *rig, s ints) ints { return s.Filter(r.yes) }},
	{"Take", false, false, func(_ *rig, s ints) ints { return s.Take(1 << 30) }},
	{"TakeWhile", false, false, func(r *rig, s ints) ints { return s.TakeWhile(r.yes) }},
	{"Skip", false, false, func(_ *rig, s ints) ints { return s.Skip(0) }},
	{"Tap", false, false, func(r *rig, s ints) ints { return s.Tap(func(v int) { r.yes(v) }) }},
	{"Catch", false, false, func(_ *rig, s ints) ints {
		return s.Catch(func(err error) (int, bool, error) { return 0, false, err })
	}},
	{"Scan", false, false, func(r *rig, s ints) ints {
		return stream.Scan(s, 0, func(_, v int) (int, error) {
			defer r.call()()
			return v, nil
		})
	}},
	{"Batch_full", false, false, func(_ *rig, s ints) ints { return stream.Flatten(stream.Batch(s, 2, -1)) }},
	{"Concat", false, false, func(_ *rig, s ints) ints { return stream.Concat(ints{}, s, ints{}) }},
	{"Enumerate", false, false, func(_ *rig, s ints) ints {
		return stream.Transform(stream.Enumerate(s), func(p stream.Pair[int, int]) (int, error) { return p.Second, nil })
	}},
	{"Zip_first", false, false, func(_ *rig, s ints) ints {
		return stream.Transform(stream.Zip(s, stream.FromSeq(numbers)), func(p stream.Pair[int, int]) (int, error) { return p.First, nil })
	}},
}

// overPairs calls fn with every stage over one of every mechanism, in a rig with
// so many workers.
func overPairs(t *testing.T, workers int, fn func(r *rig, name string, unordered bool, over func(s ints) ints)) {
	uppers := slices.DeleteFunc(slices.Clone(stages), func(st stage) bool {
		switch st.name {
		case "Map_of_2", "Map_unordered", "FlatMap", "MapKeyed", "Buffer_1", "Batch_wait", "Batch_ready", "Merge", "Zip_second", "Zip_first", "Filter":
			return false
		}
		return true
	})
	for _, lower := range stages {
		t.Run(lower.name, func(t *testing.T) {
			for _, upper := range uppers {
				inRig(t, workers, func(r *rig) {
					over := func(s ints) ints { return lower.over(r, upper.over(r, s)) }
					fn(r, lower.name+" over "+upper.name, lower.unordered || upper.unordered, over)
				})
			}
		})
	}
}

// sources has one of every kind.
var sources = []source{
	{"FromSeq", func(r *rig, n int) ints { return stream.FromSeq(r.first(n)) }},
	{"FromSeq2", func(r *rig, n int) ints {
		return stream.FromSeq2(func(yield func(int, error) bool) {
			for v := range r.first(n) {
				if !yield(v, nil) {
					return
				}
			}
		})
	}},
	{"FromSlice", func(_ *rig, n int) ints { return stream.FromSlice(upTo(n)) }},
	{"FromChan", func(_ *rig, n int) ints {
		ch := make(chan int, n)
		for v := range n {
			ch <- v
		}
		close(ch)
		return stream.FromChan(ch)
	}},
	{"FromFunc", func(r *rig, n int) ints {
		return stream.FromFunc(r.next(n))
	}},
	{"From", func(r *rig, n int) ints {
		return stream.From(func(context.Context) iter.Seq2[int, error] {
			defer r.call()()
			return stream.FromSeq(r.first(n)).All(bg)
		})
	}},
}
