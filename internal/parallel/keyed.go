package parallel

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// Keyed is Seq, but items of one key run one at a time, in their order.
func Keyed[A any, K comparable, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], key func(A) K, fn Func[A, B], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		r := new(run[keyedItem[A, K], B])
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
	r := new(run[keyedItem[A, K], struct{}])
	r.failFast = true
	k := newKeyed(ctx, ex, r, key, fn, cfg)
	out := &tally[struct{}]{loop: &r.loop}
	r.out = out
	r.fill(k, keyedItems[A, K](in))
	return out.run()
}

// newKeyed prepares r to run fn with items that wait for their turn in the source that it
// returns.
func newKeyed[A any, K comparable, B any](ctx context.Context, ex sched.Executor, r *run[keyedItem[A, K], B], key func(A) K, fn Func[A, B], cfg Config) *keyed[A, K] {
	k := &keyed[A, K]{loop: &r.loop, key: key, chains: make(map[K]*chain[A, K])}
	r.fn = func(ctx context.Context, it keyedItem[A, K]) (B, error) {
		if k.submit == nil {
			defer k.next(it.in) // also if the function does not return
		}
		return fn(ctx, it.a)
	}
	r.init(ctx, ex, cfg, r, fn, 1)
	if cfg.ownTasks() {
		k.submit = func(it keyedItem[A, K]) { r.submit(it.i, it, *it.o, func() { k.next(it.in) }) }
	}
	return k
}

// keyedItems returns the items of in without keys.
func keyedItems[A any, K comparable](in iter.Seq2[A, error]) iter.Seq2[keyedItem[A, K], error] {
	return func(yield func(keyedItem[A, K], error) bool) {
		in(func(a A, err error) bool { return yield(keyedItem[A, K]{a: a}, err) })
	}
}

// A keyed is a source whose items wait for their turn. Runners claim turns, not items: a
// turn is that of the first item that has one and was not taken. So an item that waits
// holds no runner, and no slot.
type keyed[A any, K comparable] struct {
	*loop
	key    func(A) K
	submit func(keyedItem[A, K]) // not nil: the items are tasks of their own, submitted when their turn comes
	turns  atomic.Uint64         // how many there have been

	mu     sync.Mutex
	chains map[K]*chain[A, K]    // of the keys that an item runs of, or has its turn
	ready  fifo[keyedItem[A, K]] // that have their turn
	spare  *chain[A, K]          // the first of those whose keys were forgotten
}

// A chain is the items of a key that wait for the one before them.
type chain[A any, K comparable] struct {
	key     K
	waiting fifo[keyedItem[A, K]]
	passing bool         // a call of next gives turns
	again   bool         // and is to give another one
	next    *chain[A, K] // the next spare one
}

type keyedItem[A any, K comparable] struct {
	i  uint64
	a  A
	in *chain[A, K]  // nil: no other item has the key
	o  *options.Task // if it is a task of its own
}

// add implements intake. A panic of the key function is the item's error.
func (k *keyed[A, K]) add(i uint64, it keyedItem[A, K], err error) error {
	if err != nil {
		return err
	}
	key, alone, err := k.keyOf(it.a)
	if err == nil && k.submit != nil {
		var o options.Task
		o, err = optionsOf(&k.cfg, it.a)
		it.o = &o
	}
	if err != nil {
		return err
	}
	it.i = i
	k.mu.Lock()
	defer k.mu.Unlock()
	if !alone {
		if it.in = k.chains[key]; it.in != nil {
			it.in.waiting.push(it)
			return nil
		}
		it.in = k.chain(key)
	}
	k.turn(it)
	return nil
}

// keyOf returns the key of an item; alone says that no other has it, not even itself, as
// NaN. It could not be found again to be forgotten, and to look for it may panic, because an
// inequality is found before a part that is not comparable.
func (k *keyed[A, K]) keyOf(a A) (key K, alone bool, err error) {
	defer asError(&err, k.cfg.Task.Name)
	key = k.key(a)
	alone = !equal(key, key) // panics if the key is of no comparable type after all
	return key, alone, nil
}

func equal[K comparable](a, b K) bool { return a == b }

// turn gives an item its turn. The caller holds mu, which is free while the item is submitted.
func (k *keyed[A, K]) turn(it keyedItem[A, K]) {
	if k.submit == nil {
		k.ready.push(it)
		k.turns.Add(1)
		return
	}
	k.mu.Unlock()
	defer k.mu.Lock()
	k.submit(it)
}

// next gives the turn to the next item of a key. The runner that has ended the one before
// looks for items next, so no other has to be told. An item that is refused settles while it is
// submitted, and calls next again: that call leaves the item behind it to this one, so that the
// stack does not grow with the chain.
func (k *keyed[A, K]) next(c *chain[A, K]) {
	if c == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	c.again = true
	if c.passing {
		return
	}
	for c.passing = true; c.again; {
		c.again = false
		if c.waiting.len() == 0 {
			k.forget(c)
			return
		}
		k.turn(c.waiting.pop())
	}
	c.passing = false
}

// chain makes the chain of a key that has none.
func (k *keyed[A, K]) chain(key K) *chain[A, K] {
	c := k.spare
	if c == nil {
		c = new(chain[A, K])
	}
	k.spare, c.next = c.next, nil
	c.key, k.chains[key] = key, c
	return c
}

// forget forgets the key of a chain that is no longer in use.
func (k *keyed[A, K]) forget(c *chain[A, K]) {
	delete(k.chains, c.key)
	*c = chain[A, K]{waiting: c.waiting, next: k.spare}
	k.spare = c
}

// limit implements source.
func (k *keyed[A, K]) limit() uint64 { return k.turns.Load() }

// take implements source: the first caller takes the first turn.
func (k *keyed[A, K]) take(uint64) (n uint64, it keyedItem[A, K], ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	it = k.ready.pop()
	return it.i, it, true
}

// free implements intake: items are kept apart.
func (k *keyed[A, K]) free(_, _, limit uint64) (upTo, awaits uint64) { return limit, noRoom }

// A fifo is values in order of arrival. It uses its memory again, and an empty one has next to
// none: there is one for each key, and a queue.FIFO takes a KiB.
type fifo[T any] struct {
	values []T
	head   int // those before it have been taken
}

func (l *fifo[T]) len() int { return len(l.values) - l.head }

func (l *fifo[T]) push(v T) {
	if l.head > len(l.values)/2 {
		n := copy(l.values, l.values[l.head:])
		clear(l.values[n:])
		l.values, l.head = l.values[:n], 0
	}
	l.values = append(l.values, v)
}

func (l *fifo[T]) pop() (v T) {
	at := &l.values[l.head]
	l.head++
	var none T
	v, *at = *at, none
	return v
}
