package outcome

// Release wakes all that waits for a settled core, then runs the functions
// registered on it, in order of registration. The settler calls it once,
// outside all locks.
func (c *Core) Release() {
	one, list := c.take()
	if one != nil {
		if one.kind == waits {
			one.target.Fire(one) // the usual case
			return
		}
		list = []*Waiter{one}
	}
	b := batch{waiters: list}
	b.release()
}

// take takes the only waiter, or those of the hub; nil ones have been taken off.
//
// A waiter may still be put in place after the core has settled. Its goroutine takes it
// off again, unless take is quicker.
func (c *Core) take() (one *Waiter, many []*Waiter) {
	for {
		switch w := c.waits.Load(); {
		case w == nil:
			return nil, nil
		case w.kind == isHub:
			return w.target.(*Hub).take()
		case c.waits.CompareAndSwap(w, nil):
			return w, nil
		}
	}
}

// ReleaseAll is Release of several cores and of all that settle because of them: nothing
// that waits for one of them has to wait for a function of the user. Functions registered
// on cores are called as contained returns them, those on the cores of a relay as the relay
// says; then last is called.
func ReleaseAll(contained func(func()) func(), last func(), cores ...*Core) {
	b := batch{cores: cores, contained: contained, lasts: []func(){last}}
	b.release()
}

// A batch is what is being released and what has come of it.
type batch struct {
	cores     []*Core
	waiters   []*Waiter           // of those that are not in cores any more; nil: taken off
	contained func(func()) func() // for their functions; nil: called as they are
	relays    []Relay             // to be asked next
	funcs     []func()
	lasts     []func()
}

// release wakes all waiters, then calls the functions that come of it. An observer that is
// told of a task which never runs, because of one that is released, may call Goexit: the
// others must not wait for ever.
func (b *batch) release() {
	woken := false
	defer func() {
		if !woken {
			b.release()
		}
	}()
	for b.run(); len(b.relays) > 0; b.run() {
		next := b.relays[0]
		b.relays = b.relays[1:]
		var last func()
		if b.cores, b.contained, last = next.Relay(); last != nil {
			b.lasts = append(b.lasts, last)
		}
	}
	woken = true
	Call(append(b.funcs, b.lasts...)...)
}

// run tells what waits for the cores.
func (b *batch) run() {
	for {
		for len(b.waiters) > 0 {
			w := b.waiters[0]
			b.waiters = b.waiters[1:]
			if w != nil {
				b.fire(w)
			}
		}
		if len(b.cores) == 0 {
			return
		}
		c := b.cores[0]
		b.cores = b.cores[1:]
		var one *Waiter
		if one, b.waiters = c.take(); one != nil {
			b.fire(one)
		}
	}
}

// fire tells one waiter. A waiter may be used anew as soon as it has fired.
func (b *batch) fire(w *Waiter) {
	target := w.target
	switch w.kind {
	case waits:
		target.Fire(w)
	case calls:
		f := func() { target.Fire(w) }
		if b.contained != nil {
			f = b.contained(f)
		}
		b.funcs = append(b.funcs, f)
	case relays:
		b.relays = append(b.relays, target.(Relay))
	}
}

// Call runs functions of the user. A panic of one is contained; a Goexit of one
// ends this goroutine, but not before the others have run.
func Call(funcs ...func()) {
	for len(funcs) > 0 {
		callFirst(&funcs)
	}
}

// callFirst takes the first of funcs out and calls it.
func callFirst(funcs *[]func()) {
	f := (*funcs)[0]
	*funcs = (*funcs)[1:]
	returned := false
	defer func() {
		if !returned && recover() == nil {
			// A Goexit is under way, and this is the last chance to run the others. Or it was
			// panic(nil) with GODEBUG=panicnil=1, and Call goes on.
			Call(*funcs...)
			*funcs = nil
		}
	}()
	f()
	returned = true
}
