package stream_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

type (
	large  [largeSize]byte
	larger [largerSize]byte
	boxed  struct {
		v any
		p *int
	}
)

// Items of any size and type pass through every source, stage and sink.
func TestItemsOfAnyType(t *testing.T) {
	n := 7
	bubble.Run(t, func(t *testing.T) {
		p := pool.New()
		defer p.Close()
		testItems(t, p, struct{}{}, struct{}{})
		testItems(t, p, [0]int{}, [0]int{})
		testItems(t, p, large{1}, large{2}, large{}, large{1<<8 - 1})
		testItems(t, p, larger{1 << 7: 1}, larger{largerSize - 1: 2}, larger{})
		testItems(t, p, &n, nil, new(int))
		testItems[any](t, p, nil, 1, (*int)(nil), "text", large{3}, nil)
		testItems[error](t, p, nil, fault(1), (*fault)(nil), nil)
		testItems(t, p, boxed{}, boxed{nil, &n}, boxed{(error)(nil), nil})
		testItems(t, p, "", "a", string(make([]byte, 1<<16)))
	})
}

// testItems passes items through everything that takes items of any type.
func testItems[T comparable](t *testing.T, p *pool.Pool, items ...T) {
	t.Helper()
	name := fmt.Sprintf("%T", *new(T))
	for source, s := range sourcesOf(items) {
		got, err := s.Collect(bg)
		if err != nil || !slices.Equal(got, items) {
			t.Errorf("%s of %s: Collect() = %d items, %v, want the %d of the source", source, name, len(got), err, len(items))
		}
	}
	for stage, over := range stagesOf[T](p) {
		for _, source := range []stream.Stream[T]{stream.FromSlice(items), stream.FromSeq(slices.Values(items))} {
			got, err := over(source).Collect(bg)
			if err != nil || !slices.Equal(got, items) {
				t.Errorf("%s of %s: Collect() = %d items, %v, want the %d of the source", stage, name, len(got), err, len(items))
			}
		}
	}
	s := stream.FromSlice(items)
	if v, ok, err := s.First(bg); v != items[0] || !ok || err != nil {
		t.Errorf("First() of %s = _, %v, %v, want the first item", name, ok, err)
	}
	last, err := stream.Reduce(bg, s, items[0], func(_, v T) (T, error) { return v, nil })
	if last != items[len(items)-1] || err != nil {
		t.Errorf("Reduce() of %s = _, %v, want the last item", name, err)
	}
}

func sourcesOf[T any](items []T) map[string]stream.Stream[T] {
	all := func(yield func(T, error) bool) {
		for _, v := range items {
			if !yield(v, nil) {
				return
			}
		}
	}
	return map[string]stream.Stream[T]{
		"FromSlice": stream.FromSlice(items),
		"FromSeq":   stream.FromSeq(slices.Values(items)),
		"FromSeq2":  stream.FromSeq2(all),
		"From":      stream.From(func(context.Context) iter.Seq2[T, error] { return all }),
		"FromFunc": stream.From(func(context.Context) iter.Seq2[T, error] {
			i := -1
			return stream.FromFunc(func(context.Context) (v T, err error) {
				if i++; i == len(items) {
					return v, io.EOF
				}
				return items[i], nil
			}).All(bg)
		}),
	}
}

// stagesOf returns stages that pass items on as they are, and in order.
func stagesOf[T comparable](p *pool.Pool) map[string]func(stream.Stream[T]) stream.Stream[T] {
	type S = stream.Stream[T]
	same := func(_ context.Context, v T) (T, error) { return v, nil }
	yes := func(T) bool { return true }
	return map[string]func(S) S{
		"Map": func(s S) S { return stream.Map(s, p, same) },
		"FilterMap": func(s S) S {
			return stream.FilterMap(s, p, func(_ context.Context, v T) (T, bool, error) { return v, true, nil })
		},
		"FlatMap": func(s S) S {
			return stream.FlatMap(s, p, func(_ context.Context, v T) iter.Seq2[T, error] {
				return func(yield func(T, error) bool) { yield(v, nil) }
			})
		},
		"MapKeyed":  func(s S) S { return stream.MapKeyed(s, p, func(v T) T { return v }, same) },
		"Transform": func(s S) S { return stream.Transform(s, func(v T) (T, error) { return v, nil }) },
		"Filter":    func(s S) S { return s.Filter(yes) },
		"Take":      func(s S) S { return s.Take(math.MaxInt) },
		"TakeWhile": func(s S) S { return s.TakeWhile(yes) },
		"Skip":      func(s S) S { return s.Skip(0) },
		"Tap":       func(s S) S { return s.Tap(func(T) {}) },
		"Catch":     func(s S) S { return s.Catch(func(err error) (v T, ok bool, e error) { return v, false, err }) },
		"Buffer_1":  func(s S) S { return s.Buffer(1) },
		"Buffer":    func(s S) S { return s.Buffer(math.MaxInt) },
		"Batch":     func(s S) S { return stream.Flatten(stream.Batch(s, 2, 0)) },
		"Batch_all": func(s S) S { return stream.Flatten(stream.Batch(s, math.MaxInt, -1)) },
		"Scan":      func(s S) S { return stream.Scan(s, *new(T), func(_, v T) (T, error) { return v, nil }) },
		"Concat":    func(s S) S { return stream.Concat(S{}, s) },
		"Merge":     func(s S) S { return stream.Merge(S{}, s) },
		"Zip": func(s S) S {
			return stream.Transform(stream.Zip(s, s), func(p stream.Pair[T, T]) (T, error) { return p.Second, nil })
		},
		"Enumerate": func(s S) S {
			return stream.Transform(stream.Enumerate(s), func(p stream.Pair[int, T]) (T, error) { return p.Second, nil })
		},
	}
}
