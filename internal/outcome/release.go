package outcome

// Release wakes all that waits for a settled core, then runs the functions
// registered on it, in order of registration. The settler calls it once,
// outside all locks.
func (c *Core) Release() {
	one, many := c.take()
	switch {
	case one == nil:
		release(many...)
	case one.kind == waits:
		one.target.Fire(one) // the usual case
	default:
		release(one)
	}
}

// release is Release of several waiters, or of one that is not a goroutine's.
func release(list ...*Waiter) {
	var others []*Waiter
	for _, w := range list {
		switch {
		case w == nil:
		case w.kind == waits:
			w.target.Fire(w)
		default:
			others = append(others, w)
		}
	}
	if others == nil {
		return
	}
	var b batch
	for _, w := range others {
		b.fire(w)
	}
	b.run()
	Call(b.all()...)
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
			return w.target.(*hub).take()
		case c.waits.CompareAndSwap(w, nil):
			return w, nil
		}
	}
}

// Wake is the first half of Release, for several cores and for all that settle
// because of them: nothing that waits for one of them has to wait for a function
// of the user. It returns those functions, for Call.
func Wake(cores ...*Core) (funcs []func()) {
	b := batch{cores: cores}
	b.run()
	return b.all()
}

// A batch is the cores that are being released and what has come of it.
type batch struct {
	cores []*Core
	funcs []func()
	lasts []func()
}

func (b *batch) all() []func() { return append(b.funcs, b.lasts...) }

func (b *batch) run() {
	for len(b.cores) > 0 {
		c := b.cores[0]
		b.cores = b.cores[1:]
		one, many := c.take()
		if one != nil {
			b.fire(one)
		}
		for _, w := range many {
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
		target.Fire(w)
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
