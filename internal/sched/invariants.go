//go:build invariants

package sched

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/queue"
)

// With the build tag invariants every locked section ends with a look at all that the pool
// has: each task stands in one place, and each figure is the sum of what it counts. It costs
// as much as there is pending, and changes nothing. What is wrong ends the process there and then.

// verify is called under the lock, at the end of a section.
func (p *Pool) verify() {
	a := audit{Pool: p, waits: make(map[*Task]string), groups: make(map[*Group]bool), let: make(map[*Group]*queue.Priorities)}
	a.queues()
	a.behind()
	a.entering()
	a.started()
	a.members()
	a.scopes()
	a.prepared()
	a.sums()
	a.idle()
	a.check(p.calm == p.isCalm(), "the pool is calm: %v, noted as %v", p.isCalm(), p.calm)
}

type audit struct {
	*Pool
	waits  map[*Task]string // where each task that does not run waits
	groups map[*Group]bool
	let    map[*Group]*queue.Priorities // of those that keep room in each

	placed, delayed, rests, free int // of the tasks that wait; free: for nothing but a slot
	running, lent, runners       int // of those that have started; running do not lend
	weight                       int64
}

func (a *audit) check(ok bool, format string, args ...any) {
	if !ok {
		violated("sched: invariant: " + fmt.Sprintf(format, args...))
	}
}

// violated is called under the lock. It does not panic: deferred calls, which need the lock, would
// block for ever.
var violated = func(what string) {
	fmt.Fprintf(os.Stderr, "%s\n%s", what, debug.Stack())
	os.Exit(2)
}

// wait enters a task that waits.
func (a *audit) wait(t *Task, where string, at stage) {
	x := t.extra()
	a.check(a.waits[t] == "", "task %d waits in %s and in %s", t.Order(), where, a.waits[t])
	a.check(t.Pending() || !t.Settled() && t.rests(), "task %d in %s is %v", t.Order(), where, t.State())
	a.check(t.scope.Load() != nil, "task %d in %s has no scope", t.Order(), where)
	a.waits[t] = where
	if x == nil {
		a.placed++
		return
	}
	a.check(x.stage == at, "task %d in %s is at %d, want %d", t.Order(), where, x.stage, at)
	for g := x.group; g != nil; g = g.outer {
		a.groups[g] = true
	}
	a.check(x.lets == 0 || at == ready || at == stalled, "task %d in %s keeps room in groups", t.Order(), where)
	outer := x.group
	for range x.lets {
		if a.let[outer] == nil {
			a.let[outer] = new(queue.Priorities)
		}
		a.let[outer].Add(x.common.Priority)
		outer = outer.outer
	}
	switch {
	case t.rests():
		a.rests++
	case x.isRunner() || x.entering || x.unplaced || at == deferred:
	case at == delayed:
		a.delayed++
	default:
		a.placed++
	}
}

// queues looks at what waits for a slot, an input or a time.
func (a *audit) queues() {
	a.fifo.Each(func(t *Task) {
		if queued(t) {
			a.wait(t, "fifo", ready)
			a.free++
		}
	})
	a.ready.Each(func(t *Task) {
		a.wait(t, "ready", ready)
		a.check(!t.extra().entering, "task %d is in the queue and waits for a place", t.Order())
		a.free++
	})
	for i := range a.entrants {
		a.entrants[i].Each(func(t *Task) {
			a.wait(t, "entrants", ready)
			a.check(t.extra().entering && a.entrantsOf(t.extra()) == i, "task %d is entrant %d", t.Order(), i)
			a.free++
		})
	}
	a.deferred.Each(func(t *Task) { a.wait(t, "deferred", deferred) })
	a.eachDelayed(func(t *Task) { a.wait(t, "the clock", delayed) })
}

