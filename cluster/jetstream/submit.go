package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
)

// A ticket is a call whose outcome has not come.
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

// Start implements cluster.Engine.
func (e *Engine) Start(ctx context.Context, c cluster.Call, done func(cluster.Outcome)) error {
	data, err := c.MarshalBinary()
	if err != nil {
		return err
	}
	if most := e.maxMessage(); len(data) > most {
		return fmt.Errorf("%w: %d bytes, the server takes %d", cluster.ErrTooLarge, len(data), most)
	}
	t := newTicket(c.ID, lineOf(c.Priority), c.Named(), done)
	p := &publication{msg: nats.NewMsg(e.callSubject(t)), call: true, done: func(seq uint64, err error) { e.stored(t, seq, err) }}
	p.msg.Data = data
	t.pub = p
	if !t.named {
		if err := e.follow(ctx, c.ID); err != nil {
			return err
		}
		if err := e.enter(t); err != nil {
			return err
		}
		e.pub.send(p)
		return nil
	}
	p.empty = e.anyLine(t.id)
	onlyIfEmpty(p.msg, p.empty)
	there, err := e.listen(ctx, t)
	if err != nil || there {
		return err
	}
	e.pub.send(p)
	return nil
}

// Join implements cluster.Engine.
func (e *Engine) Join(ctx context.Context, id string, done func(cluster.Outcome)) error {
	t := newTicket(id, -1, true, done)
	close(t.stored)
	there, err := e.listen(ctx, t)
	if err != nil || there {
		return err
	}
	found := false
	err = untilAnswered(ctx, func(ctx context.Context) (err error) {
		found, err = e.find(ctx, id)
		return err
	})
	switch {
	case err != nil:
		e.leave(t)
	case !found:
		e.settleOne(t, nowhere(t, cluster.Missing))
	}
	return err
}

// untilAnswered calls fn, which makes requests, until the server answers or ctx ends: an answer is
// lost with the connection, and servers of a cluster that elect a leader answer nothing, or that they do so.
func untilAnswered(ctx context.Context, fn func(context.Context) error) error {
	for {
		once, cancel := context.WithTimeout(ctx, setUpTimeout)
		err := fn(once)
		cancel()
		var said *jetstream.APIError
		electing := errors.As(err, &said) && said.ErrorCode == codeNoLeader
		if err == nil || ctx.Err() != nil || !electing && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if electing {
			select {
			case <-ctx.Done():
			case <-time.After(patiently):
			}
		}
	}
}

// nowhere is the outcome of a call of which nothing is known.
func nowhere(t *ticket, kind cluster.Kind) cluster.Outcome {
	text := "no call of this id is queued or runs, and no outcome is kept"
	return cluster.Outcome{ID: t.id, Kind: kind, Fault: cluster.NewFault(text)}
}

func newTicket(id string, line int, named bool, done func(cluster.Outcome)) *ticket {
	now := time.Now()
	return &ticket{id: id, named: named, line: line, done: done, began: now, since: now, every: auditAll, stored: make(chan struct{}), over: make(chan struct{})}
}

func (e *Engine) callSubject(t *ticket) string {
	return e.cfg.prefix() + "c." + lineToken(t.line) + "." + key(t.id)
}

// anyLine is the subject of a call of whatever priority.
func (e *Engine) anyLine(id string) string { return e.cfg.prefix() + "c.*." + key(id) }

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

// stored is told whether the server has the call.
func (e *Engine) stored(t *ticket, seq uint64, err error) {
	switch {
	case err == nil || errors.Is(err, errThere):
		t.seq, t.breaks = seq, t.pub.breaks
		close(t.stored)
		if err != nil && t.named { // perhaps another's, whose worker has said already that it has begun
			_ = e.nc.Publish(e.subject("b", t.id), nil)
		}
	case errors.Is(err, cluster.ErrClosed): // Close tells it Detached
	case errors.Is(err, errHadPerhaps):
		close(t.stored)
		e.run(func() { e.resolve(t, refused(t, err)) })
	default:
		e.settleOne(t, refused(t, err))
	}
}

// refused is the outcome of a call that the server did not take.
func refused(t *ticket, err error) cluster.Outcome {
	is := []error{}
	if errors.Is(err, cluster.ErrFull) {
		is = append(is, cluster.ErrFull)
	}
	return cluster.Outcome{ID: t.id, Kind: cluster.NeverRan, Fault: cluster.NewFault(err.Error(), is...)}
}

