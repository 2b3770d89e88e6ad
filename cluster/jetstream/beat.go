package jetstream

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
)

const (
	// beatEvery is how often a worker that holds calls looks at them, and how long a call
	// runs before its submitter is told that it has begun: one that is quicker tells by
	// its outcome, and saves a message.
	beatEvery = 50 * time.Millisecond

	// minStatus is how often a worker writes down what it does, at most, and idleStatus how
	// often one without calls does: a write costs the server ten times as much as the beat.
	minStatus  = 3 * time.Second
	idleStatus = time.Minute
)

// ackProgress is what a renewal says, in the server's protocol.
var ackProgress = []byte("+WPI")

// statusEvery is how often a worker writes down what it does. It is always on record, and the
// record is younger than the tenth of Keep by which a census stops before records age.
func (e *Engine) statusEvery(idle bool) time.Duration {
	every := max(minStatus, e.lease/3)
	if idle {
		every = max(every, idleStatus)
	}
	if e.keep > 0 {
		every = min(every, e.keep/20)
	}
	return every
}

// beat renews leases, ends those that are lost, and tells what has begun. One timer
// serves all leases of a worker.
//
// What is published may wait for a connection that stands still. Leases are judged all the same.
func (w *worker) beat() {
	now := time.Now()
	held := w.lockedHeld()
	for _, l := range held {
		l.judge(now)
	}
	w.beatAfter(beatEvery)
	if !w.beating.TryLock() {
		return
	}
	defer w.beating.Unlock()
	if w.lockedEnded() { // it is off the record
		return
	}
	for _, l := range held {
		l.beat(now)
	}
	for _, p := range w.pulls {
		p.giveBackOld(now)
	}
	if now.Sub(w.wrote) >= w.e.statusEvery(w.idle && len(held) == 0) {
		w.writeStatus(now)
	}
	w.beatAfter(time.Until(w.wrote.Add(w.e.statusEvery(w.idle))))
}

// beatAfter sets when the next beat is, at the latest.
func (w *worker) beatAfter(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.mu.held) > 0 {
		d = beatEvery
	}
	if !w.mu.ended {
		w.beats.Reset(d)
	}
}

func (w *worker) lockedHeld() []*lease {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Values(w.mu.held))
}

func (w *worker) lockedEnded() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mu.ended
}

// judge ends the context of a call whose lease is lost. That is judged by the last renewal that
// the server has confirmed, and by nothing else: not by the connection, which seems to be
// there for long after it is not, nor by this process, which may have been stopped.
func (l *lease) judge(now time.Time) {
	l.mu.Lock()
	lost := l.lostLocked(now)
	l.mu.Unlock()
	if lost {
		l.lose()
	}
}

// lose ends the context of a call whose lease is lost. What it has begun may go on for a while,
// in which the worker may get the call once more and hold it no longer.
func (l *lease) lose() {
	l.cancel(cluster.ErrLeaseLost) // first: from now on it does not begin
	l.noteLost()
}

func (l *lease) lostLocked(now time.Time) bool {
	return l.mu.msg != nil && now.Sub(l.mu.renewed) > l.w.e.lease
}

// beat renews a lease, and tells that its call has begun.
func (l *lease) beat(now time.Time) {
	l.recordLost()
	l.mu.Lock()
	subject := ""
	renew := l.mu.msg != nil && !l.lostLocked(now) && now.Sub(l.mu.sent) > l.w.e.lease/3
	if renew {
		l.mu.sent, subject = now, l.mu.msg.Reply
	}
	tell := !l.mu.told && !l.mu.begun.IsZero() && now.Sub(l.mu.begun) >= beatEvery && !l.mu.over
	l.mu.told = l.mu.told || tell
	l.mu.Unlock()
	if renew {
		answer := l.w.renews + strconv.FormatUint(l.n, 36) + "." + strconv.FormatInt(int64(now.Sub(l.w.began)), 36)
		_ = l.w.e.nc.PublishRequest(subject, answer, ackProgress)
	}
	if tell {
		l.tellBegun()
	}
}

// tellBegun answers a client that asks late whether a call has begun. Of a call that begins, all
// clients are told without asking.
func (w *worker) tellBegun(m *nats.Msg) {
	w.mu.Lock()
	l := w.mu.held[strings.TrimPrefix(m.Subject, w.e.cfg.prefix()+"b.")]
	w.mu.Unlock()
	if l == nil {
		return
	}
	l.mu.Lock()
	told := l.mu.told && !l.mu.over
	l.mu.Unlock()
	if told {
		l.tellBegun()
	}
}

func (l *lease) tellBegun() {
	l.tell(cluster.Outcome{ID: l.call.ID, Kind: cluster.Begun, Worker: l.w.cfg.Name, Attempt: l.Attempt()})
}

// renewed is told that the server has taken a renewal.
func (w *worker) renewed(m *nats.Msg) {
	number, at, _ := strings.Cut(strings.TrimPrefix(m.Subject, w.renews), ".")
	n, err := strconv.ParseUint(number, 36, 64)
	nanos, err2 := strconv.ParseInt(at, 36, 64)
	if err != nil || err2 != nil || m.Header.Get("Status") != "" { // nobody there
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.mu.held {
		if l.n == n {
			l.mu.Lock()
			if sent := w.began.Add(time.Duration(nanos)); sent.After(l.mu.renewed) {
				l.mu.renewed = sent
			}
			l.mu.Unlock()
		}
	}
}

// stopBeats ends the timer and takes back what the worker wrote of itself.
func (w *worker) stopBeats() {
	w.mu.Lock()
	w.mu.ended = true
	w.mu.Unlock()
	w.beats.Stop()
	w.beating.Lock() // one that runs
	defer w.beating.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), max(w.e.lease, w.e.partWithin))
	defer cancel()
	for w.unrecorded() && w.e.nc.IsConnected() && ctx.Err() == nil {
		time.Sleep(patiently)
	}
	if !w.unrecorded() && w.e.nc.IsConnected() {
		w.eraseStatus(ctx)
	}
}

// forsake lets go of all leases: the server cannot be reached, and has given them to others.
func (w *worker) forsake() {
	for _, l := range w.lockedHeld() {
		l.lose()
		l.mu.Lock()
		over := l.mu.over
		l.mu.Unlock()
		if over {
			l.leave(false)
		}
	}
}
