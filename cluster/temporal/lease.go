package temporal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	sdk "go.temporal.io/sdk/temporal"

	"github.com/millrace-go/millrace/cluster"
)

// givenBack is the type of the failure of an activity whose call was given back.
const givenBack = "given back"

// A lease implements cluster.Lease. Its activity's goroutine sends the heartbeats, in
// hold; what the worker does is told there.
type lease struct {
	engine   *Engine
	name     string // of the worker
	call     cluster.Call
	token    []byte
	delivery int32
	attempt  int
	length   time.Duration
	ctx      context.Context
	cancel   context.CancelCauseFunc
	hurry    chan struct{} // there is news for the submitter
	over     chan struct{} // closed by Finish and GiveBack
	beaten   time.Time     // when the last heartbeat was sent that was answered
	outcome  *cluster.Outcome
	after    time.Duration // given back for so long, if there is no outcome

	mu struct {
		sync.Mutex
		record
	}
}

func (w *worker) lease(ctx context.Context, c cluster.Call) *lease {
	info := activity.GetInfo(ctx)
	l := &lease{
		engine: w.engine, name: w.name, call: c, token: info.TaskToken, delivery: info.Attempt, length: info.HeartbeatTimeout,
		hurry: make(chan struct{}, 1), over: make(chan struct{}), beaten: time.Now(),
	}
	if l.length <= 0 {
		l.length = w.engine.cfg.Lease
	}
	if activity.HasHeartbeatDetails(ctx) {
		_ = activity.GetHeartbeatDetails(ctx, &l.mu.record) // what cannot be read counts as starts
	}
	l.mu.Exact = c.Attempts == 1
	l.attempt = l.mu.attempt(l.delivery)
	l.ctx, l.cancel = context.WithCancelCause(context.Background())
	return l
}

// Call implements cluster.Lease.
func (l *lease) Call() cluster.Call { return l.call }

// Attempt implements cluster.Lease.
func (l *lease) Attempt() int { return l.attempt }

// Deliveries implements cluster.Lease.
func (l *lease) Deliveries() int { return int(l.delivery) }

// Context implements cluster.Lease.
func (l *lease) Context() context.Context { return l.ctx }

// Begin implements cluster.Lease. Of a call that may start only once, the server must
// know before it starts.
func (l *lease) Begin() bool {
	if l.ctx.Err() != nil {
		return false
	}
	l.mu.Lock()
	r := l.mu.record
	r.Begun = l.delivery
	r.Starts++
	l.mu.Unlock()
	if r.Exact {
		if err := l.send(r); err != nil && !errors.Is(err, activity.ErrActivityPaused) {
			l.heard(err)
			return false
		}
	}
	l.mu.Lock()
	l.mu.Begun, l.mu.Starts = r.Begun, r.Starts
	l.mu.Unlock()
	l.soon()
	return true
}

// Report implements cluster.Lease.
func (l *lease) Report(body []byte) {
	l.mu.Lock()
	l.mu.Report = body
	l.mu.Unlock()
	l.soon()
}

func (l *lease) soon() {
	select {
	case l.hurry <- struct{}{}:
	default:
	}
}

// Finish implements cluster.Lease.
func (l *lease) Finish(o cluster.Outcome) {
	l.outcome = &o
	close(l.over)
}

// GiveBack implements cluster.Lease.
func (l *lease) GiveBack(after time.Duration) {
	l.after = after
	close(l.over)
}

// end returns what the activity comes to.
func (l *lease) end() ([]byte, error) {
	if l.outcome == nil {
		l.noteBack()
		if errors.Is(context.Cause(l.ctx), cluster.ErrAborted) { // nobody is to run it again
			o := l.aborted()
			l.outcome = &o
		}
	}
	switch {
	case errors.Is(context.Cause(l.ctx), cluster.ErrLeaseLost):
		return nil, activity.ErrResultPending // the server is told nothing
	case l.outcome == nil:
		return nil, sdk.NewApplicationErrorWithOptions("given back", givenBack,
			sdk.ApplicationErrorOptions{NextRetryDelay: max(l.after, time.Millisecond)})
	}
	return encode(*l.outcome), nil
}

// noteBack has the server know that a call which is given back was not started.
func (l *lease) noteBack() {
	l.mu.Lock()
	started := l.mu.Begun == l.delivery
	if !started {
		l.mu.Back++
	}
	l.mu.Unlock()
	for !started && !l.lost() && !l.beat() { // a delivery that is not noted counts as a start
		if !pause(l.engine.ctx) {
			return
		}
	}
}

func (l *lease) aborted() cluster.Outcome {
	o := cluster.Outcome{ID: l.call.ID, Kind: cluster.Aborted, Worker: l.name, Attempt: l.attempt,
		Fault: cluster.NewFault(context.Cause(l.ctx).Error(), cluster.ErrAborted)}
	l.mu.Lock()
	if l.attempt == 1 && l.mu.Begun != l.delivery {
		o.Kind = cluster.NeverRan
	}
	l.mu.Unlock()
	return o
}

// encode returns an outcome as it is stored, or one that says that it is too large.
func encode(o cluster.Outcome) []byte {
	b, err := o.MarshalBinary()
	if err == nil && len(b) > maxMessage {
		err = fmt.Errorf("%w: an output of %d bytes, at most %d", cluster.ErrTooLarge, len(b), maxMessage)
	}
	if err != nil {
		o.Kind, o.Body, o.Fault = cluster.Failed, nil, cluster.NewFault(err.Error(), cluster.ErrTooLarge)
		b, _ = o.MarshalBinary()
	}
	return b
}
