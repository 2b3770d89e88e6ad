package parallel

import "time"

// The most that an adaptive window grows to: beyond it a stalled head is not
// hidden any better, and the results cost memory.
const maxWindow = 512

// An adaptive window holds this much work for each hand: enough that hands, the
// feeder and the loop need not take turns item by item. 1 us items get the
// greatest window, 1 ms items the least.
const lookahead = 256 * time.Microsecond

// window returns how many items may be pulled and not delivered.
func (r *run[A, B]) window() uint64 {
	if r.cfg.Window > 0 {
		return uint64(r.cfg.Window)
	}
	hands := uint64(r.crew.Limit)
	n := max(2*hands, r.stalls.Load())
	if cost := r.cost.Load(); cost > 0 {
		n = max(n, hands*uint64(lookahead)/uint64(cost))
	}
	return min(n, max(2*hands, maxWindow))
}

// starve is for a hand that has found nothing. If there is no room although the
// loop waits for a result, its item holds up the others: that is what a larger
// window is for.
func (r *run[A, B]) starve() {
	w := r.window()
	switch {
	case r.reached()-r.delivered.Load() < w:
		r.feeder.open(noRoom)
	case r.cfg.Window == 0 && w < maxWindow && r.consumer.what.Load() != 0:
		r.stalls.Store(min(2*w, maxWindow))
		r.feeder.open(noRoom)
	}
}

// stalled is for the loop and the feeder when they begin to wait: hands that have
// left because there was nothing did not see that. Each of the three writes first
// and looks then.
func (r *run[A, B]) stalled() {
	if int(r.present.Load()) < r.crew.Limit && r.claimed.Load() >= r.limit() && r.feeder.waiting(noRoom) {
		r.starve()
	}
}

// reached returns how many items were pulled.
func (r *run[A, B]) reached() uint64 {
	if r.fed {
		return r.pulled.Load()
	}
	return r.claimed.Load()
}
