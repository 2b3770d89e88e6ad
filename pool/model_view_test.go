package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Groups as views of the pool: their limits and figures, and what ends them by hand.

func (g *modelGroup) options() []millrace.GroupOption {
	var opts []millrace.GroupOption
	if g.limit > 0 {
		opts = append(opts, millrace.WithLimit(g.limit))
	}
	if g.collect {
		opts = append(opts, millrace.CollectErrors())
	}
	if g.ignore {
		opts = append(opts, millrace.IgnoreErrors())
	}
	if g.rate.on() {
		opts = append(opts, g.rate.option())
	}
	return opts
}

// mayBeCancelled reports whether err is that of a Cancel.
func (g *modelGroup) mayBeCancelled(m *model, err error) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for at := g; at != nil; at = at.outer {
		if slices.ContainsFunc(at.cancels, func(lever error) bool { return errors.Is(err, lever) }) {
			return true
		}
	}
	return false
}

// endedBy reports whether a member for which failed reports true has cancelled the others.
func (g *modelGroup) endedBy(failed func(*modelTask) bool) bool {
	return !g.collect && slices.ContainsFunc(g.members, func(t *modelTask) bool { return g.hearsOf(t) && failed(t) })
}

// hearsOf reports whether the failure of a member reaches g: no group from the member's on, g
// included, ignores errors.
func (g *modelGroup) hearsOf(member *modelTask) bool {
	for at := member.group; at != g; at = at.outer {
		if at.ignore {
			return false
		}
	}
	return !g.ignore
}

// hasFailed reports whether t was seen to have failed.
func (t *modelTask) hasFailed() bool { return t.seen != nil && t.seen.state == future.Failed }

func (m *model) opView() {
	n, g := m.in.next(), m.pickGroup()
	if g == nil || !m.cfg.views {
		return
	}
	switch n % 6 {
	case 0, 1, 2:
		m.setLimit(g, 1+n/6%3)
	case 3, 4:
		go func() {
			for range 5 {
				m.groupSnapshot(g)
			}
		}()
	case 5:
		m.cancelGroup(g)
	}
}

// setLimit sets the limit of g. As many members may go on as were at work.
func (m *model) setLimit(g *modelGroup, n int) {
	m.logf("  SetLimit(%d) of %v", n, g)
	m.reached("set limit")
	m.mu.Lock()
	if g.most > 0 {
		g.most = max(g.most, n)
	}
	if grows := n >= g.limit && g.limit > 0; grows {
		g.limit = n
	}
	m.mu.Unlock()
	m.aside(func() { g.g.SetLimit(n) })
	m.mu.Lock()
	defer m.mu.Unlock()
	g.limit = n
}

func (m *model) cancelGroup(g *modelGroup) {
	cause := fmt.Errorf("model: cancel of %v", g)
	m.logf("  Cancel() of %v", g)
	m.reached("cancel a group")
	m.mu.Lock()
	g.cancels = append(g.cancels, cause)
	m.mu.Unlock()
	m.aside(func() { g.g.Cancel(cause) })
	m.mu.Lock()
	defer m.mu.Unlock()
	g.cancelled = true
}

// groupSnapshot checks figures of a group at any time.
func (m *model) groupSnapshot(g *modelGroup) pool.Stats {
	m.mu.Lock()
	most := g.most
	m.mu.Unlock()
	s := g.g.Stats()
	sum := uint64(s.Queued+s.Deferred+s.Running+s.Waiting) + s.Succeeded + s.Failed + s.Cancelled
	if s.Submitted != sum || s.Panicked > s.Failed || most > 0 && s.Running > most {
		m.failf("Stats() of %v = %+v: the sum is %d of %d; want at most %d running", g, s, sum, s.Submitted, most)
	}
	return s
}

// checkViews checks, at rest, the groups that the program can get at.
func (m *model) checkViews() {
	m.mu.Lock()
	groups := slices.Clone(m.groups)
	m.mu.Unlock()
	for _, g := range groups {
		m.mu.Lock()
		made := g.g != nil
		m.mu.Unlock()
		if !made {
			continue
		}
		s := m.groupSnapshot(g)
		m.checkGroupStats(g, s)
		m.checkWaiting(g, s)
		m.checkGroupContext(g)
		m.settleLimit(g, s)
	}
}

// checkGroupStats compares the figures of a group with its members.
func (m *model) checkGroupStats(g *modelGroup, s pool.Stats) {
	if m.mapped.Load() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var running, pending, succeeded, failed, unknown int
	for _, t := range g.members {
		switch {
		case t.rests() && t.f == nil:
			unknown++
		case t.starts > 0 && !t.ended || t.rests():
			running++
		case t.permit && t.ended:
			succeeded++
		case t.seen == nil && t.f != nil:
			pending++
		case t.seen == nil:
			unknown++ // its Submit has not returned
		case t.seen.state == future.Succeeded:
			succeeded++
		case t.seen.state == future.Failed:
			failed++
		}
	}
	off := func(got, want int) bool { return got < want || got > want+unknown }
	if off(int(s.Succeeded), succeeded) || off(int(s.Failed), failed) || off(s.Queued+s.Deferred, pending) || off(s.Running+s.Waiting, running) {
		m.failf("at rest: Stats() of %v = %+v, want %d running or waiting, %d queued or deferred, %d succeeded, %d failed, and up to %d more",
			g, s, running, pending, succeeded, failed, unknown)
	}
}

// checkGroupContext checks that the context of a group has ended if it has to, and of what.
func (m *model) checkGroupContext(g *modelGroup) {
	ctx := g.g.Context()
	err, cause := ctx.Err(), context.Cause(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	must, over := false, false
	for at := g; at != nil; at = at.outer {
		must = must || at.cancelled || at.endedBy((*modelTask).hasFailed) || at.from.ctx.Err() != nil
		over = over || at.over
	}
	switch {
	case (must || over) && err == nil:
		m.failf("at rest: the context of %v has not ended", g)
	case err != nil && !over && !m.mayEndGroup(g, cause) && !errors.Is(cause, future.ErrDeadlock) &&
		!slices.ContainsFunc(m.levers.stops, func(stop error) bool { return errors.Is(cause, stop) }): // it was first
		m.failf("at rest: the context of %v has ended with %v, which nobody caused", g, cause)
	}
}

// settleLimit forgets the limits that a group has had, if no more members are at work than
// the last one allows: also one that waits is, as long as it keeps its slot.
func (m *model) settleLimit(g *modelGroup, s pool.Stats) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if max(g.running(), s.Running) <= g.limit {
		g.most = g.limit
	}
}
