package jetstream

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
)

// A ticket is a call whose outcome has not come. Start and Join make it, and whatever hears of the
// outcome ends it: it is in Engine.mu.tickets until then, and over is closed when it leaves.
type ticket struct {
	id    string
	named bool
	line  int // -1: not known, since it was joined
	done  func(cluster.Outcome)
	began time.Time     // when it was submitted, or joined
	older time.Duration // how long before that the server had it; of the goroutine that aborts it
	pub   *publication

	since  time.Time            // when it was looked after; of the audit
	every  time.Duration        // how often it is; of the audit
	looked uint64               // how often the connection had been made again when its outcome was looked for; of the audit
	subs   []*nats.Subscription // of a named call

	aborting atomic.Bool
	aborted  time.Time // when; set before the goroutine that aborts it begins

	stored chan struct{} // closed when the server has the call, and seq and breaks are known
	seq    uint64        // 0: not known
	breaks uint64        // how often the connection had been made again then, at least
	over   chan struct{} // closed with the outcome

	runner atomic.Pointer[string]    // name of the worker that was heard of last as running the call; nil: of none
	held   atomic.Pointer[time.Time] // when a worker last said to an abort that it has the call
}

func newTicket(id string, line int, named bool, done func(cluster.Outcome)) *ticket {
	now := time.Now()
	return &ticket{id: id, named: named, line: line, done: done, began: now, since: now, every: auditAll, stored: make(chan struct{}), over: make(chan struct{})}
}

// tell passes on what is heard of a call that goes on.
func (t *ticket) tell(o cluster.Outcome) {
	t.runner.Store(&o.Worker)
	t.done(o)
}

// ran reports whether the call is known to have begun.
func (t *ticket) ran() bool { return t.runner.Load() != nil }

// ended reports whether the outcome is there. Another call may have the id by then.
func (t *ticket) ended() bool {
	select {
	case <-t.over:
		return true
	default:
		return false
	}
}

// isStored reports whether the server is known to have the call.
func (t *ticket) isStored() bool {
	select {
	case <-t.stored:
		return true
	default:
		return false
	}
}

// enter notes a ticket.
func (e *Engine) enter(t *ticket) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.mu.closed {
		return cluster.ErrClosed
	}
	if !e.mu.auditing {
		e.mu.auditing = true
		e.audits.Reset(auditEvery)
	}
	e.mu.tickets[t.id] = append(e.mu.tickets[t.id], t)
	return nil
}

// leave takes back enter. It reports false if the outcome was first.
func (e *Engine) leave(t *ticket) bool {
	e.mu.Lock()
	ts := e.mu.tickets[t.id]
	left := slices.DeleteFunc(slices.Clone(ts), func(o *ticket) bool { return o == t }) // settle reads ts without the lock
	if e.mu.tickets[t.id] = left; len(left) == 0 {
		delete(e.mu.tickets, t.id)
	}
	e.mu.Unlock()
	if len(left) == len(ts) {
		return false
	}
	close(t.over)
	t.unsubscribe()
	return true
}

func (t *ticket) unsubscribe() {
	for _, s := range t.subs {
		_ = s.Unsubscribe()
	}
}

// settleOne tells a ticket what became of it, and not others of the same id, whose calls may be on
// their way.
func (e *Engine) settleOne(t *ticket, o cluster.Outcome) {
	if e.leave(t) {
		t.done(o)
	}
}

// settle tells the tickets of a call what became of it.
func (e *Engine) settle(id string, o cluster.Outcome) {
	e.mu.Lock()
	ts := e.mu.tickets[id]
	if o.Kind.Final() {
		delete(e.mu.tickets, id)
		for _, t := range ts {
			close(t.over)
		}
	}
	e.mu.Unlock()
	for _, t := range ts {
		if !o.Kind.Final() {
			t.tell(o)
			continue
		}
		t.done(o)
		t.unsubscribe()
	}
}

// detach ends all tickets as Detached: their outcomes are no longer followed.
func (e *Engine) detach() {
	e.mu.Lock()
	ids := make([]string, 0, len(e.mu.tickets))
	for id := range e.mu.tickets {
		ids = append(ids, id)
	}
	e.mu.Unlock()
	for _, id := range ids {
		text := "the connection was closed while the call was out; it still runs"
		e.settle(id, cluster.Outcome{ID: id, Kind: cluster.Detached, Fault: cluster.NewFault(text)})
	}
}

// pause waits for d. It reports false if t has an outcome before, or the engine is closed.
func (e *Engine) pause(t *ticket, d time.Duration) bool {
	select {
	case <-t.over:
		return false
	case <-e.ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
