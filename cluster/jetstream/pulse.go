package jetstream

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A pulse is when the server was last known to be there: that there is a connection says
// nothing, since it may stand still for long before it ends.
type pulse struct {
	sync.Mutex           // held by the one that asks
	asked      time.Time // guarded by it
	heard      atomic.Pointer[time.Time]
}

// heard returns when the server last answered. It asks, at most once in a while however many
// want to know.
func (e *Engine) heard() (at time.Time) {
	p := &e.pulse
	if e.nc.IsConnected() && p.TryLock() {
		if time.Since(p.asked) > askTimeout {
			if e.nc.FlushTimeout(askTimeout) == nil {
				now := time.Now()
				p.heard.Store(&now)
			}
			p.asked = time.Now()
		}
		p.Unlock()
	}
	if last := p.heard.Load(); last != nil {
		at = *last
	}
	return at
}

// silence returns for how long nothing has been heard of the server, since a call was
// aborted.
func (e *Engine) silence(t *ticket) time.Duration {
	silence := time.Since(t.aborted)
	if silence > askTimeout {
		silence = min(silence, time.Since(e.heard()))
	}
	return silence
}

// hopeless reports whether an abort has waited for the server for long enough.
func (e *Engine) hopeless(t *ticket) bool { return e.silence(t) > 2*e.lease }

// asking returns the context of requests for an abort, which end when that is hopeless.
func (e *Engine) asking(t *ticket) (context.Context, context.CancelFunc) {
	left := max(askTimeout, 2*e.lease-e.silence(t))
	return context.WithTimeout(e.ctx, min(abortTimeout, left))
}
