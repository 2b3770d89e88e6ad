package sched

import (
	"runtime/debug"
	"slices"

	"github.com/millrace-go/millrace/internal/outcome"
)

// unlock ends a locked section. It starts what may start, makes sure that started tasks get a
// goroutine, and does the effects of the section, which may run functions of the user:
//
//	dispatch        wakes or starts a worker for what has started
//	effects.Do      registers on contexts and ends some, asks for causes, tells observers
//	aborted         settles what depends on contexts that were ended, in one more locked section
//	releaseSettled  wakes what waits for what has settled, then calls functions of OnDone
//	Released        counts the section off; a closed pool that has waited for nothing else is drained
func (p *Pool) unlock() {
	p.admit()
	p.unlockAsIs()
}

// unlockAsIs is unlock without admit: for a section that has just called it, and for one that
// only looks. Admission finds contexts that have ended, and settles tasks: their functions of
// OnDone must not run in a caller of Stats, which may hold a lock that they need, nor in a worker
// that is about to run a task.
func (p *Pool) unlockAsIs() {
	p.noteCalm()
	p.drain()
	if p.effects.Any || p.workers.wanted || p.workers.tooFew(p) {
		p.releaseSettled(p.endSection())
		return
	}
	p.verify()
	p.mu.Unlock()
}

// releaseSettled is the second half of unlockAsIs, after unlockUnreleased: it wakes what waits
// for the tasks that have settled, and calls the functions registered on them. It does nothing
// if by is nil.
func (p *Pool) releaseSettled(settled []*outcome.Core, by outcome.Section) {
	if by != nil {
		outcome.ReleaseAll(by, settled...)
	}
}

// unlockUnreleased is the first half of unlockAsIs: it returns what releaseSettled has to be
// called with.
func (p *Pool) unlockUnreleased() (settled []*outcome.Core, by outcome.Section) {
	p.noteCalm()
	p.drain()
	return p.endSection()
}

// endSection is the rest of unlockUnreleased.
func (p *Pool) endSection() (settled []*outcome.Core, by outcome.Section) {
	p.verify()
	w := p.workers.next(p)
	if p.effects.Any || p.workers.wanted {
		return p.finish(w)
	}
	p.mu.Unlock()
	w.dispatch()
	return nil, nil
}

// finish is unlockUnreleased for a section with effects. It wakes w. From here until releaseSettled
// has called Released, the section is one of life.unfinished.
//
// If its effects may call functions of the user it is one of life.calls as well, which Shutdown
// reports: from before the lock is released, because then a goroutine that sees that a task has
// settled may call Shutdown. Once the effects are done, it stays there only for functions of OnDone.
func (p *Pool) finish(w *worker) (settled []*outcome.Core, by outcome.Section) {
	done, calls := false, p.effects.MayCall()
	defer func() {
		if !done { // a context of the user has panicked, or has called Goexit
			p.releaseSettled(settled, p.finished(settled, calls))
		}
	}()
	p.life.unfinished++
	if calls {
		p.life.calls.Add(1)
	}
	p.doEffects(w, &settled)
	done = true
	return settled, p.finished(settled, calls)
}

// finished returns the section whose effects are done, but for the release of what has settled. calls
// says whether the section is one of life.calls so far.
func (p *Pool) finished(settled []*outcome.Core, calls bool) outcome.Section {
	switch {
	case slices.ContainsFunc(settled, (*outcome.Core).Calls):
		if !calls {
			p.life.calls.Add(1)
		}
		return callingSection{(*section)(p)}
	case calls:
		p.life.calls.Add(-1)
	}
	return (*section)(p)
}

// doEffects ends the section, wakes w and does the effects, but for what has settled, which it
// appends.
func (p *Pool) doEffects(w *worker, settled *[]*outcome.Core) {
	spawned := p.workers.spawn(p)
	todo := p.effects.Take()
	p.mu.Unlock()
	w.dispatch()
	for _, w := range spawned {
		w.dispatch()
	}
	if *settled == nil {
		*settled = todo.Settled
	} else {
		*settled = append(*settled, todo.Settled...)
	}
	if todo.Aborts != nil {
		defer p.aborted(todo.Aborts, settled) // also if one of the contexts calls Goexit
	}
	todo.Do()
}

// A section is a locked section of the pool that has had effects, as one of life.unfinished. It
// implements outcome.Section.
type section Pool

// Released says that all effects are done: it counts the section off.
func (s *section) Released() {
	p := (*Pool)(s)
	p.mu.Lock()
	p.life.unfinished--
	p.unlockAsIs()
}

// A callingSection is one of life.calls, too: its release calls functions of OnDone.
type callingSection struct{ *section }

// Released implements outcome.Section.
func (s callingSection) Released() {
	s.life.calls.Add(-1)
	s.section.Released()
}

// Contained returns f, a function of OnDone, so that its panic is counted and told to
// the pool's observer. A Goexit goes on.
func (s *section) Contained(f func()) func() {
	p := (*Pool)(s)
	return func() {
		returned := false
		defer func() {
			if returned {
				return
			}
			if v := recover(); v != nil {
				p.callbackPanicked(v, debug.Stack())
			}
		}()
		f()
		returned = true
	}
}

func (p *Pool) callbackPanicked(value any, stack []byte) {
	p.mu.Lock()
	p.count.CallbackPanics++
	p.mu.Unlock()
	if o := p.cfg.Observer; o != nil {
		o.CallbackPanicked(p.cfg.Name, value, stack)
	}
}
