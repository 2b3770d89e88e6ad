package parallel

import "sync/atomic"

// A gate is where the one goroutine that waits for something stops, if that takes
// long. Who has done something of that kind looks at whether it is waited for, so
// doing it costs one load of a word that seldom changes.
//
//	waiter: stop(what); look again; wait for ch, or cancel
//	others: do it; if waiting(what) open(what)
//
// Both write first and look then, so one of them sees the other. Who opens the gate
// owes the waiter one value in ch, which has room for it.
type gate struct {
	_    pad
	what atomic.Uint64 // 0: nobody waits
	_    pad
	ch   chan struct{}
}

// What a waiter may wait for, beside numbers.
const (
	noRoom  = ^uint64(0) - iota // the feeder: the window is full
	outflow                     // the consumer: its outlet is empty
)

func newGate() gate { return gate{ch: make(chan struct{}, 1)} }

func (g *gate) stop(what uint64) { g.what.Store(what) }

// cancel says that the waiter goes on by itself.
func (g *gate) cancel() {
	if g.what.Swap(0) == 0 {
		<-g.ch
	}
}

// waiting reports whether someone waits for what.
func (g *gate) waiting(what uint64) bool { return g.what.Load() == what }

// open lets the waiter go on if it waits for what.
func (g *gate) open(what uint64) {
	if g.what.CompareAndSwap(what, 0) {
		g.ch <- struct{}{}
	}
}

// openAny lets the waiter go on, whatever it waits for.
func (g *gate) openAny() {
	if g.what.Load() != 0 && g.what.Swap(0) != 0 {
		g.ch <- struct{}{}
	}
}