// behind looks at what waits for a key or a group.
func (a *audit) behind() {
	for key, tn := range a.turns.Of {
		h := tn.first
		a.check(tn.key == key && !h.Settled() && h.extra().turn == tn, "task %d has the turn of %v", h.Order(), key)
		var of queue.Priorities
		tn.behind.Each(func(t *Task) { of.Add(t.extra().common.Priority) })
		a.check(of.Equal(&tn.priorities), "behind key %v are %+v, counted are %+v", key, of, tn.priorities)
		tn.behind.Each(func(t *Task) {
			a.wait(t, "a turn", behindKey)
			a.check(t.extra().turn == tn && t != h, "task %d is behind key %v", t.Order(), key)
		})
	}
	for g := range a.stalls.All() {
		a.check(g.stalled.Len() > 0, "a group is listed and nothing waits for it")
		a.check(!g.hasRoom(g.ahead()) || g.rate.Rings(), "%d tasks wait for a group of limit %d: %d are at work, %+v are let in", g.stalled.Len(), g.cfg.Limit, g.atWork, g.let)
		g.stalled.Each(func(t *Task) {
			a.wait(t, "a group", stalled)
			a.check(t.extra().stalledAt() == g, "task %d waits for another group", t.Order())
		})
	}
}

// entering looks at the tasks that wait for a place.
func (a *audit) entering() {
	late := 0
	a.entries.Each(func(t *Task) {
		x := t.extra()
		a.check(x.entering && a.waits[t] != "", "task %d waits for a place, and not for what its stage %d says", t.Order(), x.stage)
		if x.taken {
			late++
		}
	})
	a.check(late == a.late, "%d late tasks wait for a place, counted are %d", late, a.late)
}

// started looks at the tasks that have started. Those of forks that their callers run are
// listed nowhere.
func (a *audit) started() {
	a.Pool.starting.Each(a.runs)
	for _, w := range a.workers.all {
		if w.task != nil {
			a.check(w.task.worker == w, "task %d has another worker", w.task.Order())
			a.runs(w.task)
		}
	}
	for _, w := range a.workers.all {
		a.check(w.item == nil || w.item.Over() || !w.task.lent() || w.waits != nil || w.returns != nil, "a task lends its slot, is blocked in nothing, and does not want it back")
		for b := w.waits; b != nil; b = b.next {
			a.check(b.blocked() && b.worker == w && b.task == w.task, "a wait of another task is listed as one of its worker")
			a.check(b.on == nil || b.on.pool() == a.Pool || b.on.pool() == nil || b.foreign, "a wait for a task of another pool passes for one of this")
			a.check(b.alive() || b.task.Has(outcome.Parent), "a wait of an item that has ended is listed, and nobody will take it off")
		}
	}
	for i := range a.returns {
		a.returns[i].Each(func(w *worker) { a.wantsBack(w, &a.returns[i]) })
	}
}

func (a *audit) wantsBack(w *worker, q *queue.Sorted[*worker]) {
	a.check(w.returns == q && w.task.lent(), "a worker wants back a slot that it has not lent")
}

func (a *audit) runs(t *Task) {
	x := t.extra()
	a.check(a.waits[t] == "" && !t.Pending() && !t.Settled() && t.scope.Load() != nil, "task %d runs, is %v, and waits in %q", t.Order(), t.State(), a.waits[t])
	a.waits[t] = "a worker"
	if x.isRunner() {
		a.runners++
	}
	if x != nil {
		for g := x.group; g != nil; g = g.outer {
			a.groups[g] = true
		}
	}
	if t.lent() {
		a.lent++
		return
	}
	a.running++
	a.weight += t.weight()
}

