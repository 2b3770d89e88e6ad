package cluster

import (
	"context"
	"fmt"

	"github.com/millrace-go/millrace/future"
)

// Submit submits a call of the task to the client's engine and returns its future, which
// is never nil. It blocks while the client has too many calls in flight (see
// [WithMaxCalls]), until ctx ends.
//
// The future is Pending until a worker reports that it has begun, which a worker does for
// calls that take longer than some 50 ms; then it is Running. It is Cancelled only if it
// is certain that the function was not called and will not be: because the call was
// refused (ErrClosed, ErrTooLarge, ErrFull, ErrUnknown, an input that cannot be encoded),
// or was taken back before it began.
//
// Once the engine has the call, Cancel of the future reports false, because nothing here
// can tell whether the call has begun. Abort, and the end of ctx, ask the engine to end
// the call. Then the future is Cancelled, or has Failed with an error that is
// [ErrAborted] or [ErrUnsure] and wraps the cause; or it has the outcome that the call
// had before.
//
// An error is an [*Error]. A call is started at least once, and up to [Attempts] times if
// its workers die: the function should be idempotent, or Attempts be 1. The functions of
// the future's OnDone run in a goroutine of their own. Context values do not travel, but
// a trace context does, see [Propagate].
func (t *Task[I, O]) Submit(ctx context.Context, c *Client, in I, opts ...CallOption) *future.Future[O] {
	t.check("Submit", ctx, c)
	s := t.submission(c, opts)
	body, err := t.encode(&in)
	if err != nil {
		return refuse(future.NewPromise[O](), s, fmt.Errorf("input: %w", err))
	}
	s.call.Body = body
	return start(ctx, c, s, t.decoder(), t.cfg.sentinels)
}

// Join returns the future of a call that was submitted with this id (see [WithID]), by
// any process, and that may have ended some time ago. If there is none, the future fails
// with an error that is [ErrNoCall]. Join blocks as [Task.Submit] does, and until the engine
// has found the call. The end of ctx aborts the call, for all that wait for it; pass
// context.WithoutCancel(ctx) to prevent that. If ctx ends before the call is found, or the
// client or the engine is closed, the future fails with an error that is [ErrUnsure], and
// the call goes on.
//
// Submit may return before the server of the engine has the call. A Join on the same engine
// waits for that; one on another connection may come too early and find no call. Join
// panics if id is none that WithID takes.
func (t *Task[I, O]) Join(ctx context.Context, c *Client, id string) *future.Future[O] {
	t.check("Join", ctx, c)
	checkID("Join", id)
	s := t.submission(c, []CallOption{WithID(id)})
	s.join = true
	return start(ctx, c, s, t.decoder(), t.cfg.sentinels)
}

func (t *Task[I, O]) submission(c *Client, opts []CallOption) submission {
	s := submission{call: Call{Task: t.name, Sig: t.sig, Policy: t.cfg.policy}}
	for _, o := range opts {
		if o != nil {
			o(&s)
		}
	}
	if s.call.ID == "" {
		s.call.ID = c.id()
	}
	return s
}

// encode encodes an input; a panic of the encoder is an error.
func (t *Task[I, O]) encode(in *I) (body []byte, err error) {
	err = try(func() (err error) {
		body, err = marshal(t.cfg.codec, in)
		return err
	})
	return body, err
}

// decoder returns what decodes an output.
func (t *Task[I, O]) decoder() func(Outcome) (O, error) {
	return func(o Outcome) (v O, err error) {
		err = t.cfg.codec.Unmarshal(o.Body, &v)
		return v, err
	}
}

// refuse settles the future of a call that the engine has not got: it never runs. A call that was to be
// joined may run nevertheless.
func refuse[O any](p *future.Promise[O], s submission, err error) *future.Future[O] {
	r := refusal(s.call, err)
	if s.join {
		r.wraps = append(r.wraps, ErrUnsure)
	}
	if s.join || !p.NeverRan(r) { // not, if the engine has said that the call began, and then that it never runs
		p.Reject(r)
	}
	return p.Future()
}
