package sched

import "time"

// # Claims
//
// A slot is what a task needs to start, and a worker that has settled one has it
// in hand. As long as others are waiting, going to the pool's lock to give it back
// and to be given it again is for nothing. So a worker that runs quick tasks claims
// some of the queue's first ones: they are pending as before, can be cancelled, and
// start one after another in the worker's slot, under the worker's own lock.
//
// Claims are for the plain case only. They are made while
//
//	all slots are held, and nothing but plain tasks waits for one
//
// and are recalled, which puts them back where they were, before anything that is
// not so simple: a free slot, a task with options, a wait that is over, a look at
// the state of one of them. So none of that has to know of claims. A worker whose
// task takes long, or that has no processor, loses all that is in its hands to others
// that come to the lock.

// quick is how long a task takes at most on average, for its worker to claim
// others: that is what they may wait beyond their turn, at most stockSize times.
const quick = 5 * time.Microsecond

// pace is how fast a worker runs tasks. It is the worker's own.
type pace struct {
	ran  int           // tasks since it was looked at
	at   time.Duration // when that was, by Pool.now
	most int           // how many the worker may claim
}

// look returns how many tasks the worker may claim, by how long those took that it
// has run since the last time. Where time stands still (testing/synctest) it may
// claim none, and tasks start strictly in order.
func (c *pace) look(now time.Duration) int {
	took, ran := now-c.at, time.Duration(c.ran)
	c.at, c.ran = now, 0
	switch {
	case took <= 0:
		c.most = 0
	case took > ran*quick:
		c.most /= 4
	default:
		c.most = min(2*c.most+1, stockSize)
	}
	return c.most
}

// claimForLocked has w, which is about to settle a task, claim others, if they and
// the pool are plain. It reports whether it has.
func (p *Pool) claimForLocked(w *worker) bool {
	if p.queue.fifo.head == nil || !p.calmLocked() {
		return false
	}
	now := p.now()
	most := w.pace.look(now)
	p.takeStuckLocked(w, now)
	if most == 0 || p.picks.head != nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.recallBothLocked()
	w.collectLocked()
	for w.n < most {
		t := p.queue.fifo.head
		if t == nil || t.more != nil || t.watch != nil || t.links != nil {
			break
		}
		p.queue.fifo.pop()
		t.holder = w.id
		w.stock[(w.first+w.n)%stockSize] = t
		w.n++
		w.pending++
	}
	if w.pending == 0 {
		return false
	}
	p.claims = true
	if !w.stocked {
		w.stocked = true
		p.stocked = append(p.stocked, w)
	}
	return true
}

// calmLocked reports whether nothing but plain tasks waits for a slot, and none is
// free.
func (p *Pool) calmLocked() bool {
	return p.plain && p.busy == p.slots && p.hold == 0 && p.hands == 0 && p.lending == 0 &&
		len(p.queue.heap.tasks) == 0 && len(p.returning) == 0 && p.picks.head == nil && !p.after.any &&
		p.phase.Load() != stopped
}

// addHolderLocked gives w an id, if it has none.
func (p *Pool) addHolderLocked(w *worker) {
	if w.id > 0 {
		return
	}
	for i, v := range p.holders {
		if v == nil {
			p.holders[i], w.id = w, int32(i+1)
			return
		}
	}
	p.holders = append(p.holders, w)
	w.id = int32(len(p.holders))
}

// mayGoOn reports whether the worker may settle its task and go on to the next in
// hand without the pool: not if it would keep slots that nobody uses, and not for
// long. The caller holds w.mu.
func (w *worker) mayGoOn() bool {
	if w.n == 0 {
		return false
	}
	free := w.settled - w.began + 1
	if w.pending == w.n {
		free--
	}
	return (free == 0 || w.n > 1) && (w.pending != stockSize/2 || w.pool.now()-w.pace.at < stockSize*quick)
}

// startClaimed starts a claimed task in the slot of the one that w has settled. The
// caller holds w.mu.
func (w *worker) startClaimed(t *Task) {
	w.began++
	t.status = running
}

// fetchLocked makes the state of t known: if it has been claimed it is not from
// here on.
func (p *Pool) fetchLocked(t *Task) {
	if w := p.holderLocked(t); w != nil {
		p.recallLocked(w)
	}
}

// holderLocked returns the worker that may have t in hand.
func (p *Pool) holderLocked(t *Task) *worker {
	if t.holder == 0 {
		return nil
	}
	return p.holders[t.holder-1]
}

// recallLocked puts what w has claimed back into the queue.
func (p *Pool) recallLocked(w *worker) {
	if !w.stocked {
		return
	}
	w.mu.Lock()
	w.recallBothLocked()
	w.mu.Unlock()
}

// recallBothLocked is recallLocked for a caller that holds w.mu too.
func (w *worker) recallBothLocked() {
	if w.pending == 0 {
		return
	}
	w.collectLocked()
	at := w.pool.queue.fifo.head
	for ; w.pending > 0; w.pending-- { // the last one first
		w.n--
		i := (w.first + w.n) % stockSize
		t := w.stock[i]
		w.stock[i] = nil
		t.holder = 0
		w.pool.queue.fifo.insert(t, at)
		at = t
	}
}

// recallAllLocked recalls all claims.
func (p *Pool) recallAllLocked() {
	if !p.claims {
		return
	}
	p.claims = false
	for _, w := range p.stocked {
		p.recallLocked(w)
	}
}

// stuckAfter is how long a worker may start nothing before others take what is in its
// hands. To take it from each that is off its processor for a moment costs empty tasks
// a tenth.
const stuckAfter = 50 * time.Microsecond

// takeStuckLocked takes all out of the hands of workers that are stuck, for w. It looks
// at two, and at the next two when it is called again.
func (p *Pool) takeStuckLocked(w *worker, now time.Duration) {
	for range min(2, len(p.stocked)) {
		p.looked++
		v := p.stocked[p.looked%len(p.stocked)]
		if v == w {
			continue
		}
		v.mu.Lock()
		if v.popped != v.seen {
			v.seen, v.seenAt = v.popped, now
		} else if now-v.seenAt > stuckAfter {
			v.recallBothLocked()
			for v.n > 0 {
				p.picks.push(v.pop())
			}
		}
		v.mu.Unlock()
	}
}
