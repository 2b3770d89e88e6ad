package sched

// counters count what has happened since the pool was made.
type counters struct {
	submitted, succeeded, failed, panicked, cancelled, refused uint64
}

// add counts the items that a hand has run.
func (c *counters) add(done *counters) {
	c.submitted += done.succeeded + done.failed
	c.succeeded += done.succeeded
	c.failed += done.failed
	c.panicked += done.panicked
	*done = counters{}
}

// Stats is one consistent snapshot of a pool.
type Stats struct {
	Name                                                       string
	Workers, Goroutines, Running, Waiting, Queued, Deferred    int
	Weight, MaxWeight                                          int64
	Submitted, Succeeded, Failed, Panicked, Cancelled, Refused uint64
}

// Stats returns a snapshot.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.unlock()
	p.collectAllLocked()
	return Stats{
		Name:       p.cfg.Name,
		Workers:    p.slots,
		Goroutines: len(p.all),
		Running:    p.busy + p.beyond,
		Waiting:    p.lending,
		Queued:     p.queued,
		Deferred:   p.deferred.n,
		Weight:     p.weight,
		MaxWeight:  p.cfg.MaxWeight,
		Submitted:  p.count.submitted + uint64(p.hands), // a hand is at an item
		Succeeded:  p.count.succeeded,
		Failed:     p.count.failed,
		Panicked:   p.count.panicked,
		Cancelled:  p.count.cancelled,
		Refused:    p.count.refused,
	}
}
