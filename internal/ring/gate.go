package ring

import "sync/atomic"

// A Gate is where the one goroutine that waits for something parks, if that takes
// long. A number other than 0 says for what.
//
//	waiter: in a loop: Close(what); look again; receive from Park, or Cancel
//	others: do it; Open(what)
//
// The goroutine that opens the gate then sends one value to the channel, which has room
// for it. Init makes a channel for each gate, so that a bubble of testing/synctest
// sees the park.
type Gate struct {
	_    [64]byte
	what atomic.Uint64 // 0: no goroutine waits
	_    [64]byte
	ch   chan struct{}
}

// Init is to be called before the first Close. Until then the zero Gate is an open one.
func (g *Gate) Init() { g.ch = make(chan struct{}, 1) }

// Close says that the caller waits for what. It has to look again whether that is there.
func (g *Gate) Close(what uint64) { g.what.Store(what) }

// Park returns the channel that the waiter receives one value from.
func (g *Gate) Park() <-chan struct{} { return g.ch }

// Cancel says that the waiter goes on by itself.
func (g *Gate) Cancel() {
	if g.what.Swap(0) == 0 {
		<-g.ch // it was sent, or is being sent, without waiting for anything
	}
}

// Closed reports whether someone waits for anything.
func (g *Gate) Closed() bool { return g.what.Load() != 0 }

// Waiting reports whether someone waits for what.
func (g *Gate) Waiting(what uint64) bool { return g.what.Load() == what }

// Open lets the waiter go on if it waits for what. If not, that costs one load, inlined. A waiter
// that has just begun to wait for another thing may go on, too: it looks again.
func (g *Gate) Open(what uint64) {
	if g.Waiting(what) {
		g.OpenAny()
	}
}

// OpenAny lets the waiter go on, whatever it waits for.
func (g *Gate) OpenAny() {
	if g.what.Load() != 0 && g.what.Swap(0) != 0 {
		g.ch <- struct{}{}
	}
}
