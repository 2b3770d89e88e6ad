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
	exact    bool // its start is noted before it starts
	attempt  int
	length   time.Duration
	ctx      context.Context
	cancel   context.CancelCauseFunc
	hurry    chan struct{} // there is news for the submitter
	over     chan struct{} // closed by Finish and GiveBack
	beaten   time.Time     // when the last heartbeat was sent that was answered
	outcome  *cluster.Outcome
	after    time.Duration // given back for so long, if there is no outcome

	doubtful chan struct{} // the worker's
	sending  sync.Mutex    // an older record must not come after a newer one

	mu struct {
		sync.Mutex
		record
	}
}

func (w *worker) lease(ctx context.Context, c cluster.Call) *lease {
	info := activity.GetInfo(ctx)
	l := &lease{
		engine: w.engine, name: w.name, call: c, token: info.TaskToken, delivery: info.Attempt, length: info.HeartbeatTimeout,
		doubtful: w.doubtful, hurry: make(chan struct{}, 1), over: make(chan struct{}), beaten: time.Now(),
	}
	if l.length <= 0 {
		l.length = w.engine.cfg.Lease
	}
	l.mu.Starts = unrecorded(l.delivery, c.Attempts)
	if activity.HasHeartbeatDetails(ctx) {
		_ = activity.GetHeartbeatDetails(ctx, &l.mu.record) // what cannot be read is no record
	}
	l.attempt = l.mu.Starts + 1
	if l.exact = exact(l.delivery, c.Attempts); !l.exact {
		l.mu.Starts = l.attempt
	}
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

// Begin implements cluster.Lease.
func (l *lease) Begin() bool {
	if l.attempt > 1 {
		if !l.isolate() {
			return false
		}
		defer func() { go l.mingle() }()
	}
	if l.ctx.Err() != nil || l.exact && !l.noteStart() {
		return false
	}
	l.mu.Lock()
	l.mu.Begun = l.delivery
	l.mu.Unlock()
	l.soon()
	return true
}

// isolate waits until no other call that was started before has just begun here: one of
// them may have killed the worker that ran them all, and would kill this one too. It does
// then before the others begin, and no start of theirs is counted.
func (l *lease) isolate() bool {
	select {
	case l.doubtful <- struct{}{}:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// mingle lets the next one begin when the call has ended or gone well for a moment.
func (l *lease) mingle() {
	select {
	case <-l.over:
	case <-time.After(newsDelay):
	}
	<-l.doubtful
}

// noteStart tells the server that the call starts. It reports false if the call may not start:
// the server has not answered, or another worker has the call by now.
func (l *lease) noteStart() bool {
	l.sending.Lock()
	defer l.sending.Unlock()
	l.mu.Lock()
	r := l.mu.record
	l.mu.Unlock()
	r.Begun, r.Starts = l.delivery, l.attempt
	if err := l.send(r); err != nil && !errors.Is(err, activity.ErrActivityPaused) {
		l.heard(err)
		return false
	}
	l.mu.Lock()
	l.mu.Starts = r.Starts
	l.mu.Unlock()
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
		if errors.Is(context.Cause(l.ctx), cluster.ErrAborted) { // it must not run again
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

// noteBack tells the server that a call which is given back was not started.
func (l *lease) noteBack() {
	l.mu.Lock()
	started := l.mu.Begun == l.delivery
	if !started {
		l.mu.Starts = l.attempt - 1
	}
	l.mu.Unlock()
	for !started && !l.lost() && !l.beat() { // without a note the first delivery counts as a start
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
