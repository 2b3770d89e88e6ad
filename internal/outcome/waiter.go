package outcome

import "sync"

// A Waiter is one registration on a core. It is embedded in what waits, so that
// attaching it allocates nothing while it is the only one. The goroutine that
// takes it off (Detach, or Release) decides whether it fires.
//
// Its kind and its target are written once, before it is first attached: a
// goroutine that has read the waiter's address may look at them after the waiter
// was taken off and has been attached elsewhere.
type Waiter struct {
	target  Target
	at      int32 // its place in the hub; guarded by hub.mu
	Index   int32 // for its target: which of several it is
	kind    kind
	Watched bool // for its target: whether it is one of those that are counted
}

type kind uint8

const (
	waits  kind = iota // Fire lets a goroutine go on
	calls              // Fire runs a function of the user
	relays             // the target is a Relay
	isHub              // the target is the hub
)

// A Target is told, outside all locks, that the core has settled.
type Target interface{ Fire(w *Waiter) }

// A Relay is a target that settles because of what it waits for.
type Relay interface {
	Target
	// Relay is called in place of Fire, and before any function of the user. It
	// returns the cores that have settled by it, whose waiters are to be woken, and
	// what has settled them; either may be nil.
	Relay() (settled []*Core, by Section)
}

// Use gives the core its hub, which is part of the same object: a second waiter or a Done channel
// is to be expected. It must be called before the core is shared.
func (c *Core) Use(h *Hub) { c.waits.Store(h.init()) }

func (h *Hub) init() *Waiter {
	h.self.kind, h.self.target = isHub, h
	h.list = h.one[:0]
	return &h.self
}

// A Hub takes the place of a waiter when a second one comes, or when a Done
// channel is asked for. It stays: Done has to return the same channel for ever.
type Hub struct {
	self Waiter
	mu   sync.Mutex
	list []*Waiter  // in order of registration; nil: detached
	one  [1]*Waiter // the first array of list
	gone int        // how many are nil
	done chan struct{}
	over bool // the core has settled, and Release has taken the list

	closed bool // done is closed
}

// Fire makes a hub a Target, which it is for its place in Core.waits alone.
// Release takes its list in place of firing it.
func (h *Hub) Fire(*Waiter) {}

// Attach registers w, a waiter of t for all its life, and sets bits of the executor. It reports
// false, and registers nothing, if the core has settled.
func (c *Core) Attach(w *Waiter, t Target, bits uint64) bool {
	if w.target == nil {
		w.target = t
	}
	return c.attach(w, watched|bits)
}

// AttachCall is Attach for a target that may run functions of the user: itself, after all
// others have fired, or as a Relay.
//
// The core is told of it before it is in place: the goroutine that settles because of
// another waiter may find this one, too, before its watched bit is set.
func (c *Core) AttachCall(w *Waiter, t Target) bool {
	w.target, w.kind = t, calls
	if _, ok := t.(Relay); ok {
		w.kind = relays
	}
	return c.word.Or(called)&settled == 0 && c.attach(w, watched)
}

// attach is Attach of a waiter that has its target. The order makes it safe: the waiter is in
// place before the watched bit is set. The goroutine that settles sets settled and reads watched in
// one step, so either it sees the bit and takes the waiter, or the Or below sees settled.
func (c *Core) attach(w *Waiter, bits uint64) bool {
	for !c.place(w) {
		if c.Settled() {
			return false
		}
	}
	if c.word.Or(bits)&settled == 0 {
		return true
	}
	return !c.Detach(w) // if Release has taken it, it fires
}

// place puts w where Release finds it. It reports false if it has to be tried
// again.
func (c *Core) place(w *Waiter) bool {
	first := c.waits.Load()
	if first == nil {
		w.at = 0 // in a hub before, it may have had another
		return c.waits.CompareAndSwap(nil, w)
	}
	if first.kind != isHub {
		first = c.makeHub(first)
		if first == nil {
			return false
		}
	}
	return first.target.(*Hub).add(w)
}

// makeHub replaces the only waiter, or nil, by a hub with that waiter. It
// reports nil if others were quicker.
//
// It must not write to the waiter: that may fire, and be used anew, until the
// hub is in place. The place of an only waiter is that of the first one in a hub.
func (c *Core) makeHub(only *Waiter) *Waiter {
	h := new(Hub)
	h.init()
	if only != nil {
		h.list = append(h.list, only)
	}
	if !c.waits.CompareAndSwap(only, &h.self) {
		return nil
	}
	return &h.self
}

// add appends w. It reports false if the core has settled.
func (h *Hub) add(w *Waiter) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return false
	}
	w.at = int32(len(h.list))
	if h.list = append(h.list, w); len(h.list) > len(h.one) {
		clear(h.one[:]) // the list has left it
	}
	return true
}

// Detach takes w off the core. It reports whether that kept it from firing.
func (c *Core) Detach(w *Waiter) bool {
	for {
		switch first := c.waits.Load(); {
		case first == nil:
			return false
		case first.kind == isHub:
			return first.target.(*Hub).remove(w)
		case first != w:
			return false
		case c.waits.CompareAndSwap(w, nil):
			return true
		}
	}
}

func (h *Hub) remove(w *Waiter) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if int(w.at) >= len(h.list) || h.list[w.at] != w {
		return false
	}
	h.list[w.at] = nil
	h.gone++
	if h.gone > len(h.list)/2 {
		h.tidy()
	}
	return true
}

// tidy takes the gaps out of the list, so that waits which come and go do not
// make it grow.
func (h *Hub) tidy() {
	n := 0
	for _, w := range h.list {
		if w != nil {
			w.at = int32(n)
			h.list[n] = w
			n++
		}
	}
	clear(h.list[n:])
	h.list, h.gone = h.list[:n], 0
	if cap(h.list) > keepRoom+4*n {
		h.list = append([]*Waiter(nil), h.list...) // a slice never shrinks
	}
}

// keepRoom is for how many waiters a hub keeps the room.
const keepRoom = 16

// Each calls f with the target of everything that waits.
func (c *Core) Each(f func(Target)) {
	first := c.waits.Load()
	switch {
	case first == nil:
		return
	case first.kind != isHub:
		f(first.target)
		return
	}
	h := first.target.(*Hub)
	h.mu.Lock()
	targets := make([]Target, 0, len(h.list))
	for _, w := range h.list {
		if w != nil {
			targets = append(targets, w.target)
		}
	}
	h.mu.Unlock()
	for _, t := range targets {
		f(t)
	}
}

// Done returns a channel that is closed when the core settles, always the same
// one. It is made when first asked for.
func (c *Core) Done() <-chan struct{} {
	for {
		first := c.waits.Load()
		if first == nil || first.kind != isHub {
			if first = c.makeHub(first); first == nil {
				continue
			}
		}
		h := first.target.(*Hub)
		h.mu.Lock()
		if h.done == nil {
			h.done = make(chan struct{})
		}
		done := h.done
		if c.word.Or(watched)&settled != 0 {
			h.close() // the settler may have seen nothing that waits
		}
		h.mu.Unlock()
		return done
	}
}

// take says that the core has settled, closes the channel and returns the only
// waiter or the list of them. Only Release calls it, once.
func (h *Hub) take() (one *Waiter, many []*Waiter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if many = h.list; len(many) == 1 {
		one, many = many[0], nil
	}
	clear(h.one[:])
	h.list, h.over = nil, true
	h.close()
	return one, many
}

// close closes the channel, if there is one and it is open. The caller holds mu.
func (h *Hub) close() {
	if h.done == nil || h.closed {
		return
	}
	h.closed = true
	close(h.done)
}
