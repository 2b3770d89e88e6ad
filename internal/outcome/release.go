package outcome

// Release wakes all that waits for a settled core, then runs the functions
// registered on it, in order of registration. The settler calls it once,
// outside all locks. It reports whether a goroutine became runnable.
func (c *Core) Release() (woke bool) {
	if w := c.takeOne(); w != nil {
		if w.kind == waits {
			return w.target.Fire(w) // the usual case
		}
		return release(w)
	}
	return release(c.takeMany()...)
}

// release is Release of several waiters, or of one that is not a goroutine's.
func release(list ...*Waiter) (woke bool) {
	var others []*Waiter
	for _, w := range list {
		switch {
		case w == nil:
		case w.kind == waits:
			woke = w.target.Fire(w) || woke
		default:
			others = append(others, w)
		}
	}
	if others == nil {
		return woke
	}
	var b batch
	for _, w := range others {
		b.fire(w)
	}
	b.run()
	Call(b.all()...)
	return woke || b.woke
}

// takeOne takes the only waiter; nil if there is none, or a hub.
func (c *Core) takeOne() *Waiter {
	for {
		w := c.waits.Load()
		if w == nil || w.kind == isHub {
			return nil
		}
		if c.waits.CompareAndSwap(w, nil) {
			return w
		}
	}
}

// takeMany takes the waiters of the hub; nil ones have been taken off.
func (c *Core) takeMany() []*Waiter {
	if first := c.waits.Load(); first != nil {
		return first.target.(*hub).take()
	}
	return nil
}

// Wake is the first half of Release, for several cores and for all that settle
// because of them: nothing that waits for one of them has to wait for a function
// of the user. It returns those functions, for Call.
func Wake(cores ...*Core) (funcs []func(), woke bool) {
	b := batch{cores: cores}
	b.run()
	return b.all(), b.woke
}

// A batch is the cores that are being released and what has come of it.
type batch struct {
	cores []*Core
	funcs []func()
	lasts []func()
	woke  bool
}

func (b *batch) all() []func() { return append(b.funcs, b.lasts...) }

func (b *batch) run() {
	for len(b.cores) > 0 {
		c := b.cores[0]
		b.cores = b.cores[1:]
		if w := c.takeOne(); w != nil {
			b.fire(w)
			continue
		}
		for _, w := range c.takeMany() {
			if w != nil {
				b.fire(w)
			}
		}
	}
}

// fire tells one waiter. A waiter may be used anew as soon as it has fired.
func (b *batch) fire(w *Waiter) {
	target := w.target
	switch w.kind {
	case waits:
		b.woke = target.Fire(w) || b.woke
	case calls:
		b.funcs = append(b.funcs, func() { target.Fire(w) })
	case relays:
		settled, last := target.(Relay).Relay()
		b.cores = append(b.cores, settled...)
		if last != nil {
			b.lasts = append(b.lasts, last)
		}
	}
}

// Call runs functions of the user. A panic of one is contained; a Goexit of one
// ends this goroutine, but not before the others have run.
func Call(funcs ...func()) {
	for len(funcs) > 0 {
		f := funcs[0]
		funcs = funcs[1:]
		callOne(f, funcs)
	}
}

func callOne(f func(), rest []func()) {
	returned := false
	defer func() {
		if !returned && recover() == nil {
			Call(rest...) // a Goexit is under way: this is the last chance to run them
		}
	}()
	f()
	returned = true
}
