package jetstream

import "time"

// HoldRounds keeps aborts from asking all workers, and gives workers as long to answer as
// they need. Waiting returns how many aborts wait for that; release lets them ask.
func (e *Engine) HoldRounds() (waiting func() int, release func()) {
	e.votesWithin = time.Hour
	e.inquiries.round <- struct{}{}
	return func() int {
		e.inquiries.Lock()
		defer e.inquiries.Unlock()
		return len(e.inquiries.waiting)
	}, func() { <-e.inquiries.round }
}

// Silence returns for how long nothing has been heard of the server, for an abort of that time.
func (e *Engine) Silence(aborted time.Time) time.Duration {
	return e.silence(&ticket{aborted: aborted})
}
