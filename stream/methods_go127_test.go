//go:build go1.27

package stream_test

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// The methods have the signatures of their functions.
var (
	_ func(pool.Executor, func(context.Context, int) (string, error), ...millrace.MapOption) stream.Stream[string]                                                                = ints{}.Map[string]
	_ func(pool.Executor, func(context.Context, int) (string, bool, error), ...millrace.MapOption) stream.Stream[string]                                                          = ints{}.FilterMap[string]
	_ func(pool.Executor, func(context.Context, int) iter.Seq2[string, error], ...millrace.MapOption) stream.Stream[string]                                                       = ints{}.FlatMap[string]
	_ func(pool.Executor, func(int) byte, func(context.Context, int) (string, error), ...millrace.MapOption) stream.Stream[string]                                                = ints{}.MapKeyed[byte, string]
	_ func(func(int) (string, error)) stream.Stream[string]                                                                                                                       = ints{}.Transform[string]
	_ func(string, func(string, int) (string, error)) stream.Stream[string]                                                                                                       = ints{}.Scan[string]
	_ func(context.Context, string, func(string, int) (string, error)) (string, error)                                                                                            = ints{}.Reduce[string]
	_ func(context.Context, pool.Executor, func(int) byte, func(byte) string, func(context.Context, string, int) (string, error), ...millrace.MapOption) (map[byte]string, error) = ints{}.ReduceByKey[byte, string]
	_ func(context.Context) <-chan future.Result[int]                                                                                                                             = ints{}.ToChan[<-chan future.Result[int]]
)

// Each method does what its function does, and needs no type arguments.
func TestMethodsAreTheirFunctions(t *testing.T) {
	inRig(t, 2, func(r *rig) {
		s := stream.FromSlice(upTo(6))
		same := func(_ context.Context, v int) (int, error) { return v, nil }
		even := func(_ context.Context, v int) (int, bool, error) { return v, isEven(v), nil }
		twice := func(_ context.Context, v int) iter.Seq2[int, error] {
			return stream.FromSlice([]int{v, v}).All(bg)
		}
		add := func(sum, v int) (int, error) { return sum + v, nil }
		want(t, "Map()", must(s.Map(r.pool, same).Collect(bg)), upTo(6), false)
		want(t, "FilterMap()", must(s.FilterMap(r.pool, even).Collect(bg)), []int{0, 2, 4}, false)
		want(t, "FlatMap()", must(s.Take(2).FlatMap(r.pool, twice).Collect(bg)), []int{0, 0, 1, 1}, false)
		want(t, "MapKeyed()", must(s.MapKeyed(r.pool, isEven, same).Collect(bg)), upTo(6), false)
		want(t, "Transform()", must(s.Transform(func(v int) (int, error) { return 2 * v, nil }).Collect(bg)), every(6, 2), false)
		want(t, "Scan()", must(s.Scan(0, add).Collect(bg)), []int{0, 1, 3, 6, 10, 15}, false)
		want(t, "Reduce()", []int{must(s.Reduce(bg, 100, add))}, []int{115}, false)
		sums := must(s.ReduceByKey(bg, r.pool, isEven, func(bool) int { return 0 },
			func(_ context.Context, sum, v int) (int, error) { return sum + v, nil }, millrace.WithConcurrency(1)))
		if !maps.Equal(sums, map[bool]int{true: 6, false: 9}) {
			t.Errorf("ReduceByKey() = %v, want sums of even and odd", sums)
		}
		vs, _ := values(received(s.ToChan(bg)))
		want(t, "ToChan()", vs, upTo(6), false)
	})
}

// notMethods are the functions over a Stream that cannot be methods, and why.
var notMethods = map[string]string{
	"Batch":     "Stream[[]T] in a method of Stream[T] is an instantiation cycle",
	"Enumerate": "Stream[Pair[int, T]] in a method of Stream[T] is an instantiation cycle",
	"Zip":       "Stream[Pair[T, B]] in a method of Stream[T] is an instantiation cycle",
	"Flatten":   "a method of Stream[[]T] alone cannot be declared",
	"Concat":    "none of its streams is before the others",
	"Merge":     "none of its streams is before the others",
}

// Every function over a Stream that can be a method is one. Its parameters are
// those of the function without the Stream.
func TestEveryFunctionHasItsMethod(t *testing.T) {
	functions, methods := declared(t, func(string) bool { return true })
	for name, fn := range functions {
		at := slices.IndexFunc(fn, func(param string) bool { return strings.HasPrefix(strings.TrimPrefix(param, "..."), "Stream[") })
		if at < 0 || at > 1 {
			continue
		}
		method, ok := methods[name]
		reason, cannot := notMethods[name]
		switch {
		case cannot && ok:
			t.Errorf("%s is a method, but is listed as one that cannot be: %s", name, reason)
		case cannot:
		case !ok:
			t.Errorf("function %s has no method", name)
		case len(method) != len(fn)-1:
			t.Errorf("method %s has %d parameters, want %d: those of the function without the Stream", name, len(method), len(fn)-1)
		}
	}
	for name := range notMethods {
		if functions[name] == nil {
			t.Errorf("%s is listed as a function that cannot be a method, and does not exist", name)
		}
	}
}
