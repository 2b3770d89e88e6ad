package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/millrace-go/millrace/future"
)

// modelWait is a call that blocks.
type modelWait struct {
	task    *modelTask // nil: outside of all tasks
	what    string
	ctx     *modelCtx
	on      []*modelTask
	group   *modelGroup // or: a group's Wait
	submits *modelTask  // or: a Submit
	stamp   int64

	returned bool // guarded by model.mu
}

func (w *modelWait) String() string {
	s := fmt.Sprintf("%v's %s", w.task, w.what)
	if w.group != nil {
		s += " " + w.group.String()
	}
	if w.submits != nil {
		s += " of " + w.submits.String()
	}
	if len(w.on) > 0 {
		s += fmt.Sprint(" for ", w.on)
	}
	return s
}

// met reports whether the condition of the wait holds. Maps and submits are not
// its business.
func (w *modelWait) met() bool {
	if w.group != nil {
		return w.group.waited != 0 && !slices.ContainsFunc(w.group.members, func(t *modelTask) bool { return !t.settled() })
	}
	var settled, succeeded, failed, cancelled int
	for _, t := range w.on {
		switch t.f.State() {
		case future.Succeeded:
			succeeded++
		case future.Failed:
			failed++
		case future.Cancelled:
			cancelled++
		}
	}
	settled = succeeded + failed + cancelled
	switch w.what {
	case "map", "submit":
		return false
	case "all":
		return settled == len(w.on) || failed+cancelled > 0
	case "any":
		return settled == len(w.on) || succeeded > 0
	case "race", "wait first":
		return settled > 0
	case "wait failed":
		return settled == len(w.on) || failed > 0
	}
	return settled == len(w.on)
}

// bound reports whether the end of its context ends the wait. Groups and maps
// wait for what runs.
func (w *modelWait) bound() bool { return len(w.on) > 0 }

// settled reports whether t's future has settled, as far as anybody can know.
func (t *modelTask) settled() bool {
	if t.item || t.f == nil {
		return t.ended && !t.rests() || t.permit && t.seen != nil
	}
	return t.f.State().Settled()
}

// await waits for futures in the way that what names, and checks what comes of
// it. The task may be nil.
func (m *model) await(c *modelCtx, t *modelTask, what string, on ...*modelTask) error {
	if what == "await" && len(on) > 1 {
		for _, x := range on {
			if err := m.await(c, t, what, x); err != nil {
				return err
			}
		}
		return nil
	}
	fs := make([]*future.Future[int], len(on))
	for i, x := range on {
		fs[i] = x.f
	}
	w := &modelWait{task: t, what: what, ctx: c, on: on}
	m.logf("  %v waits: %s for %v", t, what, on)
	var err error
	var verify func()
	m.waiting(w, func() { verify, err = m.waitBy(c.ctx, w, fs) })
	m.logf("  %v has waited: %s for %v: %v", t, what, on, err)
	verify()
	return err
}

// waitBy returns what the wait did, and how to check the rest of what it returned.
func (m *model) waitBy(ctx context.Context, w *modelWait, fs []*future.Future[int]) (verify func(), err error) {
	switch w.what {
	case "all":
		vs, err := future.All(ctx, fs...)
		return func() { m.checkAll(w, vs, err) }, err
	case "all settled":
		rs, err := future.AllSettled(ctx, fs...)
		return func() {
			m.checkNotDone(w, err)
			for i, r := range rs {
				m.checkResult(w, w.on[i], r.Value, r.Err)
			}
		}, err
	case "any":
		v, err := future.Any(ctx, fs...)
		return func() { m.checkAny(w, v, err) }, err
	case "race":
		v, err := future.Race(ctx, fs...)
		return func() { m.checkOneOf(w, v, err) }, err
	case "wait all", "wait first", "wait failed":
		until := map[string]future.Until{"wait all": future.AllCompleted, "wait first": future.FirstCompleted, "wait failed": future.FirstFailed}[w.what]
		done, notDone, err := future.Wait(ctx, until, fs...)
		return func() {
			m.checkNotDone(w, err)
			if len(done)+len(notDone) != len(fs) || err == nil && !w.met() {
				m.failf("%v = %d done, %d not done, %v", w, len(done), len(notDone), err)
			}
		}, err
	case "as completed":
		n := 0
		for f := range future.AsCompleted(ctx, fs...) {
			n++
			if !f.State().Settled() || !slices.Contains(fs, f) {
				m.failf("%v yielded %v", w, f)
			}
		}
		return func() {
			if want := distinct(w.on); n > want || n < want && ctx.Err() == nil && !m.mayBeStuck(w) {
				m.failf("%v yielded %d, want %d", w, n, want)
			}
		}, nil
	}
	v, err := fs[0].Await(ctx)
	return func() { m.checkResult(w, w.on[0], v, err) }, err
}

