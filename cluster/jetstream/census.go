package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// A call that is aborted just when the consumer comes to it has been deleted from the
// queue, and whether a worker was given it before, the server does not tell. The
// workers do: each that may have been given a call is on record, as w.<worker>, from
// before its first request until everything that it had is settled. So, after the
// deletion, the client asks all workers on record for the call, see inquiry.go. A worker that does not
// have it says so, and refuses that message from then on, should it still be on its way: no
// later one, for a call with the same id may be submitted again. If all workers say so, no
// outcome is stored, and no start is on record, the call never ran.
//
// A worker that has lost the lease of a call after it began says that it cannot tell, until
// the start is on record; and it stays on record itself until then, also if it ends.

// census reports whether it is certain that no worker has, or had, a call that was
// deleted, now that all workers on record have said that they do not have it.
func (e *Engine) census(t *ticket) bool {
	if e.keep > 0 && time.Since(t.began)+t.older > e.keep-e.keep/10 {
		return false // the record of a worker that was cut off may not be kept any more
	}
	ctx, cancel := e.asking(t)
	defer cancel()
	if _, err := e.results.GetLastMsgForSubject(ctx, e.subject("r", t.id)); !gone(err) {
		return false
	}
	_, err := e.results.GetLastMsgForSubject(ctx, e.subject("n", t.id))
	return gone(err) || err == nil && e.forbidStart(ctx, t)
}

// maxRemembered bounds what a worker remembers of calls that it has refused. Beyond it, it
// denies nothing.
const maxRemembered = 10_000

// A memory is what a worker knows of calls that it does not hold.
type memory struct {
	denied map[string]denial // refused
	lost   map[string]int    // begun here so often, and the lease was lost; no record says so yet
}

// A denial is a message, and all before it, that is refused.
type denial struct {
	seq uint64
	at  time.Time
}

// deny refuses a call from now on, up to the message of this number. It reports false if the
// worker cannot tell.
func (m *memory) deny(key string, seq uint64, now time.Time, lease time.Duration) bool {
	if m.lost[key] > 0 {
		return false
	}
	if len(m.denied) >= maxRemembered {
		for k, d := range m.denied {
			if now.Sub(d.at) > lease { // what was on its way has come, or goes to another
				delete(m.denied, k)
			}
		}
		if len(m.denied) >= maxRemembered {
			return false
		}
	}
	if m.denied == nil {
		m.denied = make(map[string]denial)
	}
	m.denied[key] = denial{max(seq, m.denied[key].seq), now}
	return true
}

// denies reports whether a message is refused.
func (m *memory) denies(key string, seq uint64) bool { return seq <= m.denied[key].seq }

// lose notes a call whose lease was lost after it began.
func (m *memory) lose(key string) {
	if m.lost == nil {
		m.lost = make(map[string]int)
	}
	m.lost[key]++
}

// find forgets what lose has noted.
func (m *memory) find(key string) {
	if m.lost[key]--; m.lost[key] == 0 {
		delete(m.lost, key)
	}
}

// noteLost notes that a call was begun, if it was, of whose lease nothing will be known: it is lost.
func (l *lease) noteLost() {
	l.mu.Lock()
	lost := !l.mu.begun.IsZero() && !l.mu.noted
	l.mu.noted = l.mu.noted || lost
	l.mu.Unlock()
	if lost {
		l.w.mu.Lock()
		l.w.mu.memory.lose(l.key)
		l.w.mu.Unlock()
	}
}

// recordLost puts on record that a call was begun which noteLost has noted.
func (l *lease) recordLost() {
	l.mu.Lock()
	write := l.mu.noted && !l.mu.written
	l.mu.written = l.mu.noted
	l.mu.Unlock()
	if !write {
		return
	}
	l.w.e.writeStarts(l.call.ID, l.Attempt(), l.recordSeq, func(err error) {
		if err == nil || errors.Is(err, errThere) { // a later one
			l.w.mu.Lock()
			l.w.mu.memory.find(l.key)
			l.w.mu.Unlock()
		}
	})
}

func (w *worker) unrecorded() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.mu.memory.lost) > 0
}

// registerAgain puts the worker on record, unless it has ended: then the record would stay.
func (w *worker) registerAgain(ctx context.Context) error {
	w.beating.Lock()
	defer w.beating.Unlock()
	if w.lockedEnded() {
		return nil
	}
	return w.register(ctx)
}

// register puts the worker on record, and waits until it is.
func (w *worker) register(ctx context.Context) error {
	b, err := json.Marshal(w.status())
	if err != nil {
		return err
	}
	_, err = w.e.js.Publish(ctx, w.statusSubject(), b)
	return err
}
