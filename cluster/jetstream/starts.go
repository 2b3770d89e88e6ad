package jetstream

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
)

// The server counts deliveries, and a policy counts starts. A call that was pulled by
// a worker that died, or was given back on a deployment, was delivered and not
// started. So starts are on record, where the two may differ, under the subject n:
//
//   - The first delivery writes nothing before it starts, since most calls have only
//     that; unless the call may be started only once, or has a name: then it starts only if
//     it could make the record, see strict.
//   - Each later delivery writes its number before it starts.
//   - A first delivery that is given back writes whether it was started: 1 or 0.
//
// Without a record a call was delivered once, and then counts as started; or, if it starts
// only with a record, it was not, unless the record may have aged. The server may have
// forgotten that it has delivered the call, see boot.
//
// The server refuses a write if there was another one since the record was read. So a
// client that aborts a call which was not started, by its record, can write that the call is
// not to be started, and then knows that it never will be.

// notToStart is the record of a call that was aborted before it was started.
const notToStart = -1

// strict reports whether a call starts only if its record could be made: because it is to start
// once at most; or because it has a name, and an abort is then for several that wait for it, and
// must be decided by one write, whatever becomes of the client that aborts.
func (l *lease) strict() bool { return l.call.Attempts == 1 || l.named }

// examine looks for what is known of a call. It reports false if there is nothing to
// run: it has ended.
func (l *lease) examine() bool {
	if !l.doubtful && !l.named {
		return true
	}
	ctx, cancel := context.WithTimeout(l.ctx, l.w.e.lease)
	defer cancel()
	results := l.w.e.results
	_, err := results.GetLastMsgForSubject(ctx, l.w.e.subject("r", l.call.ID))
	if err == nil {
		l.ack() // its worker could store the outcome and not tell the queue
		l.leave(true)
		return false
	}
	if gone(err) && l.doubtful {
		l.starts, l.recordSeq, err = l.recorded(ctx)
	}
	switch {
	case l.starts == notToStart:
		l.store(l.aborted(cluster.NeverRan, cluster.ErrAborted))
		return false
	case err != nil && !gone(err):
		l.GiveBack(time.Second) // the server is out of reach, or the call is to end
		return false
	}
	l.examined = true
	return true
}

// recorded returns how often the call was started, as far as it is known, and the
// sequence number of the record; 0: there is none.
func (l *lease) recorded(ctx context.Context) (starts int, seq uint64, err error) {
	m, err := l.w.e.results.GetLastMsgForSubject(ctx, l.w.e.subject("n", l.call.ID))
	switch {
	case err == nil:
		starts, err = strconv.Atoi(string(m.Data))
		return max(notToStart, starts), m.Sequence, err
	case !gone(err):
		return 0, 0, err
	case !l.strict():
		delivered, err := l.deliveredBefore(ctx)
		if delivered {
			starts = 1
		}
		return starts, 0, err
	case l.deliveries == 1:
		return 0, 0, nil
	}
	aged, err := l.w.e.aged(ctx, l.stored)
	if aged {
		starts = 1
	}
	return starts, 0, err
}

// deliveredBefore reports whether a worker may have got the call before.
func (l *lease) deliveredBefore(ctx context.Context) (bool, error) {
	if l.deliveries > 1 {
		return true, nil
	}
	return l.w.e.bootedSince(ctx, l.stored)
}

// aged reports whether a call that was stored then is so old that a record of its starts may not
// be kept any more, by the server's clock.
func (e *Engine) aged(ctx context.Context, stored time.Time) (bool, error) {
	info, err := e.results.Info(ctx)
	return err == nil && e.keep > 0 && info.TimeStamp.Sub(stored) > e.keep-e.keep/10, err
}

// Begin implements cluster.Lease.
func (l *lease) Begin() bool {
	if l.doubtful || l.strict() {
		if l.record(l.Attempt()) != nil {
			return false
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return false
	}
	l.mu.begun = time.Now()
	return true
}

// record writes how often the call was started, and waits until it is stored.
func (l *lease) record(n int) error {
	stored := make(chan error, 1)
	l.w.e.writeStarts(l.call.ID, n, l.recordSeq, func(err error) { stored <- err })
	select {
	case err := <-stored:
		return err
	case <-l.ctx.Done():
		return context.Cause(l.ctx)
	}
}

// writeStarts writes a record, if the one that there is has this sequence number. Done
// must not block.
func (e *Engine) writeStarts(id string, n int, last uint64, done func(error)) {
	p := &publication{msg: nats.NewMsg(e.subject("n", id)), empty: anySequence, done: func(_ uint64, err error) { done(err) }}
	p.msg.Data = strconv.AppendInt(nil, int64(n), 10)
	p.msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(last, 10))
	e.pub.send(p)
}

// forbidStart keeps a call from being started that was given back, or that starts only with a
// record. It reports whether it did: false if a worker has begun it, or if that is not known.
func (e *Engine) forbidStart(ctx context.Context, t *ticket) bool {
	for ctx.Err() == nil {
		last, forbidden, ok := e.startable(ctx, t)
		if forbidden || !ok {
			return forbidden
		}
		stored := make(chan error, 1)
		e.writeStarts(t.id, notToStart, last, func(err error) { stored <- err })
		select {
		case err := <-stored:
			if !errors.Is(err, errThere) {
				return err == nil
			}
		case <-ctx.Done():
		}
	}
	return false
}

// startable reports whether a call was not started, and the number of the record that says so; or
// that it is forbidden to start it: another client has written that, or this one has, and the
// answer was lost.
func (e *Engine) startable(ctx context.Context, t *ticket) (last uint64, forbidden, ok bool) {
	m, err := e.results.GetLastMsgForSubject(ctx, e.subject("n", t.id))
	switch {
	case err == nil:
		return m.Sequence, string(m.Data) == strconv.Itoa(notToStart), string(m.Data) == "0"
	case gone(err) && t.named:
		return 0, false, e.notStarted(ctx, t)
	}
	return 0, false, false
}

// notStarted reports whether a named call without a record is in the queue and was not started: its
// record may have aged.
func (e *Engine) notStarted(ctx context.Context, t *ticket) bool {
	m, err := e.calls.GetLastMsgForSubject(ctx, e.anyLine(t.id))
	if err != nil {
		return false
	}
	aged, err := e.aged(ctx, m.Time)
	if err != nil || !aged {
		return err == nil
	}
	booted, err := e.bootedSince(ctx, m.Time)
	return err == nil && !booted && !e.delivered(ctx, lineOfSubject(m.Subject, e.cfg.prefix()), m.Sequence)
}

// delivered reports whether a worker may have been given a call.
func (e *Engine) delivered(ctx context.Context, line int, seq uint64) bool {
	if line < 0 {
		return true
	}
	info, err := e.lines[line].Info(ctx)
	return err != nil || info.Delivered.Stream >= seq
}
