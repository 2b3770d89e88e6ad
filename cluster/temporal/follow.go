package temporal

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/temporal"

	"github.com/millrace-go/millrace/cluster"
)

// follow waits for the outcome of a call and tells it.
func (k *call) follow() {
	defer k.cancel()
	for {
		o, err := k.get()
		if k.ctx.Err() != nil {
			return // detached, or given up on
		}
		if err == nil {
			k.settle(o)
			return
		}
		if !pause(k.ctx) {
			return
		}
	}
}

// get waits for the outcome. It returns an error if the server cannot say now. The outcome of
// the function, also its error, is the result of the activity; a failure of the activity is
// the server's.
func (k *call) get() (o cluster.Outcome, err error) {
	var b []byte
	coming := k.isComing() // before it is asked for: it may come in between
	err = k.handle().Get(k.ctx, &b)
	if err == nil {
		if err := o.UnmarshalBinary(b); err != nil || !o.Kind.Final() {
			return failed(cluster.Failed, "the outcome that is stored is not one of this package"), nil
		}
		return o, nil
	}
	var (
		cancelled *sdk.CanceledError
		back      *sdk.ApplicationError
		timeout   *sdk.TimeoutError
		unknown   *serviceerror.NotFound
	)
	switch {
	case errors.As(err, &cancelled):
		return k.taken()
	case errors.As(err, &back) && back.Type() == givenBack: // and not retried: it was aborted
		return k.taken()
	case errors.As(err, &timeout) && k.cause() != "":
		return failed(cluster.Aborted, k.cause(), cluster.ErrAborted), nil
	case errors.As(err, &timeout):
		return failed(cluster.Lost, err.Error()), nil
	case errors.As(err, &unknown) && coming:
		return o, err
	case errors.As(err, &unknown):
		return failed(cluster.Missing, "no call of this id is queued, runs or has ended"), nil
	case uncertain(err):
		return o, err
	}
	return failed(cluster.Failed, err.Error()), nil
}

// taken returns the outcome of a call that the server has ended itself: it was aborted while
// no worker had it, or its worker died or gave it back.
func (k *call) taken() (cluster.Outcome, error) {
	d, r, err := k.describe()
	if err != nil {
		return cluster.Outcome{}, err
	}
	cause := d.CanceledReason
	if cause == "" {
		cause = "by the submitter, or an operator of the server"
	}
	o := failed(cluster.Aborted, cause, cluster.ErrAborted)
	// A call that no worker has had "was started" at the beginning of Unix time.
	if d.LastStartedTime.IsZero() || d.LastStartedTime.Unix() == 0 || d.HasHeartbeatDetails() && r.Starts == 0 {
		o.Kind = cluster.NeverRan
	}
	return o, nil
}

// describe returns what the server knows of a call, and what its worker has written.
func (k *call) describe() (*client.ActivityExecutionDescription, record, error) {
	ctx, cancel := context.WithTimeout(k.ctx, requestTimeout)
	defer cancel()
	var r record
	d, err := k.handle().Describe(ctx, client.DescribeActivityOptions{IncludeHeartbeatDetails: true})
	if err == nil && d.HasHeartbeatDetails() {
		err = d.GetHeartbeatDetails(&r)
	}
	return d, r, err
}

func failed(kind cluster.Kind, text string, is ...error) cluster.Outcome {
	return cluster.Outcome{Kind: kind, Fault: cluster.NewFault(text, is...)}
}
