package sched

const (
	// stockMost is how many started tasks a worker takes at once. Eight make the
	// pool's lock cheap enough not to be seen; with more, other workers would get
	// their share later.
	stockMost = 8
	// stockSize is how many it has in hand at most, with those that it has claimed.
	stockSize = 32
)

// picks are the started tasks that no worker has taken, in order.
type picks struct{ list }

// takeTaskLocked returns a task for the worker, which may take more along in its
// stock, or nil if there are none.
func (p *Pool) takeTaskLocked(w *worker) *Task {
	if w.came {
		w.came = false
		p.waking--
		p.loose = p.loose || len(p.stocked) > 0 // it was not there to look after them
	}
	if p.picks.head == nil && w.n == 0 {
		p.loose = false // the visit tells exactly: who finds nothing must not be woken by itself
		p.visitLocked()
	}
	p.addHolderLocked(w)
	if !w.stocked && p.picks.n <= 1 {
		if p.picks.n == 0 {
			return nil
		}
		w.task = p.picks.pop()
		w.task.holder = w.id
		w.task.bindLocked(w)
		w.free = false
		return w.task
	}
	w.mu.Lock()
	p.restockLocked(w)
	t := w.popHeld()
	w.mu.Unlock()
	if t != nil {
		w.free = false // prepared was counted down when t started
	}
	return t
}

// popHeld takes the next task out of the stock, to run it. The caller holds w.mu.
func (w *worker) popHeld() *Task {
	if w.n == 0 {
		w.task = nil
		return nil
	}
	t := w.pop()
	w.popped++
	w.task = t
	if w.pending > w.n {
		w.pending--
		w.startClaimed(t)
	}
	t.bindLocked(w)
	return t
}

// layDown leaves the next task in the stock, but started, so that it has the slot of the
// one that w has settled: others can take it with the rest. The caller holds w.mu.
func (w *worker) layDown() {
	w.task = nil
	if w.pending == w.n {
		w.pending--
		w.startClaimed(w.stock[w.first])
	}
}

// takeUp returns what was laid down, or nil if others have taken anything of the n tasks
// that were in hand.
func (w *worker) takeUp(n int) *Task {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n != n {
		return nil
	}
	return w.popHeld()
}

// pop takes the first task out of the stock. The caller holds w.mu.
func (w *worker) pop() *Task {
	t := w.stock[w.first]
	w.stock[w.first] = nil
	w.first = (w.first + 1) % stockSize
	w.n--
	return t
}

// restockLocked fills the stock. The caller holds w.mu too.
func (p *Pool) restockLocked(w *worker) {
	most := stockMost
	if p.cfg.Init != nil {
		most = 1 // the task gets this worker's values, and must not run on another
	}
	for p.picks.head != nil && w.n < most {
		t := p.picks.pop()
		t.holder = w.id
		w.stock[(w.first+w.n)%stockSize] = t
		w.n++
	}
	if w.n > 1 {
		p.loose = true
		if !w.stocked {
			w.stocked = true
			p.stocked = append(p.stocked, w)
		}
	}
}

// collectLocked gives the slots of what w has settled back to the pool, but for
// those that claimed tasks have taken over, and counts it. The caller holds w.mu
// too.
func (w *worker) collectLocked() {
	if w.settled == 0 {
		return
	}
	p := w.pool
	p.busy -= int(w.settled - w.began)
	p.queued -= int(w.began)
	w.began = 0
	p.count.succeeded += uint64(w.settled - w.failed)
	p.count.failed += uint64(w.failed)
	p.count.panicked += uint64(w.panics)
	w.settled, w.failed, w.panics = 0, 0, 0
}

// collectAllLocked makes the pool know of all that has settled.
func (p *Pool) collectAllLocked() {
	for _, w := range p.stocked {
		w.mu.Lock()
		w.collectLocked()
		w.mu.Unlock()
	}
	p.admitLocked()
}

// visitLocked is for a worker that has found nothing to do: it collects what the
// others have settled, and if nothing starts by that, it takes half of what one
// of them has in hand.
func (p *Pool) visitLocked() {
	keep := p.stocked[:0]
	for _, v := range p.stocked {
		v.mu.Lock()
		v.collectLocked()
		if started := v.n - v.pending; p.picks.head == nil && started > 0 {
			for range (started + 1) / 2 {
				p.picks.push(v.pop())
			}
		}
		if v.task == nil && v.n == v.pending {
			v.recallBothLocked() // the one whose slot they were to take over is gone
		}
		p.loose = p.loose || v.n > v.pending
		if v.n > 0 {
			keep = append(keep, v)
		} else {
			v.stocked = false
		}
		v.mu.Unlock()
	}
	clear(p.stocked[len(keep):])
	p.stocked = keep
	p.admitLocked()
}

// heldLocked returns the started tasks that w has in hand, or runs.
func (w *worker) heldLocked() []*Task {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ts []*Task
	if t := w.task; t != nil && t.activeLocked() {
		ts = append(ts, t)
	}
	for i := range w.n - w.pending {
		ts = append(ts, w.stock[(w.first+i)%stockSize])
	}
	return ts
}

// returnStockLocked gives back all that w has in hand.
func (p *Pool) returnStockLocked(w *worker) {
	p.recallLocked(w)
	w.mu.Lock()
	w.collectLocked()
	for w.n > 0 {
		p.picks.push(w.pop())
	}
	w.task = nil
	w.mu.Unlock()
	if !w.stocked {
		return
	}
	w.stocked = false
	for i, v := range p.stocked {
		if v == w {
			last := len(p.stocked) - 1
			p.stocked[i], p.stocked[last] = p.stocked[last], nil
			p.stocked = p.stocked[:last]
			return
		}
	}
}

// giveBackLocked takes the task that w was about to run out of its hands: it has
// to run functions of the user's first, and they may take their time.
func (p *Pool) giveBackLocked(w *worker) {
	w.mu.Lock()
	t := w.task
	w.task = nil
	w.unbind(t)
	w.mu.Unlock()
	p.picks.push(t)
	p.loose = p.loose || w.stocked
	w.goLocked()
}

// reportLocked makes the pool know of all that w has settled, and notes that it
// runs nothing any more. It returns what it did run.
func (w *worker) reportLocked() *Task {
	if !w.stocked && w.settled == 0 {
		t := w.task
		w.task = nil
		return t
	}
	w.mu.Lock()
	w.recallBothLocked()
	w.collectLocked()
	t := w.task
	w.task = nil
	w.mu.Unlock()
	return t
}