func distinct(ts []*modelTask) int {
	set := make(map[*modelTask]bool)
	for _, t := range ts {
		set[t] = true
	}
	return len(set)
}

// checkResult checks what a wait for x returned: x's outcome, or the end of the
// wait.
func (m *model) checkResult(w *modelWait, x *modelTask, v int, err error) {
	if r, ok := x.f.Poll(); ok && r.Err == err && (r.Value == v) {
		return
	}
	m.mu.Lock()
	cycle := errors.Is(err, future.ErrDeadlock) && m.mayCycle(w.task, x)
	m.mu.Unlock()
	if cycle {
		return
	}
	if !errors.Is(err, future.ErrNotDone) {
		m.failf("%v = %d, %v; its outcome is %v", w, v, err, x.f)
	}
	m.checkNotDone(w, err)
}

// checkNotDone checks the error of a wait as such.
func (m *model) checkNotDone(w *modelWait, err error) {
	if errors.Is(err, future.ErrDeadlock) && m.mayBeStuck(w) {
		return
	}
	cause := context.Cause(w.ctx.ctx)
	if err != nil && (cause == nil || !errors.Is(err, future.ErrNotDone) || !errors.Is(err, cause)) {
		m.failf("%v = %v, want %v and the cause %v", w, err, future.ErrNotDone, cause)
	}
}

// mayBeStuck reports whether the wait could never have ended: one of those that it waits
// for may wait for its task.
func (m *model) mayBeStuck(w *modelWait) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(w.on, func(x *modelTask) bool { return m.mayCycle(w.task, x) })
}

func (m *model) checkAll(w *modelWait, vs []int, err error) {
	var item *future.ItemError
	switch {
	case err == nil:
		for i, x := range w.on {
			m.checkResult(w, x, vs[i], nil)
		}
	case errors.As(err, &item) && err == error(item):
		x := w.on[item.Index]
		if r, ok := x.f.Poll(); !ok || r.Err != item.Err || r.Err == nil {
			m.failf("%v = %v; the outcome of %v is %v", w, err, x, x.f)
		}
	default:
		m.checkNotDone(w, err)
	}
}

func (m *model) checkAny(w *modelWait, v int, err error) {
	if err == nil {
		m.checkOneOf(w, v, err)
		return
	}
	if errors.Is(err, future.ErrDeadlock) && m.mayBeStuck(w) {
		return
	}
	if w.ctx.ctx.Err() == nil {
		for _, x := range w.on {
			if r, ok := x.f.Poll(); !ok || r.Err == nil || !errors.Is(err, r.Err) {
				m.failf("%v = %v; the outcome of %v is %v, %v", w, err, x, x.f, r.Err)
			}
		}
	}
}

// checkOneOf checks that what a wait returned is the outcome of one of those it
// waited for.
func (m *model) checkOneOf(w *modelWait, v int, err error) {
	for _, x := range w.on {
		if r, ok := x.f.Poll(); ok && r.Err == err && r.Value == v {
			return
		}
	}
	if err == nil {
		m.failf("%v = %d, which none of them has as its value", w, v)
		return
	}
	m.checkNotDone(w, err)
}

