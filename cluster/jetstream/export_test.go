package jetstream

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
)

// MaxCallsOut is how many small calls the server is sent before it has answered.
const MaxCallsOut = maxOut / leastCost

// Reaches reports whether an abort of that time goes on to ask for a call which the server has.
func (e *Engine) Reaches(aborted time.Time) bool {
	t := newTicket("x.stored", -1, true, func(cluster.Outcome) {})
	t.aborted = aborted
	close(t.stored)
	return e.reach(t, "")
}

// GivesUp reports whether an abort of that time ends as Unsure when it looks once at a call of which the server has
// not said whether it is stored.
func (e *Engine) GivesUp(aborted time.Time) bool {
	t := newTicket("x.sent", -1, true, func(cluster.Outcome) {})
	t.aborted = aborted
	close(t.over) // after one look
	before := e.Unsure()
	e.reach(t, "")
	return e.Unsure() > before
}

// NeverRan does what an abort does that has taken a named call back, if the outcome that it stores reaches the
// ticket before the answer that it is stored.
func (e *Engine) NeverRan(id string) {
	t := newTicket(id, -1, true, func(cluster.Outcome) {})
	close(t.over)
	e.neverRan(t, "")
}

// HasHeard reports whether the server has said of a call that it is stored.
func (e *Engine) HasHeard() bool {
	_, calls := e.pub.heard()
	return !calls.IsZero()
}

// SentTwice reports whether a call that was sent so long ago is sent again, if the server has said so long ago what
// became of another.
func SentTwice(sent, heard time.Duration) bool {
	now, p := time.Now(), &publisher{after: resendAfter}
	p.mu.calls = now.Add(-heard)
	return p.dueLocked(&publication{call: true, sent: now.Add(-sent)}, now, resendAfter)
}

// SentAgain reports whether a call, or another publication, is sent again after this answer.
func SentAgain(call bool, code, errorCode int) bool {
	b := &publication{call: call}
	return b.waits(&jetstream.APIError{Code: code, ErrorCode: jetstream.ErrorCode(errorCode)})
}

// AwaitVotes gives workers and the server, when they are asked for an abort, as long to answer as they need.
func (e *Engine) AwaitVotes() { e.votesWithin, e.abortTimeout = time.Hour, time.Hour }

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

// AwaitAnswers keeps calls and other publications from being sent again because no answer has come: a call that was
// is not taken back for certain.
func (e *Engine) AwaitAnswers() { e.pub.after = time.Hour }

// UntilAnswered is untilAnswered.
func UntilAnswered(ctx context.Context, fn func(context.Context) error) error {
	return untilAnswered(ctx, fn)
}

// AwaitCalls makes workers wait for the answer to a request for calls however late it is, and take calls for slow,
// or for quick, however long they take.
func (e *Engine) AwaitCalls(slow bool) {
	e.onItsWay, e.longWait, e.span = time.Hour, time.Hour, time.Hour
	if slow {
		e.span = -1 // every span is over
	}
}

// Stored returns how many calls the server is known to have.
func (e *Engine) Stored() (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ts := range e.mu.tickets {
		if ts[0].isStored() {
			n++
		}
	}
	return n
}

// HoldCalls keeps calls here until release is called.
func (e *Engine) HoldCalls() (release func()) {
	out := func(n int) {
		e.pub.mu.Lock()
		defer e.pub.mu.Unlock()
		e.pub.mu.out += n
	}
	out(maxOut)
	return func() { out(-maxOut); e.pub.sendWaiting() }
}

// HoldAudits keeps calls from being looked after but by Audit. It is called before the first one.
func (e *Engine) HoldAudits() {
	e.audits.Stop()
	e.audits = time.AfterFunc(time.Hour, func() {})
}

// Audit looks after calls as is done at that time.
func (e *Engine) Audit(at time.Time) { e.audit(at) }

// Silence returns for how long nothing has been heard of the server, for an abort of that time.
func (e *Engine) Silence(aborted time.Time) time.Duration {
	return e.silence(&ticket{aborted: aborted})
}

// A Pulse is what an engine knows of the server's silence, by the clock Now; of what was found longer ago than Valid
// it knows nothing. Answers asks the server, which may take AskTimeout.
type Pulse struct {
	pulse
	Now     time.Time
	Valid   time.Duration
	Answers func() bool
}

const AskTimeout = askTimeout

// Silence returns for how long the server has been silent.
func (p *Pulse) Silence() time.Duration {
	since := p.since(func() time.Time { return p.Now }, p.Valid, p.Answers)
	if since == nil {
		return 0
	}
	return p.Now.Sub(*since)
}

// PartWithin sets how long a worker that ends has to take itself off the record, at least, and returns what it was.
func (e *Engine) PartWithin(d time.Duration) (before time.Duration) {
	before, e.partWithin = e.partWithin, d
	return before
}
