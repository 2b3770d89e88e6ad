package cell

// A Waiter is one registration on a cell. It is embedded in what waits, so that
// registering allocates nothing, and is linked into the cell's list while it
// waits; whoever unlinks it (Detach or Release) decides whether it fires.
type Waiter struct {
	next, prev *Waiter
	linked     bool
	kind       kind
	target     Target
}

type kind uint8

const (
	waits  kind = iota // Fire lets somebody go on who waits
	calls              // Fire runs a function of the user's
	relays             // the target is a Relay
)

// A Target is told, outside all locks, that the cell has settled.
type Target interface{ Fire() }

// A Relay is a target that is settled by what it waits for, and may settle others.
type Relay interface {
	Target
	// Relay is called in place of Fire, and before any function of the user's. It
	// returns the cells that have settled by it, whose waiters are to be woken, and
	// what has to fire when the functions registered on them have run; or nil.
	Relay() (settled []*Core, last Target)
}

// Attach registers w. It reports false, and registers nothing, if the cell is
// settled already.
func (c *Core) Attach(w *Waiter, t Target) bool { return c.attach(w, t, watched) }

// AttachFunc is Attach for a target that runs a function of the user's: those
// fire after all others, each for itself.
func (c *Core) AttachFunc(w *Waiter, t Target) bool {
	w.kind = calls
	return c.attach(w, t, watched|callback)
}

// AttachRelay is Attach for a relay. Functions of the user's may come of it.
func (c *Core) AttachRelay(w *Waiter, r Relay) bool {
	w.kind = relays
	return c.attach(w, r, watched|callback)
}

func (c *Core) attach(w *Waiter, t Target, bits uint32) bool {
	w.target = t
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.word.Or(bits)&settled != 0 {
		return false
	}
	w.linked = true
	if c.list == nil {
		w.prev = w
		c.list = w
		return true
	}
	last := c.list.prev
	last.next, w.prev, c.list.prev = w, last, w
	return true
}

// Detach takes w off the cell; it reports whether that kept it from firing.
func (c *Core) Detach(w *Waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !w.linked {
		return false
	}
	switch {
	case c.list == w:
		c.list = w.next
		if w.next != nil {
			w.next.prev = w.prev
		}
	default:
		w.prev.next = w.next
		if w.next != nil {
			w.next.prev = w.prev
		} else {
			c.list.prev = w.prev
		}
	}
	w.next, w.prev, w.linked, w.target = nil, nil, false, nil
	return true
}

// Done returns a channel that is closed when the cell is settled. It is made
// when first asked for.
func (c *Core) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
	}
	if c.word.Or(watched)&settled != 0 && !c.closed {
		c.closed = true
		close(c.done)
	}
	return c.done
}

// Release wakes all who wait for a settled cell, then runs the functions
// registered on it, in order of registration. The settler calls it once,
// outside all locks.
func (c *Core) Release() { Call(Wake(c)...) }

// Wake is the first half of Release, for several cells and for all that settle by
// that: nobody who waits for one of them has to wait for a function. It returns the
// functions, for Call.
func Wake(cores ...*Core) (funcs []Target) {
	var lasts []Target
	for len(cores) > 0 {
		c := cores[0]
		cores = cores[1:]
		for w := c.takeAll(); w != nil; {
			// A waiter may be reused or dropped as soon as it has fired.
			next, target := w.next, w.target
			w.next, w.prev, w.target = nil, nil, nil
			switch w.kind {
			case waits:
				target.Fire()
			case calls:
				funcs = append(funcs, target)
			case relays:
				settled, last := target.(Relay).Relay()
				cores = append(cores, settled...)
				if last != nil {
					lasts = append(lasts, last)
				}
			}
			w = next
		}
	}
	return append(funcs, lasts...)
}

// takeAll closes the cell's channel and returns its waiters, which are off it.
func (c *Core) takeAll() *Waiter {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := c.list
	c.list = nil
	if c.done != nil && !c.closed {
		c.closed = true
		close(c.done)
	}
	for w := first; w != nil; w = w.next {
		w.linked = false
	}
	return first
}

// Call runs functions of the user's. A panic of one is contained; a Goexit of one
// ends this goroutine, but not before the others have run.
func Call(funcs ...Target) {
	for len(funcs) > 0 {
		f := funcs[0]
		funcs = funcs[1:]
		fireOne(f, funcs)
	}
}

func fireOne(f Target, rest []Target) {
	returned := false
	defer func() {
		if !returned && recover() == nil {
			Call(rest...) // Goexit is under way: this is the last chance to run them
		}
	}()
	f.Fire()
	returned = true
}
