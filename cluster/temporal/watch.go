package temporal

import (
	"slices"
	"sync"
	"time"

	"github.com/millrace-go/millrace/cluster"
)

// A watch is the calls of which clients want news: that a worker has begun, and what
// it reports. The server sends none, so the engine asks, for one call after the other.
type watch struct {
	mu    sync.Mutex
	calls []*call       // the one that was looked at the longest time ago is the first
	wake  chan struct{} // there are calls
}

// lookEvery is the time between two requests, however many calls are out.
const lookEvery = 50 * time.Millisecond

// due returns when news of the call are worth a request: seldom, if it takes long.
func (k *call) due() time.Time {
	age := k.seen.Sub(k.since)
	return k.seen.Add(min(max(age/8, 2*lookEvery), k.engine.cfg.Lease/beatsPerLease))
}

func (w *watch) add(k *call) {
	w.mu.Lock()
	w.calls = append(w.calls, k)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// next forgets the calls that are over and takes out the first that is due; nil if none
// is. It reports whether any are left to wait for.
func (w *watch) next(now time.Time) (k *call, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = slices.DeleteFunc(w.calls, func(k *call) bool { return k.ctx.Err() != nil })
	more = len(w.calls) > 0
	if i := slices.IndexFunc(w.calls, func(k *call) bool { return !k.due().After(now) }); i >= 0 {
		k = w.calls[i]
		w.calls = slices.Delete(w.calls, i, i+1)
	}
	return k, more
}

// look asks for news until the engine is closed.
func (e *Engine) look() {
	for e.ctx.Err() == nil {
		k, more := e.watch.next(time.Now())
		if !more {
			select {
			case <-e.ctx.Done():
			case <-e.watch.wake:
			}
			continue
		}
		if k != nil {
			k.look()
			k.seen = time.Now()
			e.watch.add(k)
		}
		select {
		case <-e.ctx.Done():
		case <-time.After(lookEvery):
		}
	}
}

// look asks for news of one call.
func (k *call) look() {
	d, r, err := k.describe()
	if err == nil || !uncertain(err) {
		k.engine.hear()
	}
	if err != nil || r.Begun != d.Attempt {
		return // no worker has begun, or the one that had is gone
	}
	k.done(cluster.Outcome{ID: k.id, Kind: cluster.Begun, Attempt: r.Starts})
	if r.Report != nil {
		k.done(cluster.Outcome{ID: k.id, Kind: cluster.Progressed, Body: r.Report})
	}
}