// resolve settles a call that the server refused when it was asked again, unless it has had the
// call before: then the call is there, or its outcome is.
func (e *Engine) resolve(t *ticket, none cluster.Outcome) {
	for {
		if e.keep > 0 && time.Since(t.began) > e.keep-e.keep/10 {
			none.Kind = cluster.Unsure // its outcome may not be kept any more
		}
		ctx, cancel := context.WithTimeout(e.ctx, abortTimeout)
		found, err := e.find(ctx, t.id)
		cancel()
		if err == nil {
			if !found {
				e.settleOne(t, none)
			}
			return
		}
		if !e.pause(t, resendAfter) {
			return
		}
	}
}

// listen subscribes the ticket of a named call to the news of the call, which all of its
// submitters get. It reports whether the outcome was there already. Each of several tickets of
// a call has a subscription of its own.
//
// An outcome that is published is not always stored: the stream refuses that of a worker which has
// lost the lease without knowing. So the outcome is read from the stream.
func (e *Engine) listen(ctx context.Context, t *ticket) (there bool, err error) {
	for kind, handler := range map[string]nats.MsgHandler{
		"r": func(*nats.Msg) { e.lookUntilThere(t) },
		"e": func(m *nats.Msg) {
			if o, ok := e.read(m.Subject, m.Data); ok {
				t.tell(o)
			}
		},
	} {
		s, err := e.nc.Subscribe(e.subject(kind, t.id), handler)
		if err != nil {
			t.unsubscribe()
			return false, err
		}
		t.subs = append(t.subs, s)
	}
	t.looked = e.breaks.Load()
	if err := e.enter(t); err != nil {
		t.unsubscribe()
		return false, err
	}
	err = untilAnswered(ctx, func(ctx context.Context) (err error) {
		there, err = e.look(ctx, t.id)
		return err
	})
	if err != nil {
		e.leave(t)
	}
	return there, err
}

// lookUntilThere waits until an outcome that was published is stored, or another one.
func (e *Engine) lookUntilThere(t *ticket) {
	for wait, there := time.Millisecond, false; !there; wait = min(2*wait, askTimeout) {
		ctx, cancel := context.WithTimeout(e.ctx, auditTimeout)
		there, _ = e.look(ctx, t.id)
		cancel()
		if !there && !e.pause(t, wait) {
			return
		}
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

// look asks whether the outcome of a call is stored, and settles it.
func (e *Engine) look(ctx context.Context, id string) (there bool, err error) {
	m, err := e.results.GetLastMsgForSubject(ctx, e.subject("r", id))
	if gone(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	e.hear(m.Subject, m.Data)
	return true, nil
}

// find reports whether a call is queued or runs, or has an outcome, which it settles.
func (e *Engine) find(ctx context.Context, id string) (found bool, err error) {
	_, err = e.calls.GetLastMsgForSubject(ctx, e.anyLine(id))
	if err == nil {
		_ = e.nc.Publish(e.subject("b", id), nil) // its worker may have said before that it has begun
	}
	if !gone(err) {
		return err == nil, err
	}
	// It may have ended between the two looks: an outcome is stored before the call is
	// taken out of the queue.
	return e.look(ctx, id)
}

// hear is told what was published about calls.
func (e *Engine) hear(subject string, data []byte) {
	if o, ok := e.read(subject, data); ok {
		e.settle(o.ID, o)
	}
}

// read decodes what was published about a call. News that make no sense are nothing; an
// outcome is one, whatever it says, since there will be no other.
func (e *Engine) read(subject string, data []byte) (o cluster.Outcome, ok bool) {
	kind, id := e.cfg.idOf(subject)
	if err := o.UnmarshalBinary(data); err == nil && o.ID == id && o.Kind.Final() == (kind == "r") {
		return o, true
	}
	text := "the outcome that is stored is not one of this version of the package"
	return cluster.Outcome{ID: id, Kind: cluster.Failed, Fault: cluster.NewFault(text)}, kind == "r"
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

// clientOf returns the name of the client in the id of a call that is not named.
func clientOf(id string) string {
	client, _, _ := strings.Cut(id, ".")
	return client
}

// gone reports whether err says that a message is not there.
func gone(err error) bool { return errors.Is(err, jetstream.ErrMsgNotFound) }
