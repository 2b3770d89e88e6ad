package parallel

import (
	"context"
	"iter"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/sched"
)

// Keyed is Seq, but items of one key run one at a time, in their order.
func Keyed[A any, K comparable, B any](ctx context.Context, ex sched.Executor, in iter.Seq2[A, error], key func(A) K, fn Func[A, B], cfg Config) iter.Seq2[B, error] {
	return func(yield func(B, error) bool) {
		k := &keyed[A, K, B]{key: key, chains: make(map[K]*chain[A])}
		k.run = newRun[A, B](ctx, ex, cfg, nil)
		k.fn, k.keep, k.do = fn, k.accept, k.serve
		k.maxBlock = 1
		k.limit = k.turns.Load
		k.first = newRing[A, B](0, k.firstSize(), true, false)
		k.loop(in, yield)
	}
}

// A keyed is a run whose items wait for their turn. Hands take those whose turn
// has come: what they claim on the line is not an item but a turn. So an item
// that waits holds no hand, and no slot.
type keyed[A any, K comparable, B any] struct {
	*run[A, B]
	key   func(A) K
	turns atomic.Uint64 // how many there have been

	mu     sync.Mutex
	chains map[K]*chain[A] // of the keys that an item runs of, or has its turn
	ready  []keyedItem[A]  // that have their turn, in order
	head   int             // those before it have been taken
}

// A chain is the items of a key that wait for the one before them.
type chain[A any] struct {
	waiting []keyedItem[A]
	leave   func() // forgets the key
}

type keyedItem[A any] struct {
	i  uint64
	a  A
	in *chain[A]
}

// accept takes in an item of the feeder's. A panic of the key function is its
// error.
func (k *keyed[A, K, B]) accept(i uint64, a A) error {
	key, err := k.keyOf(a)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if c := k.chains[key]; c != nil {
		c.waiting = append(c.waiting, keyedItem[A]{i, a, c})
		return nil
	}
	c := &chain[A]{leave: func() { delete(k.chains, key) }}
	k.chains[key] = c
	k.turnLocked(keyedItem[A]{i, a, c})
	return nil
}

func (k *keyed[A, K, B]) keyOf(a A) (key K, err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			err = k.cfg.Fault(v, debug.Stack())
		}
	}()
	key = k.key(a)
	returned = true
	return key, nil
}

func (k *keyed[A, K, B]) turnLocked(it keyedItem[A]) {
	if k.head > len(k.ready)/2 {
		n := copy(k.ready, k.ready[k.head:])
		clear(k.ready[n:])
		k.ready, k.head = k.ready[:n], 0
	}
	k.ready = append(k.ready, it)
	k.turns.Add(1)
}

// serve runs the item whose turn a hand has claimed, and passes the key on.
func (k *keyed[A, K, B]) serve(s *server[A, B], _ uint64) {
	k.mu.Lock()
	it := k.ready[k.head]
	k.ready[k.head] = keyedItem[A]{}
	k.head++
	k.mu.Unlock()
	defer k.next(it.in) // also if the function does not return
	s.perform(it.i, it.a)
}

// next gives the turn to the next item of a key.
func (k *keyed[A, K, B]) next(c *chain[A]) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(c.waiting) == 0 {
		c.leave()
		return
	}
	it := c.waiting[0]
	c.waiting[0] = keyedItem[A]{}
	c.waiting = c.waiting[1:]
	k.turnLocked(it)
}
