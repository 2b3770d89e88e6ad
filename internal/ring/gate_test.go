package ring_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace/internal/litmus"
	"github.com/millrace-go/millrace/internal/ring"
)

// A gate lets the waiter go on for what it waits for, or for anything.
func TestGate(t *testing.T) {
	var g ring.Gate
	g.Init()
	g.OpenAny()
	g.Open(1)
	if len(g.Park()) != 0 || g.Closed() {
		t.Error("an open gate has let somebody through")
	}
	g.Close(5)
	if g.Open(4); !g.Closed() || !g.Waiting(5) || g.Waiting(4) {
		t.Error("a gate was opened for another thing")
	}
	g.Open(5)
	<-g.Park()
	g.Close(6)
	g.OpenAny()
	<-g.Park()
	g.Close(7)
	g.Cancel()
	if g.Closed() || len(g.Park()) != 0 {
		t.Error("a cancelled gate is closed, or owes something")
	}
	g.Close(8)
	g.Open(8)
	g.Cancel()
	if len(g.Park()) != 0 {
		t.Error("a gate that was opened before Cancel still owes something")
	}
}

// Litmus: one goroutine puts values, the other takes them and parks when there is none. No
// value is missed, and none is waited for that is there: else this hangs.
func TestMarkAndParkLitmus(t *testing.T) {
	rounds, _ := litmus.Rounds()
	values := uint64(rounds)
	const window = 8
	r := ring.New[uint64](window)
	var taker, putter ring.Gate
	taker.Init()
	putter.Init()
	var done atomic.Uint64
	go func() {
		stores := litmus.NewMemory()
		for i := range values {
			for i >= done.Load()+window {
				putter.Close(1)
				if i < done.Load()+window {
					putter.Cancel()
					break
				}
				<-putter.Park()
			}
			stores.Store(1)
			r.Put(i, 3*i)
			if taker.Waiting(i + 1) {
				taker.Open(i + 1)
			}
		}
	}()
	for i := range values {
		for spin := 0; !r.Has(i) && spin < int(i%5); spin++ {
			runtime.Gosched()
		}
		if !r.Has(i) {
			taker.Close(i + 1)
			if r.Has(i) {
				taker.Cancel()
			} else {
				<-taker.Park()
			}
		}
		if v := r.Take(i); v != 3*i || !r.Has(i) {
			t.Fatalf("Take(%d) = %d, want %d", i, v, 3*i)
		}
		done.Store(i + 1)
		if putter.Waiting(1) {
			putter.Open(1)
		}
	}
	if taker.Closed() || len(taker.Park()) != 0 {
		t.Error("the taker's gate owes something at the end")
	}
}
