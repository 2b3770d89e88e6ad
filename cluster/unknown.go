package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A call that a worker does not know is tried elsewhere for about three seconds, from when this
// worker got it first: during a deployment some workers have a task already and others do not.
// How often the call was delivered does not tell, since workers give back calls for other reasons.
const (
	unknownFor   = 3 * time.Second
	unknownDelay = 100 * time.Millisecond // doubled with each delivery, four times at most
)

// unknown are the calls of tasks that a worker does not have.
type unknown struct {
	since map[string]time.Time // when the worker got them first, by id
	swept time.Time
}

// add notes a call. It reports whether the worker has known of it for long enough to refuse it,
// and forgets it then. Those that other workers have taken are forgotten after a while.
func (u *unknown) add(id string, now time.Time) (refuse bool) {
	if now.Sub(u.swept) > 4*unknownFor {
		maps.DeleteFunc(u.since, func(_ string, since time.Time) bool { return now.Sub(since) > 4*unknownFor })
		u.swept = now
	}
	since, ok := u.since[id]
	switch {
	case ok && now.Sub(since) >= unknownFor:
		delete(u.since, id)
		return true
	case u.since == nil:
		u.since = make(map[string]time.Time)
	}
	if !ok {
		u.since[id] = now
	}
	return false
}

// pass deals with a call of a task that the worker does not have: another build may
// have it.
func (s *server) pass(l Lease, out Outcome) {
	s.mu.Lock()
	refuse := s.mu.unknown.add(out.ID, time.Now())
	s.mu.Unlock()
	if !refuse {
		l.GiveBack(unknownDelay << min(max(l.Deliveries()-1, 0), 4))
		return
	}
	out.Kind, out.Fault = Unknown, NewFault(s.lacks(l.Call()), ErrUnknown)
	if out.Attempt > 1 {
		out.Kind = Failed // by a worker that did have it
	}
	l.Finish(out)
}

// lacks says what the worker has instead of the task of c.
func (s *server) lacks(c Call) string {
	var has []string
	for name, t := range s.tasks {
		has = append(has, fmt.Sprintf("%s (%s)", name, t.signature()))
	}
	slices.Sort(has)
	return fmt.Sprintf("no task %s (%s) on worker %s, which has: %s; is it of another version?",
		c.Task, c.Sig, s.name, strings.Join(has, ", "))
}
