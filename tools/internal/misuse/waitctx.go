package misuse

// WaitCtx reports a wait inside a task that does not know that it is in one.
var WaitCtx = analyzer("waitctx",
	`report a wait inside a task with a context that is not the task's

A wait lends the slot of the task whose context it is given, so that the awaited
task can run. With another context the slot stays taken, which can stop the pool
for good, and the end of the task's context does not end the wait.`,
	func(x *index, c call) {
		if !waits(c) || c.context() == nil {
			return
		}
		t, ok := x.task(c.at)
		if !ok || x.settled(c) || !x.foreign(c.context(), t) {
			return
		}
		x.pass.Reportf(c.node.Pos(), "%s inside a task of %s with a context that is not the task's: the task's slot is not lent", c, t.call)
	})

// waits reports whether a call blocks until tasks have settled.
func waits(c call) bool {
	switch c.fn.Name() {
	case "Submit", "Go", "Then", "NewGroup", "Group", "Outside", "Attempt", "Shutdown", "ToChan":
		return false
	}
	return true
}

// settled reports whether the call is of a future that a loop over completed
// ones has yielded, which has nothing left to wait for.
func (x *index) settled(c call) bool {
	if c.recv != "Future" {
		return false
	}
	a, ok := x.once(x.variable(c.receiver()))
	if !ok {
		return false
	}
	from, ok := x.call(a.value)
	return ok && (a.ranged && from.fn.Name() == "AsCompleted" || from.recv == "Set")
}
