package taskctx_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace/internal/taskctx"
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
func (c *cold) store(n uint64) {
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

// await spins until ready reports true: a goroutine that parks comes too late to meet the
// other one.
func await(ready func() bool) {
	for i := 1; !ready(); i++ {
		if i%2000 == 0 {
			time.Sleep(time.Microsecond) // the other one may need this processor
		}
	}
}

// A task that ends while its context is asked for a channel for the first time leaves a
// closed one, whoever comes first; and while its error is asked for.
func TestEndAgainstLook(t *testing.T) {
	for name, look := range map[string]func(context.Context){
		"Done": func(ctx context.Context) { ctx.Done() },
		"Err":  func(ctx context.Context) { _ = ctx.Err() },
		"derive": func(ctx context.Context) {
			_, cancel := context.WithCancel(ctx)
			cancel()
		},
	} {
		t.Run(name, func(t *testing.T) {
			litmus(t, (*taskctx.Block).Take, look, func(b *taskctx.Block) { b.EndLast() })
		})
	}
	t.Run("a loop", func(t *testing.T) {
		var at progress
		begin := func(b *taskctx.Block) *taskctx.Item {
			b.Loop(&at, 2)
			return b.At(0)
		}
		litmus(t, begin, func(ctx context.Context) { ctx.Done() }, func(b *taskctx.Block) {
			at.Add(1)
			if b.Looked() != 0 {
				b.Stop(1)
				b.Sync()
			}
		})
	})
}

// progress is the word that a loop moves.
type progress struct{ atomic.Uint64 }

func (p *progress) Last() uint64 { return p.Load() }

// litmus has one goroutine look at an item that another one ends, a million times, or as
// often as its time allows.
func litmus(t *testing.T, begin func(*taskctx.Block) *taskctx.Item, look func(context.Context), end func(*taskctx.Block)) {
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("one processor")
	}
	rounds, limit := 1_000_000, 1500*time.Millisecond
	if testing.Short() {
		rounds = 10_000
	}
	var shared atomic.Pointer[taskctx.Item]
	var looked atomic.Bool
	quit := block(bg).Take()
	go func() {
		spins := &cold{seed: 7}
		for {
			await(func() bool { return shared.Load() != nil })
			c := shared.Swap(nil)
			if c == quit {
				return
			}
			spins.spin(512)
			look(c)
			looked.Store(true)
		}
	}()
	defer shared.Store(quit)
	stores := newCold()
	for stop := time.Now().Add(limit); rounds > 0 && time.Now().Before(stop); rounds-- {
		b := block(bg)
		c := begin(b)
		shared.Store(c)
		stores.spin(512)
		stores.store(stores.next() % 32)
		end(b)
		await(looked.Load)
		looked.Store(false)
		select {
		case <-c.Done():
		default:
			t.Fatal("the context of a task that has returned lives")
		}
	}
}
