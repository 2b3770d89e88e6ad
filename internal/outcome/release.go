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

// A Section is what has settled cores.
type Section interface {
	// Contained returns a function that is registered on one of the cores as it is to be called.
	Contained(f func()) func()
	// Released is called when all functions have been called.
	Released()
}

// ReleaseAll is Release of several cores and of all that settle because of them: nothing
// that waits for one of them has to wait for a function of the user. The section has settled
// the cores; a relay says which one has settled those of the relay.
func ReleaseAll(of Section, cores ...*Core) {
	b := batch{cores: cores, of: of, first: of}
	b.release()
}

// A batch is what is being released and what has come of it.
type batch struct {
	cores    []*Core
	waiters  []*Waiter // of those that are not in cores any more; nil: taken off
	of       Section   // of the cores; nil: their functions are called as they are
	relays   []Relay   // to be asked next
	funcs    []func()
	first    Section   // to be told when these have been called, or nil
	sections []Section // to be told then
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
		if b.cores, b.of = next.Relay(); b.of != nil {
			b.sections = append(b.sections, b.of)
		}
	}
	woken = true
	b.call()
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
		if b.of != nil {
			f = b.of.Contained(f)
		}
		b.funcs = append(b.funcs, f)
	case relays:
		b.relays = append(b.relays, target.(Relay))
	}
}

// Call runs functions of the user. A panic of one is contained; a Goexit of one
// ends this goroutine, but not before the others have run.
func Call(funcs ...func()) {
	b := batch{funcs: funcs}
	b.call()
}

// call is Call of the functions. Then it tells the sections.
func (b *batch) call() {
	for len(b.funcs)+len(b.sections) > 0 || b.first != nil {
		b.callFirst()
	}
}

// callFirst takes the first function, or else the first section, out and calls it.
func (b *batch) callFirst() {
	returned := false
	defer func() {
		if !returned && recover() == nil {
			// A Goexit is under way, and this is the last chance to run the others. Or it was
			// panic(nil) with GODEBUG=panicnil=1, and call goes on.
			b.call()
		}
	}()
	switch of := b.first; {
	case len(b.funcs) > 0:
		f := b.funcs[0]
		b.funcs = b.funcs[1:]
		f()
	case of != nil:
		b.first = nil
		of.Released()
	default:
		of, b.sections = b.sections[0], b.sections[1:]
		of.Released()
	}
	returned = true
}
