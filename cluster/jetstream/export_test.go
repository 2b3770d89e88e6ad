package jetstream

import "time"

// AwaitVotes gives workers that are asked as long to answer as they need.
func (e *Engine) AwaitVotes() { e.votesWithin = time.Hour }

// HoldRounds is AwaitVotes, and keeps aborts from asking all workers. Waiting returns how many aborts
// wait for that; release lets them ask.
func (e *Engine) HoldRounds() (waiting func() int, release func()) {
	e.AwaitVotes()
	e.inquiries.round <- struct{}{}
	return func() int {
		e.inquiries.Lock()
		defer e.inquiries.Unlock()
		return len(e.inquiries.waiting)
	}, func() { <-e.inquiries.round }
}

// AwaitCalls makes workers wait for the answer to a request for calls however late it is, and take calls for slow,
// or for quick, however long they take.
func (e *Engine) AwaitCalls(slow bool) {
	e.onItsWay, e.longWait, e.span = time.Hour, time.Hour, time.Hour
	if slow {
		e.span = -1 // every span is over
	}
}

// Silence returns for how long nothing has been heard of the server, for an abort of that time.
func (e *Engine) Silence(aborted time.Time) time.Duration {
	return e.silence(&ticket{aborted: aborted})
}
