package cluster

import (
	"context"
	"fmt"
	"sync"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/fault"
)

// A remote is a call that is out, or about to be.
type remote[O any] struct {
	client    *Client
	task, id  string
	promise   *future.Promise[O]
	decode    func(Outcome) (O, error)
	sentinels vocabulary
	progress  func([]byte)
	reporting sync.Mutex // held while progress runs: none does once the future settles

	mu struct {
		sync.Mutex
		over  bool        // the outcome is there
		cause error       // of the first abort
		stop  func() bool // of the watch on the context
	}
}

// start submits a call, or joins one: all calls pass here.
func start[O any](ctx context.Context, c *Client, s submission, decode func(Outcome) (O, error), v vocabulary) *future.Future[O] {
	if err := c.take(ctx); err != nil {
		return refuse(future.NewPromise[O](), s, err)
	}
	r := &remote[O]{client: c, task: s.call.Task, id: s.call.ID, decode: decode, sentinels: v, progress: s.progress}
	r.promise = future.NewPromiseFunc[O](r.abort)
	if !c.add(r) {
		<-c.room
		return refuse(r.promise, s, ErrClosed)
	}
	if err := r.send(ctx, s); err != nil {
		defer c.remove(r)
		return refuse(r.promise, s, err)
	}
	r.watch(ctx)
	return r.promise.Future()
}

// send gives the call to the engine. If that fails, the place of the call is free again, also
// after a panic or a Goexit: a user may have written the engine, or what Propagate calls.
func (r *remote[O]) send(ctx context.Context, s submission) (err error) {
	sent := false
	defer func() {
		r.client.started()
		if !sent || err != nil {
			r.end()
		}
		if !sent {
			r.client.remove(r)
		}
	}()
	err = r.start(ctx, s)
	sent = true
	return err
}

func (r *remote[O]) start(ctx context.Context, s submission) error {
	if s.join {
		return r.client.engine.Join(ctx, s.call.ID, r.done)
	}
	return r.client.engine.Start(ctx, s.call, r.done)
}

// watch makes the end of ctx abort the call.
func (r *remote[O]) watch(ctx context.Context) {
	if ctx.Done() == nil {
		return
	}
	stop := context.AfterFunc(ctx, func() { r.abort(context.Cause(ctx)) }) // outside the lock: it may call methods of a foreign ctx
	r.mu.Lock()
	over := r.mu.over
	if !over {
		r.mu.stop = stop
	}
	r.mu.Unlock()
	if over {
		stop()
	}
}

// abort asks the engine to end the call. It reports false if the outcome is there.
func (r *remote[O]) abort(cause error) bool {
	text := "aborted"
	if cause != nil {
		text = textApart(cause)
	}
	r.mu.Lock()
	if r.mu.over {
		r.mu.Unlock()
		return false
	}
	if r.mu.cause == nil {
		r.mu.cause = cause
	}
	r.mu.Unlock()
	r.client.engine.Abort(r.id, text)
	return true
}

// done is what the engine tells.
func (r *remote[O]) done(o Outcome) {
	switch {
	case o.Kind == Begun:
		r.promise.Start()
	case o.Kind == Progressed:
		r.report(o.Body)
	case r.end():
		go r.settle(o) // what is registered with OnDone may block, and submit
	}
}

// report calls the function of OnProgress, in a goroutine of its own: its panics and
// Goexits are its own affair, and end neither the engine's goroutine nor the call.
func (r *remote[O]) report(body []byte) {
	if r.progress == nil {
		return
	}
	r.reporting.Lock()
	defer r.reporting.Unlock()
	r.mu.Lock()
	over := r.mu.over
	r.mu.Unlock()
	if over {
		return
	}
	reported := make(chan struct{})
	go func() {
		defer close(reported)
		defer func() { _ = recover() }()
		r.progress(body)
	}()
	<-reported
}

// end takes the first outcome. The place is free from then on, before the future
// settles: a function of OnDone that submits finds it.
func (r *remote[O]) end() bool {
	r.mu.Lock()
	if r.mu.over {
		r.mu.Unlock()
		return false
	}
	r.mu.over = true
	stop := r.mu.stop
	r.mu.stop = nil
	r.mu.Unlock()
	if stop != nil {
		stop()
	}
	<-r.client.room
	return true
}

// settle settles the future.
func (r *remote[O]) settle(o Outcome) {
	defer r.client.remove(r)
	r.reporting.Lock()
	//lint:ignore SA2001 a report that began before the outcome came ends first
	r.reporting.Unlock()
	if o.Kind == Succeeded {
		r.settleValue(o)
		return
	}
	err := r.err(o)
	if (o.Kind != NeverRan && o.Kind != Unknown) || !r.promise.NeverRan(err) {
		r.promise.Reject(err)
	}
}

// settleValue settles the future with an output.
func (r *remote[O]) settleValue(o Outcome) {
	err := future.ErrGoexit
	defer func() {
		if err != nil {
			o.Fault = NewFault("output: " + textApart(err))
			r.promise.Reject(r.sentinels.decode(r.task, o, err))
		}
	}()
	var v O
	if v, err = r.value(o); err == nil {
		r.promise.Resolve(v)
	}
}

// value decodes an output; a panic of the decoder is an error.
func (r *remote[O]) value(o Outcome) (v O, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fault.New(x)
		}
	}()
	return r.decode(o)
}

// err returns the error of an outcome that is no success.
func (r *remote[O]) err(o Outcome) error {
	r.mu.Lock()
	cause := r.mu.cause
	r.mu.Unlock()
	switch o.Kind {
	case Aborted:
		return r.sentinels.decode(r.task, o, ErrAborted, cause)
	case NeverRan:
		return r.sentinels.decode(r.task, o, cause)
	case Unsure:
		return r.sentinels.decode(r.task, o, ErrUnsure, ErrAborted, cause)
	case Lost:
		return r.sentinels.decode(r.task, o, ErrLost)
	case Unknown:
		return r.sentinels.decode(r.task, o, ErrUnknown)
	case Missing:
		return r.sentinels.decode(r.task, o, ErrNoCall)
	case Detached:
		return r.sentinels.decode(r.task, o, ErrClosed, ErrUnsure)
	}
	return r.sentinels.decode(r.task, o)
}

// detach implements detacher.
func (r *remote[O]) detach() {
	r.done(Outcome{ID: r.id, Kind: Detached, Fault: &Fault{Text: fmt.Sprintf("the client was closed while call %s was out; it still runs", r.id)}})
}
