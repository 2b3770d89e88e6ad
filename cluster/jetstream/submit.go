package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
)

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
	there, err := e.listen(ctx, t)
	if err != nil || there {
		return err
	}
	found, err := e.findOwn(ctx, t)
	switch {
	case found:
		close(t.stored)
	case err == nil:
		e.settleOne(t, nowhere(t, cluster.Missing))
	case !e.leave(t):
		return nil // the outcome was first
	}
	return err
}

// findOwn is find for a ticket that has joined. A call that was submitted here before may not have come to
// the server yet: then findOwn waits for that.
func (e *Engine) findOwn(ctx context.Context, t *ticket) (found bool, err error) {
	for {
		own := e.onItsWayTo(t) // before it is looked for: it may be stored in between
		err = untilAnswered(ctx, func(ctx context.Context) (err error) {
			found, err = e.find(ctx, t.id)
			return err
		})
		if found || err != nil || own == nil {
			return found, err
		}
		select {
		case <-own.stored:
		case <-own.over: // refused, or settled; and if that is for all of this id, t is too
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// onItsWayTo returns another ticket of the same id whose call was published and has no answer; nil if there is none.
func (e *Engine) onItsWayTo(t *ticket) *ticket {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, o := range e.mu.tickets[t.id] {
		if o.pub != nil && e.pub.awaits(o.pub) {
			return o
		}
	}
	return nil
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

func (e *Engine) callSubject(t *ticket) string {
	return e.cfg.prefix() + "c." + lineToken(t.line) + "." + key(t.id)
}

// anyLine is the subject of a call of whatever priority.
func (e *Engine) anyLine(id string) string { return e.cfg.prefix() + "c.*." + key(id) }

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
	if err != nil && !e.leave(t) {
		return true, nil // the outcome was first
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

// clientOf returns the name of the client in the id of a call that is not named.
func clientOf(id string) string {
	client, _, _ := strings.Cut(id, ".")
	return client
}

// gone reports whether err says that a message is not there.
func gone(err error) bool { return errors.Is(err, jetstream.ErrMsgNotFound) }
