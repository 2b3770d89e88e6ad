package sched

// weights is for the gate of WithMaxWeight: the sum of what the tasks at work weigh. (A
// semaphore would have to be taken under the pool's lock, which guards the sum as
// well.)
type weights struct {
	max  int64 // 0: no bound
	held int64
}

// fits reports whether t could ever run.
func (w *weights) fits(t *Task) bool { return w.max == 0 || t.weight() <= w.max }

// pass is the gate.
func (w *weights) pass(t *Task) bool { return w.max == 0 || t.weight() <= w.max-w.held }

// add counts the weight of a task that is at work, with n = 1, or counts it off, with n = -1.
func (w *weights) add(t *Task, n int64) {
	if w.max > 0 {
		w.held += n * t.weight()
	}
}
