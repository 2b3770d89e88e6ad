package temporal

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	sdk "go.temporal.io/sdk/temporal"

	"github.com/millrace-go/millrace/cluster"
)

// newsDelay is the least time between two heartbeats, and from the delivery to the first:
// quick calls pay for none.
const newsDelay = 50 * time.Millisecond

// beatsPerLease is how often a lease is renewed: an abort is heard of after half a
// lease even if a heartbeat fails.
const beatsPerLease = 4

// hold renews the lease until the call is over, and returns what the activity comes to.
func (l *lease) hold() ([]byte, error) {
	defer l.cancel(nil)
	timer := time.NewTimer(l.length / beatsPerLease)
	defer timer.Stop()
	last := time.Now()
	for {
		select {
		case <-l.over:
			return l.end()
		case <-l.hurry:
			timer.Reset(time.Until(last.Add(newsDelay)))
		case <-timer.C:
			last = time.Now()
			l.beat()
			timer.Reset(l.length / beatsPerLease)
		}
	}
}

// beat sends a heartbeat, and ends the lease's context if that is over. A worker judges
// its lease by its own last heartbeat, since it may have been stopped without any
// connection being lost. It reports whether the server has answered.
func (l *lease) beat() bool {
	if l.lost() {
		return false
	}
	sent, err := l.sendRecord()
	answered := !uncertain(err)
	if answered {
		l.beaten = sent
	}
	l.heard(err)
	l.lost()
	return answered
}

// lost ends the lease's context if the lease has run out.
func (l *lease) lost() bool {
	if time.Since(l.beaten) < l.length {
		return false
	}
	l.cancel(cluster.ErrLeaseLost)
	return true
}

// sendRecord sends what there is to tell, and returns when it did.
func (l *lease) sendRecord() (sent time.Time, err error) {
	l.sending.Lock()
	defer l.sending.Unlock()
	l.mu.Lock()
	r := l.mu.record
	l.mu.Unlock()
	return time.Now(), l.send(r)
}

func (l *lease) send(r record) error {
	ctx, cancel := context.WithTimeout(l.engine.ctx, l.length/beatsPerLease)
	defer cancel()
	return l.engine.client.RecordActivityHeartbeat(ctx, l.token, r)
}

// heard deals with the answer to a heartbeat.
func (l *lease) heard(err error) {
	var (
		cancelled *sdk.CanceledError
		gone      *serviceerror.NotFound
	)
	switch {
	case errors.As(err, &cancelled):
		l.cancel(cluster.AbortError("by the submitter, or an operator of the server"))
	case errors.As(err, &gone), errors.Is(err, activity.ErrActivityReset):
		l.cancel(cluster.ErrLeaseLost) // another has it, or it was ended
	}
}
