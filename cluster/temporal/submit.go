package temporal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/temporal"
	"google.golang.org/grpc/codes"

	"github.com/millrace-go/millrace/cluster"
)

// maxMessage is how large a call or an outcome may be: servers take 2 MiB by default,
// with what is around it.
const maxMessage = 2<<20 - 8<<10

// requestTimeout bounds one request. What was not answered is asked again.
const requestTimeout = 10 * time.Second

// activityType is the type of the activities of all tasks.
const activityType = "millrace"

// Start implements cluster.Engine.
func (e *Engine) Start(ctx context.Context, c cluster.Call, done func(cluster.Outcome)) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	b, err := c.MarshalBinary()
	if err != nil {
		return err
	}
	if len(b) > maxMessage {
		return fmt.Errorf("%w: %d bytes, at most %d", cluster.ErrTooLarge, len(b), maxMessage)
	}
	k := e.open(c.ID, done)
	if k == nil {
		return cluster.ErrClosed
	}
	err = k.submit(c, b)
	switch {
	case err == nil:
		close(k.submitted)
		e.run(k.follow)
	case uncertain(err): // the server may have it
		e.run(func() { k.insist(c, b) })
	default:
		k.drop()
		return fmt.Errorf("temporal: %w", err)
	}
	e.watch.add(k)
	return nil
}

// submit gives the call to the server. It may be repeated: of the calls with one id the server
// takes one. The context of Submit must not end the request: then it would not be known
// whether the server has the call.
func (k *call) submit(c cluster.Call, message []byte) error {
	ctx, cancel := context.WithTimeout(k.ctx, requestTimeout)
	defer cancel()
	cfg := &k.engine.cfg
	_, err := k.engine.client.ExecuteActivity(ctx, client.StartActivityOptions{
		ID:                       cfg.activityID(c.ID),
		TaskQueue:                cfg.Queue,
		StartToCloseTimeout:      cfg.Longest,
		HeartbeatTimeout:         cfg.Lease,
		Summary:                  summary(c.Task),
		ActivityIDConflictPolicy: enums.ACTIVITY_ID_CONFLICT_POLICY_USE_EXISTING,
		ActivityIDReusePolicy:    enums.ACTIVITY_ID_REUSE_POLICY_REJECT_DUPLICATE,
		Priority:                 sdk.Priority{PriorityKey: 3 - 2*c.Priority},
		// Workers count the starts, since the server counts deliveries that were given
		// back too.
		RetryPolicy: &sdk.RetryPolicy{InitialInterval: 10 * time.Millisecond, BackoffCoefficient: 1},
	}, activityType, message)
	var exists *serviceerror.ActivityExecutionAlreadyStarted
	if errors.As(err, &exists) {
		return nil // it has ended, and its outcome is there
	}
	return err
}

// maxSummary is how long the text may be that the server shows beside an activity.
const maxSummary = 200

// summary is the task's name, since the type of all activities is the same.
func summary(task string) string {
	return strings.ToValidUTF8(task[:min(len(task), maxSummary)], "")
}

// insist gives the call to a server that has not answered.
func (k *call) insist(c cluster.Call, message []byte) {
	for pause(k.ctx) {
		err := k.submit(c, message)
		switch {
		case err == nil:
			close(k.submitted)
			k.follow()
			return
		case !uncertain(err): // an earlier request may have been taken, and the call have begun
			close(k.submitted)
			k.settle(cluster.Outcome{Kind: cluster.Failed, Fault: cluster.NewFault(err.Error(), cluster.ErrUnsure)})
			return
		}
	}
}

// Join implements cluster.Engine.
func (e *Engine) Join(_ context.Context, id string, done func(cluster.Outcome)) error {
	k := e.open(id, done)
	if k == nil {
		return cluster.ErrClosed
	}
	close(k.submitted)
	e.run(k.follow)
	e.watch.add(k)
	return nil
}

// uncertain reports whether a request that ended with err may have been carried out, or
// may be if it is tried again.
func uncertain(err error) bool {
	switch serviceerror.ToStatus(err).Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.ResourceExhausted, codes.Aborted, codes.Internal:
		return true
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
