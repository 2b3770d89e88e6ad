package pool_test

import (
	"slices"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Which task may start: bounds, lending and the order of the queue. The queue's order is by
// priority, then by submission. The model does not know which of two overlapping calls of
// Submit came first, nor when a Then joined the queue. So it knows the order only in part,
// and the checks here say nothing about the rest.

// before reports whether the queue has x surely before t. m.mu is held.
func (m *model) before(x, t *modelTask) bool {
	if most := m.mayInherit(t); x.plan.priority != most {
		return x.plan.priority > most
	}
	return x.plan.flow == t.plan.flow && x.earlier(t)
}

// mayInherit returns the highest priority that t may have: its own, or that of one that
// waits for its key behind it.
func (m *model) mayInherit(t *modelTask) int {
	most := t.plan.priority
	for _, y := range m.tasks {
		if t.plan.key != 0 && y.plan.key == t.plan.key && y.called != 0 && y.starts == 0 && y.seen == nil {
			most = max(most, y.plan.priority)
		}
	}
	return most
}

// earlier reports whether x was surely submitted before t.
func (x *modelTask) earlier(t *modelTask) bool {
	return x.returned != 0 && x.returned < t.called && x.input == nil && t.input == nil
}

// queued reports whether x may be pending, and not for its input.
func (x *modelTask) queued() bool {
	return (x.f != nil || x.permit) && x.starts == 0 && x.seen == nil && !x.item
}

// passedOver returns, of a task that has just started, those that should have
// started before it if they are pending now: whatever is pending now was so
// when t was chosen. A task that waits for a place goes by the order of the first of the
// queue, which may be a map that has the turn: there the model says nothing. m.mu is held.
func (m *model) passedOver(t *modelTask) []*modelTask {
	if t.item || m.inSubmit(t) || t.beside || t.late() && m.cfg.queue >= 0 && m.mapped.Load() {
		return nil
	}
	var over []*modelTask
	for _, x := range m.tasks {
		if x == t || !x.queued() {
			continue
		}
		sameKey := t.plan.key != 0 && x.plan.key == t.plan.key
		if sameKey && x.earlier(t) && x.ready(t) || !t.mayBeLentTo() && x.ready(t) && m.before(x, t) && !m.mayBeHeld(x) {
			over = append(over, x)
		}
	}
	return over
}

// mayBeLentTo reports whether a task may have given its slot to t, whatever the
// queue says. What has to run before a member of a wait counts as one: with a
// key that may be anything. A permit that a task waits for may be granted before a task
// that waits for weight which another such task has.
func (t *modelTask) mayBeLentTo() bool {
	return t.awaited || t.plan.key != 0 || t.input != nil || t.permit && t.parent != nil
}

// ready reports whether x was surely in the queue when t was chosen.
func (x *modelTask) ready(t *modelTask) bool {
	since := x.returned
	if x.plan.delay > 0 {
		since = x.inQueue
	}
	return x.input == nil && since != 0 && since < max(t.called, t.pending)
}

// mayBeHeld reports whether x may be waiting for its key or a limit, which
// holds back nobody else. m.mu is held.
func (m *model) mayBeHeld(x *modelTask) bool {
	if x.plan.key != 0 {
		return true
	}
	for g := x.group; g != nil; g = g.outer {
		if g.limit > 0 || g.rate.on() {
			return true
		}
	}
	return false
}

// checkIdle checks, at rest, that no slot is idle while an admissible task is
// pending.
func (m *model) checkIdle(s pool.Stats) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.Running >= s.Workers || m.initing.Load() > 0 || m.broke.Load() || m.levers.paused || m.rate.on() && (m.mapped.Load() || m.rate.now() < 1+rateSlack) {
		return
	}
	var able []*modelTask
	for _, x := range m.tasks {
		if x.permit && m.sleeping() {
			continue // it may have settled, and its Acquire call a function of OnDone
		}
		if (x.queued() && !m.mayBeDeferred(x) || x.triedOver()) && !m.isHeld(x) {
			able = append(able, x)
		}
	}
	if len(able) == 0 {
		return
	}
	if m.cfg.maxWeight == 0 {
		m.failf("at rest: %v is pending while a slot is idle: %+v", able[0], s)
		return
	}
	for _, t := range m.tasks {
		comesBack := t.debt || t.waiting > 0 || t.rests()           // it may want its weight
		waits := t.item && t.starts == 0 && !t.over                 // or the runner that would run it
		places := t.called != 0 && t.returned == 0 && t.starts == 0 // CallerRuns: it may have a place by now
		if comesBack || waits || places || t.queued() && !t.waitsBefore() && m.mayBeDeferred(t) {
			return // it may hold back all others
		}
	}
	first := slices.DeleteFunc(slices.Clone(able), func(x *modelTask) bool {
		return slices.ContainsFunc(m.tasks, func(y *modelTask) bool {
			return x != y && y.queued() && !y.waitsBefore() && !m.isSurelyHeld(y) && !m.before(x, y)
		})
	})
	for _, x := range first {
		if s.Weight+x.plan.weight <= s.MaxWeight {
			m.failf("at rest: %v is pending, and fits: %+v", x, s)
		}
	}
}

// mayBeDeferred reports whether x may be waiting for its input or its delay, or for a
// place in the queue since that is over.
func (m *model) mayBeDeferred(x *modelTask) bool {
	return x.waitsBefore() || x.late() && m.cfg.queue >= 0
}

