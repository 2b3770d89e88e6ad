package sched

// weights is the gate of WithMaxWeight: the sum of what the tasks at work weigh. (A
// semaphore would have to be taken under the pool's lock, which guards the sum as
// well.)
type weights struct {
	max  int64 // 0: no bound
	held int64
}

// fits reports whether t could ever run.
func (w *weights) fits(t *Task) bool { return w.max == 0 || t.weight() <= w.max }

func (w *weights) try(t *Task, _ *Extra) verdict {
	if t.weight() > w.max-w.held {
		return stop
	}
	return passed
}

func (w *weights) take(t *Task, _ *Extra) { w.held += t.weight() }
func (w *weights) give(t *Task, _ *Extra) { w.held -= t.weight() }
