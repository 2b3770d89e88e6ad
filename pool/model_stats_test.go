package pool_test

import (
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// What Stats says of submitters that are blocked, and of the age of the oldest task in the
// queue, at rest.

// modelRange is a figure that the model knows within bounds.
type modelRange struct{ least, most int }

// checkWaiting compares Blocked and OldestQueued of the pool, or of g if that is not nil, with
// those of tasks that are submitted to it.
func (m *model) checkWaiting(g *modelGroup, s pool.Stats) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sleeping() { // a Submit may be at a function of a task that it has dropped
		return
	}
	var blocked modelRange
	var least, most time.Duration
	for _, t := range m.tasks {
		if t.called == 0 || t.starts > 0 || t.seen != nil || t.item || g != nil && !t.group.within(g) {
			continue
		}
		m.countBlocked(&blocked, t)
		switch age := time.Since(t.since); {
		case t.waitsBefore(), g == nil && t.parent != nil && t.f == nil && !t.permit: // it takes no place
		case t.f != nil && !m.mayBeDeferred(t) && !m.mayHaveOutlived(t):
			least, most = max(least, age), max(most, age, m.markedAge(t))
		default:
			most = max(most, age, m.markedAge(t))
		}
	}
	if s.Blocked < blocked.least || s.Blocked > blocked.most {
		m.failf("at rest: Stats() of %v = %+v: Blocked = %d, want %d to %d", g, s, s.Blocked, blocked.least, blocked.most)
	}
	if s.OldestQueued < least || s.OldestQueued > most && !m.mapped.Load() {
		m.failf("at rest: Stats() of %v = %+v: OldestQueued = %v, want %v to %v", g, s, s.OldestQueued, least, most)
	}
}

// countBlocked counts t, which is pending, if its submitter may wait for a place. A task that
// does lends its slot instead.
func (m *model) countBlocked(n *modelRange, t *modelTask) {
	o := m.overflow(t)
	switch {
	case m.cfg.queue < 0 || t.parent != nil || t.returned != 0 || t.late() || o != millrace.Block && o != millrace.CallerRuns:
	case t.permit: // or it is in the queue
		n.most++
	default:
		n.least++
		n.most++
	}
}

// mayHaveOutlived reports whether t may wait for a place that its submitter, a task, has not waited
// for to the end.
func (m *model) mayHaveOutlived(t *modelTask) bool {
	return m.cfg.queue >= 0 && t.parent != nil && t.life() != t.from
}

// markedAge returns the age that the pool may take t to have, at most: while few are in the queue
// it notes the times of all submissions, and else of one in 64. Behind the first that is pending, a
// plain task that has started or settled may still have its place there.
func (m *model) markedAge(t *modelTask) time.Duration {
	since, crowd := t.since, 0
	for _, x := range m.tasks {
		gone := x.begun != 0 && x.begun < t.called || x.settledAt != 0 && x.settledAt < t.called
		if x.called != 0 && (t.returned == 0 || x.called <= t.returned) && (crowd > 0 || !gone) {
			crowd++
		}
	}
	if crowd > 8 {
		for _, x := range m.tasks {
			if x.called != 0 && x.called < t.called && x.since.Before(since) {
				since = x.since
			}
		}
	}
	return time.Since(since)
}
