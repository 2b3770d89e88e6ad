package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// A Delivery describes the call that a function runs for, inside the function. If the
// function was called without a worker, the Delivery is zero: it has no id, its attempt
// is 0, and its reports are dropped.
type Delivery struct{ lease Lease }

type deliveryKey struct{}

// FromContext returns the call that the function with the context ctx runs for, or false
// if there is none. Items of a chunk share the call.
func FromContext(ctx context.Context) (Delivery, bool) {
	d, ok := ctx.Value(deliveryKey{}).(Delivery)
	return d, ok
}

// ID returns the id of the call: the one given with [WithID], or one that is unique in
// the queue. It is the same for each attempt: use it as a key that makes effects
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

// Report sends progress, as JSON, to the function of [OnProgress] of the submitter. It
// does not wait; the report may be lost. Each report is a message, so send at most a few
// a second. Report returns an error if the value cannot be encoded.
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