// members looks at the groups of all these tasks.
func (a *audit) members() {
	for g := range a.groups {
		left, inner := 0, 0
		for h := range g.inner.All() {
			a.check(h.outer == g && h.left+h.entering > 0, "a group is listed over another, or has no members")
			left += h.left
			inner += h.atWork
		}
		for h := range g.empty.All() {
			a.check(h.outer == g && h.left+h.entering == 0 && h.why == nil, "an empty group is listed over another, has members, or is over")
		}
		at := 0
		for x := range g.running.All() {
			t := x.node.Value
			left++
			a.check(x.group == g && !t.Pending() && !t.Settled(), "task %d is a running member and %v", t.Order(), t.State())
			if !t.lent() && !t.rests() {
				at++
			}
		}
		for x := range g.pending.All() {
			t := x.node.Value
			left++
			a.check(x.group == g && t.Pending(), "task %d is a pending member and %v", t.Order(), t.State())
		}
		a.check(left == g.left && at+inner == g.atWork, "a group has %d members, %d at work; counted are %d, %d", left, at+inner, g.left, g.atWork)
		for _, w := range g.waits {
			a.check(w.blocked() && w.group == g, "a wait that does not block is listed by a group")
		}
		g.returns.Each(func(w *worker) { a.wantsBack(w, &g.returns) })
		listed := slices.Contains(slices.Collect(a.stalls.All()), g)
		a.check(listed == (g.stalled.Len() > 0), "a group is listed: %v; %d wait for it", listed, g.stalled.Len())
		if a.let[g] == nil {
			a.let[g] = new(queue.Priorities)
		}
		a.check(a.let[g].Equal(&g.let), "a group has let %+v in, counted are %+v", *a.let[g], g.let)
	}
}

// scopes looks at the contexts of all these tasks. A permit, and a fork that its caller runs,
// is counted there and listed nowhere.
func (a *audit) scopes() {
	live := make(map[*scope]int)
	for t := range a.waits {
		live[t.scope.Load()]++
	}
	for s, n := range live {
		a.check((s.live >= n || s.kept) && s.pool == a.Pool && !s.dead, "a scope of %d tasks counts %d; dead: %v", n, s.live, s.dead)
		a.check(s.root == nil || s.root.done != nil, "a scope is below one that is for nothing")
		for at := s.bounded; at != nil; at = at.beyond {
			a.check(at.group != nil, "a scope is below that of a member, which is for nothing")
		}
	}
}

// prepared looks at what has started and has no worker yet.
func (a *audit) prepared() {
	if a.cfg.Init == nil {
		return
	}
	free := 0
	for _, w := range a.workers.all {
		if w.task == nil && (w.standing == present || w.standing == coming) {
			free++
		}
	}
	a.check(a.workers.prepared() == free, "%d prepared workers are free, counted are %d", free, a.workers.prepared())
	a.check(free >= a.starting.Len(), "%d tasks have started, and %d prepared workers are free", a.starting.Len(), free)
}

// sums compares what was found with what is counted.
func (a *audit) sums() {
	s, forks := a.slots, a.slots.lent-a.lent
	a.check(s.running() == a.running+a.workers.permits, "%+v; %d tasks run, there are %d permits", s, a.running, a.workers.permits)
	a.check(s.rests == a.rests && forks >= 0, "%+v; %d tasks rest, %d lend", s, a.rests, a.lent)
	a.check(a.workers.runners == a.runners, "%d runners, counted are %d", a.runners, a.workers.runners)
	a.check(a.Pool.delayed == a.delayed, "%d tasks are delayed, counted are %d", a.delayed, a.Pool.delayed)
	a.check(a.places() == a.placed, "%d tasks are queued, counted are %d", a.placed, a.places())
	a.check(a.cfg.Queue == options.Unbounded || a.placed <= a.cfg.Queue, "%d tasks are queued, want at most %d", a.placed, a.cfg.Queue)
	all := len(a.waits) + a.workers.permits + forks
	a.check(a.tasks == all, "%d tasks have not settled, counted are %d", all, a.tasks)
	if a.cfg.MaxWeight > 0 {
		w := a.weights
		a.check(w.held <= w.max && a.weight <= w.held && (a.workers.permits > 0 || a.weight == w.held), "weight %d runs; %+v, %d permits", a.weight, w, a.workers.permits)
	}
}

// idle checks that no slot is idle while something may start.
func (a *audit) idle() {
	if !a.slots.free() || a.paused.Load() || a.blocked || a.returning() > 0 || a.phase.Load() == stopped || a.bound != nil && isClosed(a.bound.Done) {
		return
	}
	for g := range a.groups {
		a.check(g.returns.Len() == 0 || g.fullOne() != nil, "%d members wait for room to have their slots back, and there is some", g.returns.Len())
	}
	a.check(a.free == 0, "%d tasks wait for a slot, of %+v", a.free, a.slots)
}
