package stream

import (
	"context"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// Reduce combines all items into one result: it calls fn with the last result, which at
// first is init, and each item in turn. The first error, of s or of fn, ends the run and
// is returned with the last result before it. Errors and blocking are as in
// [Stream.ForEach]. Reduce panics if ctx or fn is nil.
func Reduce[T, R any](ctx context.Context, s Stream[T], init R, fn func(R, T) (R, error)) (R, error) {
	needContext("Reduce", ctx)
	needFunc("Reduce", fn == nil)
	acc := init
	err := s.forEach(ctx, func(v T) error {
		r, err := fn(acc, v)
		if err == nil {
			acc = r
		}
		return err
	})
	return acc, err
}

// ReduceByKey is a [Reduce] for each key, and returns the results by key. As in
// [MapKeyed], fn runs on ex: for items of equal key one at a time, in the order of s, and
// for different keys in parallel. init is called once for each key, on ex, and returns
// the result before the first fn of that key. key is called once for each item, by one
// goroutine at a time. ReduceByKey blocks until all stages have ended.
//
// The first error, of s or of fn, ends the run and is returned with the results so far.
// If fn failed, the result of its key is the one before the failure. A panic of a
// function is an error, a *[future.PanicError]. If ctx ends first, the error is
// [future.ErrNotDone], as in [Stream.All].
//
// The options are those of [Map]; millrace.Unordered has no effect. An item whose key
// does not equal itself, such as NaN, has an entry of its own. ReduceByKey panics if ctx,
// ex or a function is nil.
func ReduceByKey[T any, K comparable, R any](
	ctx context.Context, s Stream[T], ex pool.Executor,
	key func(T) K, init func(K) R, fn func(context.Context, R, T) (R, error),
	opts ...millrace.MapOption,
) (map[K]R, error) {
	needContext("ReduceByKey", ctx)
	needExecutor("ReduceByKey", ex)
	needFunc("ReduceByKey", key == nil || init == nil || fn == nil)

	// Only the goroutine that pulls s uses the map, so it needs no lock.
	reductions := make(map[K]*reduction[K, R])
	find := func(v T) (m member[T, K, R], err error) {
		defer asError(&err)
		k := key(v)
		r := reductions[k]
		if r == nil {
			r = &reduction[K, R]{key: k}
			reductions[k] = r
		}
		r.found++
		return member[T, K, R]{v, r, r.found}, nil
	}
	members := func(ctx context.Context, yield func(member[T, K, R], error) bool) bool {
		return s.each(ctx, func(v T, err error) bool {
			if err != nil {
				return yield(member[T, K, R]{}, err)
			}
			return yield(find(v))
		})
	}
	reduce := func(ctx context.Context, m member[T, K, R]) (struct{}, error) {
		return struct{}{}, m.of.add(m.n, init, func(r R) (R, error) { return fn(ctx, r, m.v) })
	}
	j := job{"ReduceByKey", ex, opts, fn}
	j.opts = within(j, member[T, K, R].item)
	err := eachKeyed(ctx, members, j, member[T, K, R].reduction, reduce)

	results := make(map[K]R, len(reductions))
	for k, r := range reductions { // a look-up would not find the key NaN
		if r.begun {
			results[k] = r.result
		}
	}
	return results, err
}

// A member is an item and the reduction of its key.
type member[T any, K comparable, R any] struct {
	v  T
	of *reduction[K, R]
	n  int // its number among the items of the key, from 1
}

func (m member[T, K, R]) item() T                     { return m.v }
func (m member[T, K, R]) reduction() *reduction[K, R] { return m.of }

// A reduction is the result of a key. It needs no lock, because items of the key
// run one at a time; found is the pulling goroutine's.
type reduction[K comparable, R any] struct {
	key    K
	found  int  // items of the key
	begun  bool // result is init's or fn's
	failed int  // the number of the item that failed; 0: none has
	result R
}

// add makes fn's result of the result so far and the nth item. Once an item has failed,
// those behind it do not count: the result is that of the items before it. The item itself
// may come again, with millrace.WithRetry.
func (r *reduction[K, R]) add(n int, init func(K) R, fn func(R) (R, error)) error {
	if r.failed != 0 && r.failed != n {
		return nil // the error is on its way to the sink
	}
	r.failed = n // also if a function panics
	if !r.begun {
		r.result = init(r.key)
		r.begun = true
	}
	next, err := fn(r.result)
	if err == nil {
		r.result, r.failed = next, 0
	}
	return err
}

// asError makes a panic the error of the function that defers it.
func asError(err *error) {
	if value := recover(); value != nil {
		*err = asPanic(value)
	}
}
