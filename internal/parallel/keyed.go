package parallel

import (
	"context"
	"iter"
	"runtime/debug"

	"github.com/millrace-go/millrace/internal/sched"
)

// Keyed is Seq, but items of one key run one at a time, in their order: each one
// that has others of its key before it becomes ready when the last of those is
// done. The table of keys has the last item of each key that is in use.
func Keyed[A any, K comparable, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], key func(A) K, fn Func[A, B], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		f := newFlow[A, B](ctx, ex, cfg)
		f.do = func(_ *sched.Hand, ctx context.Context, it *flowItem[A, B]) (failed bool) {
			v, err := fn(ctx, it.a)
			f.put(it, v, err)
			return err != nil
		}
		var k K // of the item that is being added, by the feeder
		last := make(map[K]*flowItem[A, B])
		f.enter = func(it *flowItem[A, B]) {
			k := k
			it.pass = func() {
				switch {
				case it.next != nil:
					f.ready = append(f.ready, it.next)
				case last[k] == it:
					delete(last, k)
				}
			}
			if before := last[k]; before != nil {
				before.next = it
			} else {
				f.ready = append(f.ready, it)
			}
			last[k] = it
		}
		f.leave = func(it *flowItem[A, B]) { it.pass() }
		f.loop(func(yield func(A, error) bool) {
			for a, err := range in {
				if err == nil {
					k, err = keyOf(key, a, cfg)
				}
				if !yield(a, err) {
					return
				}
			}
		}, yield)
	}
}

// keyOf returns the key of an item. A panic of the function is the item's error.
func keyOf[A any, K comparable](key func(A) K, a A, cfg Config) (k K, err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			err = cfg.Fault(v, debug.Stack())
		}
	}()
	k = key(a)
	returned = true
	return k, nil
}
