package cluster_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A visits is an engine that hands a worker one call over and over, as one that other workers
// have given back often.
type visits struct {
	answers
	deliveries int
	ended      *cluster.Outcome
	after      time.Duration // from the first delivery
}

type visit struct {
	scriptLease
	e    *visits
	wait time.Duration
}

func (l *visit) Deliveries() int              { return l.e.deliveries }
func (l *visit) GiveBack(after time.Duration) { l.wait = after }
func (l *visit) Finish(o cluster.Outcome)     { l.e.ended = &o }

func (e *visits) Serve(_ context.Context, _ cluster.Worker, accept func(cluster.Lease)) error {
	for began := time.Now(); e.ended == nil; e.deliveries++ {
		l := &visit{scriptLease{nil, cluster.Call{ID: "a.1", Task: "other", Policy: cluster.Policy{Attempts: 1}}}, e, 0}
		accept(l)
		e.after = time.Since(began)
		time.Sleep(l.wait)
	}
	return nil
}

// A call that a worker does not know is tried elsewhere for seconds, however often it was delivered
// before: workers that ended may have given it back.
func TestUnknownAfterManyDeliveries(t *testing.T) {
	for _, deliveries := range []int{1, 6, 1000} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
			defer p.Close()
			e := &visits{deliveries: deliveries}
			if err := cluster.Serve(t.Context(), e, p, cluster.Define("double", double)); err != nil {
				t.Fatal(err)
			}
			if e.ended.Kind != cluster.Unknown || e.after < 3*time.Second || e.after > 5*time.Second {
				t.Errorf("after %d deliveries: %v after %v, want Unknown after about three seconds", deliveries, e.ended.Kind, e.after)
			}
		})
	}
}
