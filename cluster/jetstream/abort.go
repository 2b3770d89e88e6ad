package jetstream

import (
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
)

const (
	askTimeout   = 250 * time.Millisecond // for the worker that holds a call to say so
	abortTimeout = 10 * time.Second       // for a request to the server, at most
)

// Abort implements cluster.Engine.
func (e *Engine) Abort(id, cause string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.mu.closed {
		return
	}
	cause = e.brief(cause)
	for _, t := range e.mu.tickets[id] { // each may be refused, or leave, while the others have the call
		if t.aborting.CompareAndSwap(false, true) { // once is enough
			t.aborted = time.Now()
			e.running.Go(func() { e.abort(t, cause) })
		}
	}
}

// abort takes the call back if it can. Otherwise it asks the worker that has it to end it, and its
// outcome comes as any other. If no worker has it for a whole lease and no outcome comes, the
// call is Unsure.
//
// A call without a name is taken out of the queue, so that no worker gets it from then on. The
// consumer delivers calls in their order. So it is certain that the call never ran if the
// consumer has not come to it, if it was given back, or if all workers say that they do
// not have it (see census). It is not if the call was published again: the message that was
// published first may have run and ended by now, or may arrive later.
//
// A call with a name stays in the queue until its outcome is stored: it could be submitted again
// otherwise, and would run beside itself, or be Cancelled though it ran. It is certain that it
// never ran if the abort could write that it is not to start, before a worker wrote that it does
// (see starts). If the client is lost after that, the next worker that gets the call stores the
// outcome.
func (e *Engine) abort(t *ticket, cause string) {
	if !t.named && e.pub.recall(t.pub) {
		e.neverRan(t, cause)
		return
	}
	if !e.enterAborts(t, cause) {
		return
	}
	deleted, sure := e.takeBack(t)
	<-e.abortings
	if sure {
		e.neverRan(t, cause)
		return
	}
	e.ask(t, cause, deleted)
}

// enterAborts waits until the server has the call, can be asked, and is asked by few enough
// others. It reports false if the call has ended meanwhile.
func (e *Engine) enterAborts(t *ticket, cause string) bool {
	for e.reach(t, cause) {
		select {
		case e.abortings <- struct{}{}:
		case <-t.over:
			return false
		case <-e.ctx.Done():
			return false
		}
		if e.nc.IsConnected() && !e.hopeless(t) {
			return true
		}
		<-e.abortings // requests would fail, one after the other
	}
	return false
}

// reach waits until the server has the call and there is a connection. It reports false if the
// call has ended meanwhile. If nothing is heard of the server for two leases, or for four of no call
// whether it is stored though the server is there, reach ends the call as Unsure.
func (e *Engine) reach(t *ticket, cause string) bool {
	stored := t.stored
	for {
		select {
		case <-stored: // perhaps long ago: reach is called again and again
			stored = nil
		default:
		}
		_, calls := e.pub.heard()
		switch {
		case e.hopeless(t):
			e.giveUp(t, cause+"; the server cannot be reached")
			return false
		case stored != nil && min(time.Since(t.aborted), time.Since(calls)) > 4*e.lease:
			e.giveUp(t, cause+"; the server does not say whether it has the call")
			return false
		case stored == nil && e.nc.IsConnected():
			return true
		}
		select {
		case <-stored:
			stored = nil
		case <-t.over:
			return false
		case <-e.ctx.Done():
			return false
		case <-time.After(max(askTimeout, e.lease/4)):
		}
	}
}

// giveUp settles a call as Unsure.
func (e *Engine) giveUp(t *ticket, why string) {
	e.mu.Lock()
	for _, o := range e.mu.tickets[t.id] {
		if o.pub != nil {
			e.pub.giveUp(o.pub)
		}
	}
	e.mu.Unlock()
	e.unsure.Add(1)
	e.settle(t.id, unsure(t, why))
}

func unsure(t *ticket, why string) cluster.Outcome {
	return cluster.Outcome{ID: t.id, Kind: cluster.Unsure, Fault: cluster.NewFault(why, cluster.ErrAborted)}
}

// takeBack reports whether it is certain that a call never ran and never will. It returns the
// number of the message that it has deleted, if it has.
func (e *Engine) takeBack(t *ticket) (deleted uint64, sure bool) {
	if !t.named {
		deleted, sure = e.take(t)
	}
	return deleted, sure && !e.repeated(t) || e.neverWill(t)
}

// take deletes the call from the queue. It returns the number of the message that it has
// deleted, if it has, and whether it is certain that no worker has been given it.
func (e *Engine) take(t *ticket) (deleted uint64, sure bool) {
	ctx, cancel := e.asking(t)
	defer cancel()
	seq, line, same := t.seq, t.line, t.breaks == e.nc.Stats().Reconnects
	var m *jetstream.RawStreamMsg
	if seq == 0 || !same { // a server that lost what it had numbers anew
		var err error
		if m, err = e.calls.GetLastMsgForSubject(ctx, e.anyLine(t.id)); err != nil {
			return 0, false
		}
		seq, line = m.Sequence, lineOfSubject(m.Subject, e.cfg.prefix())
	}
	if line < 0 || e.calls.DeleteMsg(ctx, seq) != nil {
		return 0, false
	}
	if t.ran() { // a worker has been given it
		return seq, false
	}
	info, err := e.lines[line].Info(ctx)
	if err == nil && m != nil {
		t.older = info.TimeStamp.Sub(m.Time) - time.Since(t.began) // by one clock, the server's
	}
	if err != nil || info.Delivered.Stream >= seq {
		return seq, false
	}
	// A server that was restarted may have forgotten what the consumer had delivered: its answer
	// proves nothing about the time before. With copies on other servers, these are told of a
	// delivery before it happens.
	return seq, same && t.seq != 0 && t.breaks == e.nc.Stats().Reconnects && (e.copies || e.has(info.Cluster))
}

