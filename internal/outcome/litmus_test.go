package outcome_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/outcome"
)

// cold is stored to at random, so that a store behind it is late to be seen.
type cold struct {
	memory []byte
	seed   uint64
}

func newCold() *cold {
	c := &cold{make([]byte, 64<<20), 1}
	for i := 0; i < len(c.memory); i += 4096 {
		c.memory[i] = 1
	}
	return c
}

func (c *cold) next() uint64 {
	c.seed ^= c.seed << 13
	c.seed ^= c.seed >> 7
	c.seed ^= c.seed << 17
	return c.seed
}

// store makes n stores that miss the caches.
func (c *cold) store(n int) {
	for range n {
		c.memory[c.next()%uint64(len(c.memory))] = 1
	}
}

// spin passes up to n steps.
func (c *cold) spin(n uint64) {
	for range c.next() % n {
		c.seed ^= c.seed >> 1 & 1
	}
}

// litmus has two goroutines act on one core, a number of times, or as often as a second
// allows. After both, check is called with what the second one reported.
func litmus(t *testing.T, rounds int, prepare func(*outcome.Core), settle, other func(*outcome.Core) bool, check func(c *outcome.Core, settler, other bool)) {
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("one processor")
	}
	if testing.Short() {
		rounds = 10_000
	}
	var shared atomic.Pointer[outcome.Core]
	var answer atomic.Int32
	go func() {
		spins := &cold{seed: 7}
		for {
			await(func() bool { return shared.Load() != nil })
			c := shared.Swap(nil)
			if c == quit {
				return
			}
			spins.spin(256)
			if other(c) {
				answer.Store(yes)
			} else {
				answer.Store(no)
			}
		}
	}()
	defer shared.Store(quit)
	stores := newCold()
	for stop := time.Now().Add(time.Second); rounds > 0 && time.Now().Before(stop); rounds-- {
		c := pending()
		prepare(c)
		shared.Store(c)
		stores.spin(512)
		stores.store(int(stores.next() % 3))
		mine := settle(c)
		await(func() bool { return answer.Load() != 0 })
		check(c, mine, answer.Swap(0) == yes)
		if t.Failed() {
			return
		}
	}
}

const (
	no  = 1
	yes = 2
)

// await spins until ready reports true: a goroutine that parks comes too late to meet the
// other one.
func await(ready func() bool) {
	for i := 1; !ready(); i++ {
		if i%2000 == 0 {
			time.Sleep(time.Microsecond) // the other one may need this processor
		}
	}
}

var quit = new(outcome.Core)

// A waiter that comes while the core settles is turned away or fires, once. What waits
// and goes before that changes nothing.
func TestAttachAgainstSettle(t *testing.T) {
	for name, before := range map[string]func(*outcome.Core){
		"nobody": func(*outcome.Core) {},
		"one":    func(c *outcome.Core) { attach(t, c) },
		"one that left": func(c *outcome.Core) {
			w, _ := attach(t, c)
			c.Detach(w)
		},
		"many": func(c *outcome.Core) { attach(t, c); attach(t, c) },
	} {
		t.Run(name, func(t *testing.T) {
			w, b := new(outcome.Waiter), new(bell)
			litmus(t, 100_000, before, func(c *outcome.Core) bool { end(c); return true },
				func(c *outcome.Core) bool {
					*w, b.rung = outcome.Waiter{}, 0
					return c.AttachTo(w, b, 0)
				},
				func(_ *outcome.Core, _, attached bool) {
					if attached != (b.rung == 1) || b.rung > 1 {
						t.Errorf("Attach() = %v, and the waiter fired %d times", attached, b.rung)
					}
				})
		})
	}
}

// Waiters that come again and again are no trouble for a release: none is lost, and none
// is taken for what it is not.
func TestAttachAgainstRelease(t *testing.T) {
	w, b := new(outcome.Waiter), new(bell)
	litmus(t, 1_000_000, func(c *outcome.Core) {
		w, _ := attach(t, c) // from now on the settler has to release
		c.Detach(w)
	}, func(c *outcome.Core) bool { end(c); return true },
		func(c *outcome.Core) bool {
			*w, b.rung = outcome.Waiter{}, 0
			for range 50 {
				if c.AttachTo(w, b, 0) && !c.Detach(w) {
					return true
				}
			}
			return false
		},
		func(_ *outcome.Core, _, fires bool) {
			if fires != (b.rung == 1) || b.rung > 1 {
				t.Errorf("taken by the release: %v, and the waiter fired %d times", fires, b.rung)
			}
		})
}