// waitGroup waits for the members of g.
func (m *model) waitGroup(c *modelCtx, t *modelTask, g *modelGroup) (err error) {
	m.mu.Lock()
	if g.waited == 0 {
		g.waited = m.stamp()
	}
	m.mu.Unlock()
	m.logf("  %v waits for %v", t, g)
	m.waiting(&modelWait{task: t, what: "group", ctx: c, group: g}, func() { err = g.g.Wait() })
	m.logf("  %v has waited for %v: %v", t, g, err)
	g.ends(m)
	m.checkGroup(g, err)
	return err
}

// ends notes that the Wait of g has returned.
func (g *modelGroup) ends(m *model) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g.over = true
}

// groupMayBeStuck is mayBeStuck for the task that made the group.
func (m *model) groupMayBeStuck(g *modelGroup) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(g.members, func(x *modelTask) bool { return m.mayCycle(g.parent, x) })
}

// mayFailWith reports whether t, whose future nobody has, may have failed so.
func (m *model) mayFailWith(t *modelTask, err error) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return t.failedWith(err)
}

// newGroup returns the record of a group, over the task's own or on the pool.
func (m *model) newGroup(c *modelCtx, t *modelTask, plan modelPlan) *modelGroup {
	m.mu.Lock()
	defer m.mu.Unlock()
	g := &modelGroup{id: len(m.groups), from: c, parent: t, collect: plan.n%8 == 1}
	if m.cfg.views {
		g.ignore = plan.n%8 == 2
		if plan.n&64 != 0 {
			g.rate = newModelRate(100, 1+plan.n/8%2)
		}
	}
	if plan.n&8 != 0 && t != nil {
		g.outer = t.group
	}
	if m.cfg.limits {
		g.limit = plan.n / 8 % 4
	}
	g.most = g.limit
	m.groups = append(m.groups, g)
	m.logf("  %v makes %v over %v with %v, limit %d, collects %v, ignores %v, rate %v", t, g, g.outer, c, g.limit, g.collect, g.ignore, g.rate)
	return g
}

// modelSubmitted is what a task's Submit has returned, and when.
type modelSubmitted struct {
	f        *future.Future[int]
	returned int64
}

// checkGroup checks what the Wait of g returned.
func (m *model) checkGroup(g *modelGroup, err error) {
	m.mu.Lock()
	members := slices.Clone(g.members)
	submitted := make(map[*modelTask]modelSubmitted)
	for _, t := range members {
		submitted[t] = modelSubmitted{t.f, t.returned}
	}
	fnErr := g.fnErr
	m.mu.Unlock()
	if fnErr != nil && err == nil {
		m.failf("the scope %v = nil, want its function's %v", g, fnErr)
	}
	// A member that had failed before the function of a scope returned comes first.
	explained := err == nil || g.mayBeCancelled(m, err) || fnErr != nil && errors.Is(err, fnErr) || errors.Is(err, future.ErrDeadlock) && m.groupMayBeStuck(g)
	for _, t := range members {
		was := submitted[t]
		if was.f == nil { // an item, or its Submit has not returned and may have been refused
			explained = explained || m.mayFailWith(t, err) || !t.item && errors.Is(err, future.ErrCancelled)
			continue
		}
		r, ok := was.f.Poll()
		switch {
		case !ok:
			m.failf("%v has been waited for while %v is %v", g, t, was.f)
		case err == nil && r.Err != nil && was.returned < g.waited && !g.ignore && (g.hearsOf(t) || was.f.State() == future.Cancelled):
			m.failf("the Wait of %v = nil, want the error of %v: %v", g, t, r.Err)
		case ok && r.Err != nil && errors.Is(err, r.Err):
			explained = true
		}
	}
	if !explained {
		m.failf("the Wait of %v = %v, which is no member's error", g, err)
	}
}
