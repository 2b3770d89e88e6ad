package jetstream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
)

// ack takes the call out of the queue.
func (l *lease) ack() {
	l.mu.Lock()
	m := l.mu.msg
	l.mu.Unlock()
	if m != nil {
		_ = m.Ack()
	}
}

// over reports whether this call is the one that ends the lease.
func (l *lease) over() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.over {
		return false
	}
	l.mu.over = true
	return true
}

// Finish implements cluster.Lease.
func (l *lease) Finish(o cluster.Outcome) {
	if !l.over() {
		return
	}
	l.w.counts.add(o.Kind)
	l.store(o)
}

// store publishes the outcome, unless there is one, and then acknowledges the call.
func (l *lease) store(o cluster.Outcome) {
	if l.expired() {
		l.leave(false)
		return
	}
	b, err := o.MarshalBinary()
	most := l.w.e.maxMessage()
	if o.Fault != nil && (err != nil || len(b) > most) { // which sentinels it matched may still fit
		o.Fault = &cluster.Fault{Text: l.w.e.brief(o.Fault.Text), Is: o.Fault.Is, Panic: o.Fault.Panic}
		b, err = o.MarshalBinary()
	}
	if err != nil || len(b) > most {
		o.Kind, o.Body = cluster.Failed, nil
		o.Fault = cluster.NewFault(cluster.ErrTooLarge.Error()+": the output", cluster.ErrTooLarge)
		b, _ = o.MarshalBinary() // texts and numbers can be marshalled
	}
	p := &publication{msg: nats.NewMsg(l.w.e.subject("r", l.call.ID))}
	p.msg.Data = b
	onlyIfEmpty(p.msg, "")
	p.done = func(_ uint64, err error) {
		stored := err == nil || errors.Is(err, errThere)
		if stored {
			l.ack()
		}
		l.leave(stored)
	}
	l.w.e.pub.send(p)
}

// expired reports whether the lease is lost, also if no timer has told so yet: the process
// may have been suspended meanwhile.
func (l *lease) expired() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.isLost() || l.lostLocked(time.Now())
}

// GiveBack implements cluster.Lease.
func (l *lease) GiveBack(after time.Duration) {
	if !l.over() {
		return
	}
	l.mu.Lock()
	begun := !l.mu.begun.IsZero()
	l.mu.Unlock()
	l.w.counts.addBack(begun)
	if l.expired() {
		l.leave(false)
		return
	}
	if l.doubtful || l.ctx.Err() != nil {
		l.nak(after) // a record is there, or none is needed
		return
	}
	starts := 0
	if begun {
		starts = l.Attempt()
	}
	l.w.e.writeStarts(l.call.ID, starts, l.recordSeq, func(error) { l.nak(after) })
}

// nak gives the message back; or, if the call was aborted meanwhile, finishes it.
func (l *lease) nak(after time.Duration) {
	l.mu.Lock()
	aborted := errors.Is(context.Cause(l.ctx), cluster.ErrAborted)
	started := !l.mu.begun.IsZero() || l.starts > 0 || l.doubtful && !l.examined
	m := l.mu.msg
	l.mu.back = !aborted
	l.mu.Unlock()
	if !aborted {
		switch {
		case m == nil:
		case after > 0:
			_ = m.NakWithDelay(after)
		default:
			_ = m.Nak()
		}
		l.leave(true)
		return
	}
	kind := cluster.NeverRan
	if started {
		kind = cluster.Aborted
	}
	l.store(l.aborted(kind, context.Cause(l.ctx)))
}

// aborted is the outcome of a call that an abort has ended.
func (l *lease) aborted(kind cluster.Kind, cause error) cluster.Outcome {
	return cluster.Outcome{ID: l.call.ID, Kind: kind, Worker: l.w.cfg.Name, Attempt: max(1, l.Attempt()),
		Fault: cluster.NewFault(cause.Error(), cluster.ErrAborted)}
}
