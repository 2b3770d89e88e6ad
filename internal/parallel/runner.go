package parallel

import (
	"github.com/millrace-go/millrace/internal/claim"
	"github.com/millrace-go/millrace/internal/fault"
	"github.com/millrace-go/millrace/internal/sched"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// A runner runs items of a loop, one after another, in a task of the pool.
type runner struct {
	*loop
	slot *sched.Runner
	own  *claim.Owner
	item uint64 // that it is in
	busy bool   // the item's function has not returned
	observation
}

// Work implements sched.Loop.
func (l *loop) Work(s *sched.Runner) {
	r := &runner{loop: l, slot: s, own: l.items.Enter()}
	defer r.leave() // also on a Goexit of an item
	// One that finds a block calls the next one, also if the block was left to it.
	if r.own.Ahead() > 0 {
		r.pass()
	}
	for !r.serve() && !r.slot.Yield() {
	}
}

// serve runs items until there are none, or the runner is to leave. It returns false
// after the panic of an item. A claimed item runs, because items at work may wait for it. It
// does not if a context has ended the run: then the contexts of these items have ended, too.
func (r *runner) serve() (done bool) {
	defer r.caught()
	for !r.halted.Load() {
		i, ok := r.next()
		if !ok {
			return true
		}
		if end := r.contextEnded(); end != nil { // asked last: the end may have come while the runner looked
			r.runners.Abandoned(end)
			return true
		}
		r.tookLast()
		r.job.each(r, i)
		if r.slot.Yield() {
			return true
		}
	}
	return true
}

// next claims an item.
func (r *runner) next() (i uint64, ok bool) {
	if i, ok = r.own.Next(); ok {
		return i, true
	}
	if i, ok = r.items.Claim(r.own, r); ok {
		r.pass()
	}
	return i, ok
}

// tookLast tells the scheduler, if others wait for slots, that the claimed item was the last one.
func (r *runner) tookLast() {
	if r.slot.Wanted().Load() != 0 && !r.More() {
		r.slot.TookLast()
	}
}

// stretch returns the contexts of the items that are left in the runner's block, or of some
// of them; none if there is one item, if it has to be asked after each whether the turn is
// over, or if items need a context each or are observed.
func (r *runner) stretch() (s taskctx.Stretch) {
	if n := 1 + r.own.Ahead(); n > 1 && r.slot.Wanted().Load() == 0 && !r.cfg.watch.eachItem() {
		s = r.slot.Stretch(n, r.own)
	}
	return s
}

// Again implements claim.Seeker.
func (r *runner) Again() bool {
	if r.over() {
		return false
	}
	r.starved()
	return !r.slot.Yield()
}

// leave is the end of the runner.
func (r *runner) leave() {
	r.items.Leave(r.own)
	switch {
	case r.halted.Load():
		r.consumer.OpenAny()
	case r.items.Claimed() >= r.job.limit():
		r.starved() // the caller may have begun to wait since the runner looked
	}
}

// caught settles an item that did not return. It is to be deferred.
func (r *runner) caught() {
	if !r.busy {
		return
	}
	r.busy = false
	err, panicked := sched.Unwound(recover(), r.cfg.Task.Name)
	if panicked && r.runners.Crash() {
		defer crash(err) // whatever an observer does
	} else {
		defer r.job.died(r, err)
	}
	r.ended(err, panicked)
	r.slot.Fail(panicked)
}

// crash repeats the panic that err is of. The stack of that is still below this one, and is printed.
func crash(err error) { panic(err.(*fault.PanicError).Value) }

// More implements sched.Loop. After the end of a context a runner is started to be refused:
// that is how the run is told.
func (l *loop) More() bool { return !l.halted.Load() && l.items.Left() }

// pass starts another runner if there are items for it.
func (l *loop) pass() {
	if l.items.Searching() == 0 && l.More() {
		l.runners.Start()
	}
}
