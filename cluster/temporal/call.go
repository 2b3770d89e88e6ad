package temporal

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/millrace-go/millrace/cluster"
)

// A call is one that a client has out: a future that waits for its outcome.
type call struct {
	engine *Engine
	id     string
	done   func(cluster.Outcome)
	since  time.Time
	seen   time.Time       // when it was looked at, or since; of the goroutine that looks
	ctx    context.Context // ends with the outcome, and with the engine
	cancel context.CancelFunc

	aborting bool // a goroutine asks the server to end it; guarded by the engine's mutex

	// submitted is closed when the server has the call, or is known not to take it.
	submitted chan struct{}

	mu struct {
		sync.Mutex
		cause string // of the first abort
	}
}

// open notes a call; it returns nil if the engine is closed.
func (e *Engine) open(id string, done func(cluster.Outcome)) *call {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.mu.closed {
		return nil
	}
	now := time.Now()
	k := &call{engine: e, id: id, done: done, since: now, seen: now, submitted: make(chan struct{})}
	k.ctx, k.cancel = context.WithCancel(e.ctx)
	e.mu.calls[id] = append(e.mu.calls[id], k)
	return k
}

// run runs fn in a goroutine that Close waits for, unless the engine is closed.
func (e *Engine) run(fn func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.mu.closed {
		e.running.Go(fn)
	}
}

// drop forgets a call.
func (k *call) drop() {
	e := k.engine
	e.mu.Lock()
	if i := slices.Index(e.mu.calls[k.id], k); i >= 0 {
		e.mu.calls[k.id] = slices.Delete(e.mu.calls[k.id], i, i+1)
		if len(e.mu.calls[k.id]) == 0 {
			delete(e.mu.calls, k.id)
		}
	}
	e.mu.Unlock()
	k.cancel()
}

// settle tells the outcome.
func (k *call) settle(o cluster.Outcome) {
	k.drop()
	o.ID = k.id
	k.done(o)
}

// isComing reports whether another call of the same id was submitted here that the server may not have yet.
func (k *call) isComing() bool {
	e := k.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.mu.calls[k.id], func(o *call) bool {
		select {
		case <-o.submitted:
			return false
		default:
			return true
		}
	})
}

// handle returns what asks the server about the call. It is not shared: a handle is not for
// concurrent use.
func (k *call) handle() client.ActivityHandle {
	return k.engine.client.GetActivityHandle(client.GetActivityHandleOptions{ActivityID: k.engine.cfg.activityID(k.id)})
}

// cause returns why the call was aborted here, empty if it was not.
func (k *call) cause() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.mu.cause
}

// pause waits a moment before a request is tried again; it reports false if ctx has ended.
func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(100 * time.Millisecond):
		return true
	}
}
