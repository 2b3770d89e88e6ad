package jetstream

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
)

// A lease implements cluster.Lease. It is held from the message's arrival until the
// server knows what became of the call.
type lease struct {
	w          *worker
	n          uint64 // number among the worker's
	key        string
	call       cluster.Call
	starts     int       // before this delivery
	recordSeq  uint64    // of the record that says so; 0: there is none
	seq        uint64    // of the message
	stored     time.Time // when the server got the message, by its clock
	deliveries int
	named      bool // others may have had it run before: look for an outcome
	doubtful   bool // it may have been started, or have ended, before: look for what is known
	examined   bool // that was done
	arrived    time.Time
	ctx        context.Context
	cancel     context.CancelCauseFunc

	mu struct {
		sync.Mutex
		msg     *nats.Msg // as it was delivered last; nil: the server has lost it
		renewed time.Time // when the last renewal was sent that the server has confirmed
		sent    time.Time // when the last one was sent
		begun   time.Time
		told    bool // its submitter knows that it has begun
		over    bool // finished, given back, or being so
		back    bool // given back for good: no abort reaches it any more
		left    bool // not held any more
		noted   bool // see noteLost
		written bool // see recordLost
	}
}

// hold makes a lease of a message; nil if there is nothing to run.
func (w *worker) hold(m *nats.Msg) *lease {
	l := &lease{w: w, arrived: time.Now()}
	meta, err := m.Metadata()
	if err != nil || !l.read(m) {
		_ = m.Term() // no client wrote that, and so none waits for an outcome
		return nil
	}
	l.deliveries, l.seq = int(meta.NumDelivered), meta.Sequence.Stream
	l.stored = meta.Timestamp
	l.named = l.call.Named()
	l.doubtful = l.deliveries > 1 || m.Header.Get(againHeader) != "" || w.e.mayForget(l.stored)
	l.mu.msg, l.mu.renewed, l.mu.sent = m, l.arrived, l.arrived
	l.ctx, l.cancel = context.WithCancelCause(context.Background())
	if !w.enter(l) {
		l.cancel(nil)
		return nil
	}
	return l
}

// read decodes the call of a message. It refuses, before it decodes, what is too
// large, and then what does not belong to its subject.
func (l *lease) read(m *nats.Msg) bool {
	if len(m.Data) > l.w.e.maxMessage() || l.call.UnmarshalBinary(m.Data) != nil || !wellFormed(l.call.ID) {
		return false
	}
	l.key = key(l.call.ID)
	return m.Subject == l.w.e.cfg.prefix()+"c."+lineToken(lineOf(l.call.Priority))+"."+l.key
}

// enter holds a lease. It reports false if the call runs here already: the server was
// restarted, or a renewal was late. The run that there is goes on, with the new
// delivery; another beside it would do everything twice.
func (w *worker) enter(l *lease) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.mu.held[l.key]; old != nil && old.adopt(l) {
		return false
	}
	if w.mu.memory.denies(l.key, l.seq) {
		return false // it is not in the queue any more
	}
	w.mu.next++
	l.n = w.mu.next
	w.mu.held[l.key] = l
	w.over.Add(1)
	if len(w.mu.held) == 1 {
		w.beats.Reset(beatEvery)
	}
	return true
}

// adopt takes over the delivery of another lease, unless l is lost, given back or not held
// any more.
func (l *lease) adopt(other *lease) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.left || l.mu.back || l.isLost() {
		return false
	}
	l.mu.msg, l.mu.renewed, l.mu.sent = other.mu.msg, other.arrived, other.arrived
	return true
}

func (l *lease) isLost() bool { return errors.Is(context.Cause(l.ctx), cluster.ErrLeaseLost) }

// leave lets go of the lease. Known says that the server knows of the start of the call, if it
// was started: by an outcome, or by a record.
func (l *lease) leave(known bool) {
	l.mu.Lock()
	left := l.mu.left
	l.mu.left, l.mu.over = true, true
	l.mu.Unlock()
	if left {
		return
	}
	l.cancel(nil)
	w := l.w
	w.pace.end()
	if !known {
		l.noteLost()
		l.recordLost()
	}
	w.mu.Lock()
	if w.mu.held[l.key] == l {
		delete(w.mu.held, l.key)
	}
	w.mu.Unlock()
	w.over.Done()
}

// end ends the context of the call. It reports false if the call is not held any more.
func (l *lease) end(cause error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.left || l.mu.back {
		return false
	}
	l.cancel(cause) // locked: nak must see it
	return true
}

// Call implements cluster.Lease.
func (l *lease) Call() cluster.Call { return l.call }

// Attempt implements cluster.Lease.
func (l *lease) Attempt() int { return l.starts + 1 }

// Deliveries implements cluster.Lease.
func (l *lease) Deliveries() int { return l.deliveries }

// Context implements cluster.Lease.
func (l *lease) Context() context.Context { return l.ctx }

// Report implements cluster.Lease.
func (l *lease) Report(body []byte) {
	l.tell(cluster.Outcome{ID: l.call.ID, Kind: cluster.Progressed, Worker: l.w.cfg.Name, Attempt: l.Attempt(), Body: body})
}

// tell publishes news of the call, which may be lost.
func (l *lease) tell(o cluster.Outcome) {
	if b, err := o.MarshalBinary(); err == nil && len(b) <= l.w.e.maxMessage() {
		_ = l.w.e.nc.Publish(l.w.e.subject("e", l.call.ID), b)
	}
}