// endUnsure ends a call as Unsure, and takes it out of the queue. If it has a name that is its outcome for
// all: it could be submitted again otherwise, run a second time, and, if that was aborted, be Cancelled
// for those that wait for the first one.
func (e *Engine) endUnsure(t *ticket, why string) {
	if !t.named || e.keepOutcome(t, unsure(t, why), why) {
		e.discard(t)
		e.giveUp(t, why)
	}
}

// discard takes a call out of the queue whose outcome is decided.
func (e *Engine) discard(t *ticket) {
	ctx, cancel := e.asking(t)
	defer cancel()
	if m, err := e.calls.GetLastMsgForSubject(ctx, e.anyLine(t.id)); err == nil {
		_ = e.calls.DeleteMsg(ctx, m.Sequence)
	}
}

// repeated reports whether the call was published several times.
func (e *Engine) repeated(t *ticket) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.mu.tickets[t.id], func(o *ticket) bool { return o.pub != nil && e.pub.repeated(o.pub) })
}

// neverWill reports whether it is certain that a call never ran and never will, though its
// message may have been delivered to a worker: by the record of its starts.
func (e *Engine) neverWill(t *ticket) bool {
	return !t.ran() && (t.named || !e.repeated(t)) && e.forbid(t)
}

// forbid reports whether the call was not started, and is certain not to be started any more.
func (e *Engine) forbid(t *ticket) bool {
	ctx, cancel := e.asking(t)
	defer cancel()
	return e.forbidStart(ctx, t)
}

// lineOfSubject returns the line in the subject of a call; -1 if it has none.
func lineOfSubject(subject, prefix string) int {
	at := len(prefix) + len("c.")
	if len(subject) <= at || subject[at] < '0' || subject[at] >= '0'+lines {
		return -1
	}
	return int(subject[at] - '0')
}

// neverRan settles a call that was taken back.
func (e *Engine) neverRan(t *ticket, cause string) {
	o := cluster.Outcome{ID: t.id, Kind: cluster.NeverRan, Fault: cluster.NewFault(cause, cluster.ErrAborted)}
	if !t.named {
		e.settle(t.id, o)
		return
	}
	if e.keepOutcome(t, o, cause) {
		e.discard(t)
		e.settle(t.id, o)
	}
}

// keepOutcome stores what became of a named call, for others that wait for it. It reports whether it
// did. If there is another outcome, that comes; if the server stores none, the call ends as Unsure. The
// outcome may reach t before the answer that it is stored: that still has to come.
func (e *Engine) keepOutcome(t *ticket, o cluster.Outcome, cause string) bool {
	m := nats.NewMsg(e.subject("r", t.id))
	m.Data, _ = o.MarshalBinary() // texts and numbers can be marshalled
	onlyIfEmpty(m, "")
	answer := make(chan error, 1)
	p := &publication{msg: m, done: func(_ uint64, err error) { answer <- err }}
	e.pub.send(p)
wait:
	for heard := time.Now(); time.Since(heard) < 4*e.lease && !e.hopeless(t); {
		select {
		case err := <-answer:
			if errors.Is(err, errThere) {
				e.lookUntilThere(t)
			}
			if err == nil || errors.Is(err, errThere) || errors.Is(err, cluster.ErrClosed) {
				return err == nil
			}
			break wait // the server will not have it
		case <-e.ctx.Done():
			return false
		case <-time.After(max(askTimeout, e.lease/4)):
		}
		if last, _ := e.pub.heard(); last.After(heard) {
			heard = last
		}
	}
	e.pub.giveUp(p) // the id may be in use again by the time that it is stored
	if !t.ended() { // or by now
		e.giveUp(t, cause+"; the server does not store what became of the call")
	}
	return false
}

// ask asks the worker that holds the call to end it, until the outcome is there. The call is Unsure if
// neither a first question nor one more than a lease after it finds a worker that says it has the call,
// and none has said so in between: how long the questions took themselves says nothing.
func (e *Engine) ask(t *ticket, cause string, deleted uint64) {
	patience := e.lease + askTimeout
	var first time.Time
	for e.enterAborts(t, cause) {
		asked := time.Now()
		if first.IsZero() {
			first = asked
		}
		held, denied := e.inquire(t, cause, deleted)
		never := !held && !t.ended() && e.neverRanAt(t, denied && deleted > 0) // its worker has given it back, or has ended
		<-e.abortings
		wait := askTimeout
		switch {
		case held:
			wait = max(wait, e.lease/3) // its worker may die
		case never:
			e.neverRan(t, cause)
			return
		}
		if !e.pause(t, wait) {
			return
		}
		ctx, cancel := e.asking(t)
		there, err := e.look(ctx, t.id)
		cancel()
		if there {
			return
		}
		if silent := min(asked.Sub(first), asked.Sub(t.lastHeld())); silent > 4*patience || err == nil && silent > patience {
			e.endUnsure(t, cause+"; no worker says that it has the call, and no outcome is stored")
			return
		}
	}
}

// neverRanAt is neverWill, once the workers were asked. Denied says that none on record has the
// call, which is not in the queue any more.
func (e *Engine) neverRanAt(t *ticket, denied bool) bool {
	return e.neverWill(t) || denied && !t.named && !t.ran() && !e.repeated(t) && e.census(t)
}
