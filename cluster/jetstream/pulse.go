package jetstream

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A pulse is since when the server has not answered: that there is a connection says nothing, since it
// may stand still for long before it ends. Silence is what was asked for and did not come; that nobody has
// asked for long, since this process is busy, is none.
type pulse struct {
	sync.Mutex                           // held by the one that asks
	asked      time.Time                 // guarded by it
	silent     atomic.Pointer[time.Time] // nil: not silent
}

// silent returns since when the server has not answered, or nil. It asks, at most once in a while
// however many want to know.
func (e *Engine) silent() *time.Time {
	return e.pulse.since(time.Now, 2*(e.lease+resendAfter), func() bool {
		return e.nc.IsConnected() && e.nc.FlushTimeout(askTimeout) == nil
	})
}

// since is silent, by a clock and by what asks the server and waits askTimeout for the answer. What was found longer
// ago than valid says nothing: the server may have answered between then and now, if it had been asked.
func (p *pulse) since(now func() time.Time, valid time.Duration, answers func() bool) *time.Time {
	if p.TryLock() {
		ago := now().Sub(p.asked)
		if ago > valid {
			p.silent.Store(nil)
		}
		if ago > askTimeout {
			if answers() {
				p.silent.Store(nil)
			} else {
				since := now().Add(-askTimeout) // if it took longer, this process stood still
				p.silent.CompareAndSwap(nil, &since)
			}
			p.asked = now()
		}
		p.Unlock()
	}
	return p.silent.Load()
}

// silence returns for how long nothing has been heard of the server, since a call was
// aborted.
func (e *Engine) silence(t *ticket) time.Duration {
	if time.Since(t.aborted) <= askTimeout {
		return 0
	}
	since := e.silent()
	if since == nil {
		return 0
	}
	heard, _ := e.pub.heard()
	return min(time.Since(*since), time.Since(t.aborted), time.Since(heard))
}

// hopeless reports whether an abort has waited for the server for long enough.
func (e *Engine) hopeless(t *ticket) bool { return e.silence(t) > 2*e.lease }

// asking returns the context of requests for an abort, which end when that is hopeless.
func (e *Engine) asking(t *ticket) (context.Context, context.CancelFunc) {
	left := max(askTimeout, 2*e.lease-e.silence(t))
	return context.WithTimeout(e.ctx, min(e.abortTimeout, left))
}
