package parallel

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/queue"
	"github.com/millrace-go/millrace/internal/sched"
)

// Keyed is Seq, but items of one key run one at a time, in their order.
func Keyed[A any, K comparable, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], key func(A) K, fn Func[A, B], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		r := new(run[*keyedItem[A, K], B])
		k := newKeyed(ctx, ex, r, key, fn, cfg)
		out := newResults[B](&r.loop, r.size())
		r.out = out
		r.fill(k, keyedItems[A, K](in))
		out.run(yield)
	}
}

// EachKeyed is ForEach, but items of one key run one at a time, in their order, and the errors
// of in end it, too.
func EachKeyed[A any, K comparable](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], key func(A) K, fn Func[A, struct{}], cfg Config) error {
	r := new(run[*keyedItem[A, K], struct{}])
	r.failFast = true
	k := newKeyed(ctx, ex, r, key, fn, cfg)
	out := &tally[struct{}]{loop: &r.loop}
	r.out = out
	r.fill(k, keyedItems[A, K](in))
	return out.run()
}

// newKeyed prepares r to run fn with items that wait for their turn in the source that it
// returns.
func newKeyed[A any, K comparable, B any](ctx context.Context, ex sched.Executor, r *run[*keyedItem[A, K], B], key func(A) K, fn Func[A, B], cfg Config) *keyed[A, K] {
	k := &keyed[A, K]{loop: &r.loop, key: key, last: make(map[K]*keyedItem[A, K])}
	r.fn = func(ctx context.Context, it *keyedItem[A, K]) (B, error) {
		if k.submit == nil {
			defer k.ended(it) // also if the function does not return
		}
		return fn(ctx, it.a)
	}
	r.init(ctx, ex, cfg, r, 1)
	if cfg.ownTasks() {
		k.submit = func(it *keyedItem[A, K]) { r.submit(it.i, it, it.o, func() { k.ended(it) }) }
	}
	return k
}

// keyedItems returns the items of in without keys. They are one object, which add copies.
func keyedItems[A any, K comparable](in iter.Seq2[A, error]) iter.Seq2[*keyedItem[A, K], error] {
	return func(yield func(*keyedItem[A, K], error) bool) {
		it := new(keyedItem[A, K])
		in(func(a A, err error) bool {
			it.a = a
			return yield(it, err)
		})
	}
}

// A keyed is a source whose items wait for their turn. Runners claim turns, not items: a
// turn is that of the first item that has one and was not taken. So an item that waits
// holds no runner, and no slot.
//
// The items of a key that have no outcome are a list: each knows the next one, the first has its
// turn, and the map knows the last.
type keyed[A any, K comparable] struct {
	*loop
	key    func(A) K
	submit func(*keyedItem[A, K]) // not nil: the items are tasks of their own, submitted when their turn comes
	turns  atomic.Uint64          // how many there have been

	mu    sync.Mutex
	last  map[K]*keyedItem[A, K]      // of each key
	ready queue.FIFO[keyedItem[A, K]] // that have their turn, and were not taken
	spare *keyedItem[A, K]            // that are to be used again
}

type keyedItem[A any, K comparable] struct {
	i     uint64
	a     A
	o     *options.Task // if it is a task of its own
	key   K
	alone bool             // no other item has the key
	next  *keyedItem[A, K] // of the key, or of the spare ones

	starting bool // it is being submitted
	over     bool // it has its outcome
}

// add implements intake. A panic of the key function is the item's error.
func (k *keyed[A, K]) add(i uint64, pulled *keyedItem[A, K], err error) error {
	it := keyedItem[A, K]{i: i, a: pulled.a}
	*pulled = keyedItem[A, K]{} // it is not kept while the next one is waited for
	if err == nil {
		err = k.prepare(&it)
	}
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	own := k.spare
	if own == nil {
		own = new(keyedItem[A, K])
	}
	k.spare = own.next
	*own = it
	if !it.alone {
		last := k.last[it.key]
		k.last[it.key] = own
		if last != nil {
			last.next = own
			return nil
		}
	}
	k.turn(own)
	return nil
}

// prepare sets the key and the options of an item. A key that does not equal itself, as NaN, is
// that of no other item: it could not be found again to be forgotten, and to look for it may
// panic, because an inequality is found before a part that is not comparable.
func (k *keyed[A, K]) prepare(it *keyedItem[A, K]) (err error) {
	defer asError(&err, k.cfg.Task.Name)
	it.key = k.key(it.a)
	it.alone = !equal(it.key, it.key) // panics if the key is of no comparable type after all
	if k.submit != nil {
		it.o, err = optionsOf(&k.cfg, it.a)
	}
	return err
}

func equal[K comparable](a, b K) bool { return a == b }

// turn gives an item its turn; nil is none. An item that is refused is over while it is submitted:
// then the next one has its turn here, so that the stack does not grow with the list. The caller
// holds mu, which is free while an item is submitted.
func (k *keyed[A, K]) turn(it *keyedItem[A, K]) {
	for ; it != nil; it = k.remove(it) {
		if k.submit == nil {
			k.ready.Push(it)
			k.turns.Add(1)
			return
		}
		if k.start(it); !it.over {
			return
		}
	}
}

// start submits an item.
func (k *keyed[A, K]) start(it *keyedItem[A, K]) {
	it.starting = true
	k.mu.Unlock()
	defer func() {
		k.mu.Lock()
		it.starting = false
	}()
	k.submit(it)
}

// ended gives the turn to the next item of the key. The runner that has ended the one before
// looks for items next, so no other has to be told.
func (k *keyed[A, K]) ended(it *keyedItem[A, K]) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if it.over = true; !it.starting {
		k.turn(k.remove(it))
	}
}

// remove takes an item that is over off its list, and returns the next one, or nil.
func (k *keyed[A, K]) remove(it *keyedItem[A, K]) (next *keyedItem[A, K]) {
	if next = it.next; next == nil && !it.alone {
		delete(k.last, it.key)
	}
	*it = keyedItem[A, K]{next: k.spare}
	k.spare = it
	return next
}

// limit implements source.
func (k *keyed[A, K]) limit() uint64 { return k.turns.Load() }

// take implements source: the first caller takes the first turn.
func (k *keyed[A, K]) take(uint64) (n uint64, it *keyedItem[A, K], ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	it = k.ready.Pop()
	return it.i, it, true
}

// free implements intake: items are kept apart.
func (k *keyed[A, K]) free(_, limit uint64) (upTo, awaits uint64) { return limit, noRoom }
