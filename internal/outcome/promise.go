package outcome

// What follows is for a core without an executor: a promise. Each of the calls
// that could settle it tries to set the claimed bit; the one that does writes
// the outcome and settles. The others return when the outcome is there, so that
// a call which reports "settled already" is never ahead of it.

// Claim reports whether the caller is to settle the core, with Finish. With
// pending it does so only if the promise has not started. If Claim reports
// false and the core is about to settle, it waits for that.
func (c *Core) Claim(pending bool) bool {
	if pending {
		return c.move(started|settled, claimed)
	}
	return c.move(settled, claimed)
}

// Start moves a promise from pending to running. It reports false if it was
// settled or running. Like Claim it waits for one that is about to settle.
func (c *Core) Start() bool { return c.move(started|settled, started) }

// move sets a bit, unless one of those in not is set: then it reports false.
func (c *Core) move(not, bit uint64) bool {
	for {
		w := c.word.Load()
		switch {
		case w&(claimed|settled) == claimed:
			c.join()
			return false
		case w&not != 0:
			return false
		case c.word.CompareAndSwap(w, w|bit):
			return true
		}
	}
}

// join waits until the goroutine that has claimed the core has settled it: a few
// instructions, without any code of the user between.
func (c *Core) join() {
	done := make(signal)
	if c.Attach(new(Waiter), done, 0) {
		<-done
	}
}

type signal chan struct{}

// Fire implements Target.
func (s signal) Fire(*Waiter) { close(s) }

// Finish settles a claimed core and releases what waits for it.
func (c *Core) Finish(s State, err error) {
	c.err = err
	if c.Settle(s).Any() {
		c.Release()
	}
}

// Drop settles a pending promise as one that never ran. It reports whether this
// call did.
func (c *Core) Drop(err error) bool {
	if !c.Claim(true) {
		return false
	}
	c.Finish(Cancelled, err)
	return true
}
