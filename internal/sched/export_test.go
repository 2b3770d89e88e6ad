package sched

import (
	"context"
	"iter"
	"time"

	"github.com/millrace-go/millrace/internal/queue"
)

// Alarms returns how many things a pool has to do later, and whether its timer is set.
func Alarms(p *Pool) (alarms int, set bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clock.Len(), p.clock.Next() != 0
}

// NextAlarm returns when the timer of a pool rings, from the time the pool was made.
func NextAlarm(p *Pool) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clock.Next()
}

// Scopes returns how many contexts a pool is registered on, and how many empty scopes it
// keeps for reuse.
func Scopes(p *Pool) (registered, spare int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.scopes.Of), len(p.spare.scopes)
}

// MaxSpare is how many waits and empty scopes a pool keeps.
const MaxSpare = queue.MaxFree

// Calm reports whether a pool is calm.
func Calm(p *Pool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calm
}

// Recent reports whether the pool holds on to the context that was used last.
func Recent(p *Pool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.recent != nil
}

// Vacated returns how many places of workers that have been taken off a list still hold them.
func Vacated(p *Pool) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, list := range [][]*worker{p.workers.all, p.workers.idle} {
		for _, w := range list[len(list):cap(list)] {
			if w != nil {
				n++
			}
		}
	}
	return n
}

// Noted returns the room for tasks that the scope of an unfinished task has.
func Noted(t *Task) int {
	s := t.scope.Load()
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	return cap(s.tasks)
}

// Reaches reports whether from waits for to.
func Reaches(p *Pool, from, to *Task) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	found, _ := p.reaches(from, to)
	return found
}

// Marks returns how many times of submissions a pool has noted.
func Marks(p *Pool) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ages.Len()
}

// Retries asks whether a task that runs may have another attempt, as its worker
// does: before it tells the observer, or when it puts the task to rest, which it does not do
// if the answer is no.
func Retries(t *Task, tell bool) bool {
	w, x := t.worker, t.extra()
	if tell {
		return w.tells(t, x)
	}
	return w.rest(t, x, 0)
}

// EffectsLeft reports whether the last section has left something to be done outside of it.
func EffectsLeft(p *Pool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.effects.Any
}

// HoldSearches keeps searches for cycles across pools from going on until release is called.
func HoldSearches() (release func()) {
	acrossPools.Lock()
	return acrossPools.Unlock
}

// Searches reports whether a search across pools is under way.
func Searches() bool {
	if acrossPools.TryLock() {
		acrossPools.Unlock()
		return false
	}
	return true
}

// Hold keeps the lock of p until release is called.
func Hold(p *Pool) (release func()) {
	p.mu.Lock()
	return p.mu.Unlock
}

// Watches returns how many goroutines of t, which runs, are in a wait that nothing but the pool ends:
// blocked in it, or looking for a cycle before that.
func Watches(p *Pool, t *Task) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wk := t.worker; wk != nil && wk.kids != nil {
		for range wk.kids.waits.All() {
			n++
		}
	}
	return n
}

// Waits returns how many goroutines of t, which runs, are blocked in a wait.
func Waits(p *Pool, t *Task) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wk := t.worker; wk != nil {
		for w := wk.waits; w != nil; w = w.next {
			n++
		}
	}
	return n
}

// WaitsOf returns how many waits for the runners of a map are known.
func WaitsOf(r *Runners) int {
	r.pool.mu.Lock()
	defer r.pool.mu.Unlock()
	return len(r.group.waits)
}

// Told returns how many of the waits that a pool keeps for reuse have been told something.
func Told(p *Pool) (n int) {
	for _, w := range p.spare.waits {
		n += len(w.ch)
	}
	return n
}

// Keys returns how many keys of tasks are in use.
func Keys(p *Pool) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.turns.Of)
}

// Reaping reports whether the timer that ends idle workers is set.
func Reaping(p *Pool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.workers.reaper != nil
}

// SpareWaits returns how many waits a pool keeps for reuse, and how many of them are not as
// good as new.
func SpareWaits(p *Pool) (kept, dirty int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.spare
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.waits {
		if w.worker != nil || w.task != nil || w.on != nil || w.at != nil || len(w.ch) > 0 {
			dirty++
		}
	}
	return len(s.waits), dirty
}

// Stalled returns how many members of a group wait for its limit or its rate.
func Stalled(g *Group) int {
	g.pool.mu.Lock()
	defer g.pool.mu.Unlock()
	return g.stalled.Len()
}

// SerialUnderLock reports whether a caller of Join with context ctx would run both functions, and
// the second one too, in a pool whose work is divided. It holds the lock, so none may be taken.
func SerialUnderLock(p *Pool, ctx context.Context) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.divided.Store(true)
	f := Serial(ctx, p)
	if f == nil {
		return false
	}
	defer f.End()
	return f.Ended() == nil
}

// Several is what a wait for a set is for.
type Several = several

// What TestSeveral calls.
func (m *several) Add(t *Task)              { m.add(t) }
func (m *several) Sort()                    { m.sort() }
func (m *several) Settle(t *Task)           { m.settle(t) }
func (m *several) Left() int                { return m.left }
func (m *several) Open() iter.Seq[*Task]    { return m.open() }
func (m *several) Pending() iter.Seq[*Task] { return m.pending() }