// awaitsInput reports whether a task of Then may be waiting for its input.
func (x *modelTask) awaitsInput() bool {
	return x.input != nil && !x.input.f.State().Settled()
}

// triedOver reports whether t waits to be tried again, and its time has come.
func (t *modelTask) triedOver() bool { return t.rests() && !t.item && !time.Now().Before(t.tried) }

// isHeld reports whether x may be waiting for its key or a limit now. m.mu is
// held.
func (m *model) isHeld(x *modelTask) bool {
	if m.mayBeRated(x) {
		return true
	}
	if key := x.plan.key; key != 0 {
		if h := m.hasTurn(key); h != nil && h != x {
			return true
		}
		for _, y := range m.tasks {
			if y != x && y.plan.key == key && (y.queued() || y.called != 0 && y.returned == 0 || y.item && y.starts == 0 && !y.over) && !x.earlier(y) {
				return true
			}
		}
	}
	for g := x.group; g != nil; g = g.outer {
		n := 0
		for _, t := range g.members {
			if t.starts > 0 && !t.ended {
				n++
			}
		}
		if g.limit > 0 && n >= g.limit {
			return true
		}
	}
	return false
}

// isSurelyHeld reports whether x waits for its key or a limit, and so holds back
// nobody. m.mu is held.
func (m *model) isSurelyHeld(x *modelTask) bool {
	if x.rated() {
		return true
	}
	if key := x.plan.key; key != 0 && (m.hasTurn(key) != nil ||
		slices.ContainsFunc(m.tasks, func(y *modelTask) bool { return y.plan.key == key && y.queued() && y.earlier(x) && !m.mayBeDeferred(y) })) {
		return true
	}
	for g := x.group; g != nil; g = g.outer {
		if g.limit > 0 && g.running() >= g.limit {
			return true
		}
	}
	return false
}

// checkWaits checks, at rest, that every wait that is over has returned, and
// every Submit that can.
func (m *model) checkWaits(s pool.Stats) {
	m.mu.Lock()
	waits := slices.Clone(m.waits)
	m.mu.Unlock()
	for _, w := range waits {
		switch {
		case w.bound() && w.ctx.ctx.Err() != nil && !m.sleeping(): // it may be at a function of a future that it found to be over
			m.failf("at rest: %v has not returned, though its context has ended", w)
		case w.met() && !m.sleeping() && (w.task == nil || m.mayResume(w.task, s)): // the same
			m.failf("at rest: %v has not returned, though it is over: %+v", w, s)
		case w.task != nil && w.what == "await" && m.cycles(w.task) && m.mayResume(w.task, s):
			m.failf("at rest: %v is a wait of a task for itself", w)
		}
	}
}

// mayResume reports whether nothing keeps a lending task from taking its slot
// back.
func (m *model) mayResume(t *modelTask, s pool.Stats) bool {
	fits := func(x *modelTask) bool { return m.cfg.maxWeight == 0 || s.Weight+x.plan.weight <= s.MaxWeight }
	if s.Running >= s.Workers || !fits(t) {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.tasks { // they come back in order: a heavy one that comes back holds back those behind it
		if (x.waiting > 0 || x.debt) && !fits(x) {
			return false
		}
	}
	if r := t.from.run; t.item && r != nil && r.mayWork(t) >= r.most {
		return false
	}
	for g := t.group; g != nil; g = g.outer {
		if g.limit > 0 && g.mayRun(t) >= g.limit {
			return false
		}
	}
	return true
}

// target returns whom t's one wait is for, if it is for one.
func (m *model) target(t *modelTask) *modelTask {
	if t.input != nil && t.starts == 0 && t.awaitsInput() {
		return t.input
	}
	for _, w := range m.waits {
		if w.task == t && w.what == "await" && t.waiting == 1 {
			return w.on[0]
		}
	}
	return nil
}

// cycles reports whether t waits for itself, through single waits.
func (m *model) cycles(t *modelTask) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	x := m.target(t)
	for range m.tasks {
		switch {
		case x == nil || x.f.State().Settled():
			return false
		case x == t, x.f.State() == future.Pending && !m.mayBeDeferred(x) && x.plan.key != 0 && m.keys[x.plan.key] == t:
			return true
		}
		x = m.target(x)
	}
	return false
}

// mayCycle reports whether t is, or was, waited for by x, through others. m.mu
// is held.
func (m *model) mayCycle(t, x *modelTask) bool {
	seen := make(map[*modelTask]bool)
	var reaches func(x *modelTask) bool
	reaches = func(x *modelTask) bool {
		if x == nil || seen[x] {
			return false
		}
		if x == t {
			return true
		}
		seen[x] = true
		if slices.ContainsFunc(x.waitedOn, reaches) || reaches(x.input) {
			return true
		}
		// The items of a map that x runs, and the members of its groups.
		if slices.ContainsFunc(m.tasks, func(y *modelTask) bool { return y.of(x) && reaches(y) }) {
			return true
		}
		return x.plan.key != 0 && slices.ContainsFunc(m.tasks, func(y *modelTask) bool { return y.plan.key == x.plan.key && reaches(y) })
	}
	return t != nil && reaches(x)
}

// of reports whether x waits for t as long as it waits for a map, or a group, of its own.
func (t *modelTask) of(x *modelTask) bool {
	for g := t.group; g != nil; g = g.outer {
		if g.parent == x {
			return true
		}
	}
	return t.item && t.parent == x
}
