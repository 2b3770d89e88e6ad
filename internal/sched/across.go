package sched

import (
	"iter"
	"slices"
	"sync"

	"github.com/millrace-go/millrace/internal/waitgraph"
)

// acrossPools serializes the searches for cycles through several pools. Each search begins
// when its wait is registered, and a wait that closes a cycle does not count any more when the next
// search begins. So of several waits that close a cycle at the same time one finds it. The lock
// is never held while something blocks.
var acrossPools sync.Mutex

// closesAcrossPools reports whether w, which is about to begin, closes a cycle through several pools.
// It releases the lock of the pool meanwhile: the locks of two pools are never held at once. For other
// searches w has begun, so it may be told of a deadlock in their place.
func (w *Wait) closesAcrossPools() bool {
	p, to := w.worker.pool, w.task
	w.dead = false
	w.list()
	members := slices.Collect(w.members())
	p.mu.Unlock()
	acrossPools.Lock()
	found := w.neverEndsIf(slices.Values(members), func(t *Task) bool { return waitgraph.Reaches(pools{}, t, to) })
	p.mu.Lock()
	acrossPools.Unlock()
	w.leaveList()
	return found || w.dead
}

// endAcrossPools is goOn for cycles through several pools of to, which waits for on.
func endAcrossPools(on []*Task, to *Task) {
	acrossPools.Lock()
	defer acrossPools.Unlock()
	g := pools{told: make(map[[2]*Task]bool)}
	for _, t := range on {
		waitgraph.Cut(g, t, to, g.endOne)
	}
}

// endOne ends the wait of a task of the path for the next one, or else tells one for a group. It reports
// whether there was one.
func (g pools) endOne(path []*Task) bool {
	for _, ofGroup := range [...]bool{false, true} {
		for i, t := range path[:len(path)-1] {
			if t.doomWaitFor(path[i+1], ofGroup) {
				g.told[[2]*Task{t, path[i+1]}] = ofGroup
				return true
			}
		}
	}
	return false
}

// doomWaitFor ends a wait of t for on, if there is one that may be told.
func (t *Task) doomWaitFor(on *Task, ofGroup bool) bool {
	p := t.pool()
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := range t.blockedIn() {
		if (w.group != nil) == ofGroup && w.mayBeTold() && slices.Contains(slices.Collect(w.members()), on) {
			w.doom()
			return true
		}
	}
	return false
}

// pools is the waitgraph.Graph of the tasks of all pools, but for what they need that others keep. It
// locks one pool at a time.
type pools struct {
	told map[[2]*Task]bool // waits of a task for another in a group that go on, and need not be told again
}

func (g pools) Every(t *Task) iter.Seq[*Task] {
	return unlocked(t, func() []*Task {
		told := func(on *Task) bool { return g.told[[2]*Task{t, on}] }
		return slices.DeleteFunc(slices.Collect(t.blockers()), told)
	})
}

func (pools) Any(t *Task) iter.Seq[iter.Seq[*Task]] {
	return unlocked(t, func() (all []iter.Seq[*Task]) {
		for w := range t.choices() {
			all = append(all, slices.Values(slices.Collect(w.any())))
		}
		return all
	})
}

// unlocked yields what f, called under the lock of the pool of t, returns; nothing if t has settled.
func unlocked[T any](t *Task, f func() []T) iter.Seq[T] {
	var all []T
	if p := t.pool(); p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !t.Settled() {
			all = f()
		}
	}
	return slices.Values(all)
}
