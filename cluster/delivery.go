package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// A Delivery is the call that a function runs for. The zero value is that of a function
// which no worker has called: it has no id, is attempt 0, and its reports go nowhere.
type Delivery struct{ lease Lease }

type deliveryKey struct{}

// FromContext returns the call that a function runs for, by its context; false if ctx
// is not that of a call. Items of a chunk share the call.
func FromContext(ctx context.Context) (Delivery, bool) {
	d, ok := ctx.Value(deliveryKey{}).(Delivery)
	return d, ok
}

// ID returns the id of the call: the one given with [WithID], or one that is unique in
// the queue. It is the same for each attempt, and so a key for making effects
// idempotent.
func (d Delivery) ID() string {
	if d.lease == nil {
		return ""
	}
	return strings.TrimPrefix(d.lease.Call().ID, named)
}

// Attempt returns which start of the call this is, from 1.
func (d Delivery) Attempt() int {
	if d.lease == nil {
		return 0
	}
	return d.lease.Attempt()
}

// Report sends progress, as JSON, to the function of [OnProgress] at the submitter.
// It does not wait; the report may be lost. Each one is a message: a few a second are
// plenty. It returns an error if the value cannot be encoded.
func (d Delivery) Report(progress any) error {
	b, err := json.Marshal(progress)
	if err != nil {
		return fmt.Errorf("cluster: Report: %w", err)
	}
	if d.lease != nil {
		d.lease.Report(b)
	}
	return nil
}
