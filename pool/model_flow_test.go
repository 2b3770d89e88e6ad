package pool_test

import "slices"

// Flows take turns. With one worker the order in which tasks start is the order in which
// their functions are called, and then it shows.

// outOfTurn returns a task whose flow had the turn when t was chosen, or nil: two tasks of
// t's flow have started with none of the other flow between them, though that was pending
// all the time. Plain tasks are one flow, which may lose its turn to a newer one when a rich
// one of them goes; so the flow pending is one with a name. m.mu is held.
func (m *model) outOfTurn(t *modelTask) *modelTask {
	if m.ceiling.Load() > 1 || m.cfg.callers() || m.cfg.workers > 1 {
		m.turns = nil
		return nil
	}
	turns := m.turns
	m.turns = append(m.turns, t)
	last := len(turns) - 1
	for ; last >= 0; last-- {
		if prev := turns[last]; prev.plan.flow == t.plan.flow && prev.plan.priority == t.plan.priority {
			break
		}
	}
	if last < 0 || !t.takesTurns() || !turns[last].takesTurns() || m.mayBeHeld(t) && t.group != turns[last].group {
		return nil
	}
	for _, x := range m.tasks {
		if !x.queued() || x.permit || x.plan.flow == 0 || m.ofMaps(x.plan.flow) || x.plan.flow == t.plan.flow || x.plan.priority != t.plan.priority || !x.ready(turns[last]) || !m.meetsTurns(x, t) {
			continue
		}
		if !slices.ContainsFunc(turns[last:], func(y *modelTask) bool { return y.plan.flow == x.plan.flow && y.plan.priority == x.plan.priority }) {
			return x
		}
	}
	return nil
}

// ofMaps reports whether maps have had the flow: a runner of one may take a turn and find that
// there is no item any more. m.mu is held.
func (m *model) ofMaps(flow int) bool {
	return slices.ContainsFunc(m.tasks, func(t *modelTask) bool { return t.item && t.plan.flow == flow })
}

// takesTurns reports whether t starts when it is its flow's turn, and only then.
func (t *modelTask) takesTurns() bool {
	return !t.item && !t.permit && !t.beside && !t.mayBeLentTo() && t.starts == 1
}

// meetsTurns reports whether x and t take turns: neither may wait for anything, or both wait in the
// same group. m.mu is held.
func (m *model) meetsTurns(x, t *modelTask) bool {
	if m.mayBeHeld(x) || m.mayBeHeld(t) {
		return x.plan.key == 0 && x.group == t.group
	}
	return true
}
