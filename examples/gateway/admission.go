package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

// newPool returns the pool that all tenants share. Its workers are the calls that
// the backend gets at once, and a call that finds the queue full is refused.
func (s settings) newPool(observers ...millrace.PoolOption) *pool.Pool {
	return pool.New(append(observers,
		millrace.WithName("gateway"),
		millrace.WithWorkers(s.workers),
		millrace.WithQueue(s.queue),
		millrace.WithOverflow(millrace.Reject),
	)...)
}

// A tenant is a client whose calls are limited together.
type tenant struct {
	name  string
	group *pool.Group
	share int // of the queue, in calls
	rate  float64
}

// newTenants returns the tenants by their names. Each is a view of the pool with a
// rate of its own: a call that waits for it holds no slot, and holds back no
// other tenant's.
func (s settings) newTenants(p *pool.Pool) map[string]*tenant {
	all := make(map[string]*tenant, len(s.tenants))
	for _, name := range s.tenants {
		g := pool.NewGroup(context.Background(), p, millrace.WithRate(s.rate, s.burst), millrace.IgnoreErrors())
		all[name] = &tenant{name: name, group: g, share: max(1, s.queue/len(s.tenants)), rate: s.rate}
	}
	return all
}

// errShare is why a call is refused whose tenant has enough that wait.
var errShare = errors.New("too many calls of this tenant wait")

// admit returns an error if the tenant's share of the queue is full. It is no
// strict bound, as calls that come at the same time do not see each other; the
// queue is one.
func (t *tenant) admit() error {
	if t.group.Stats().Queued >= t.share {
		return errShare
	}
	return nil
}

// retryAfter returns when it makes sense to come back, in whole seconds: when the
// calls that wait now have been started.
func (t *tenant) retryAfter() string {
	wait := float64(t.group.Stats().Queued) / t.rate
	return fmt.Sprint(int(max(1, math.Ceil(wait))))
}

// Priorities of calls, by the header X-Priority.
var priorities = map[string]int{"high": 1, "": 0, "low": -1}

// call returns the options of a call.
func (s settings) call(t *tenant, priority int) []millrace.TaskOption {
	return append(s.wait(t, priority),
		millrace.WithTaskName("item"),
		millrace.WithTimeout(s.timeout),
		millrace.WithRetry(schedule(s.retries)),
	)
}

// wait returns the options that say how a call, or a stream, waits for its start.
func (s settings) wait(t *tenant, priority int) []millrace.TaskOption {
	return []millrace.TaskOption{
		millrace.WithFlow(t.name),
		millrace.WithPriority(priority),
		millrace.WithMaxWait(s.maxWait),
	}
}

// schedule returns when a call that has failed is tried again: n times, after
// pauses that grow. It is for one call, because its pauses are.
func schedule(n int) func(attempt int, err error) (time.Duration, bool) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = 20 * time.Millisecond
	pauses.MaxInterval = 500 * time.Millisecond
	return func(attempt int, err error) (time.Duration, bool) {
		if attempt > n || !transient(err) {
			return 0, false
		}
		return pauses.NextBackOff(), true
	}
}

// transient reports whether an attempt that failed so may succeed if it is made
// again.
func transient(err error) bool {
	return errors.Is(err, errUnavailable) || errors.Is(err, context.DeadlineExceeded)
}
