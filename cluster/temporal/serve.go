package temporal

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	sdk "go.temporal.io/sdk/temporal"
	sdkworker "go.temporal.io/sdk/worker"

	"github.com/millrace-go/millrace/cluster"
)

// pollers is how many calls a worker fetches at once. It is the same for all workers, so
// that a call which some of them do not know soon comes to one that does.
const pollers = 2

// forever is how long functions may go on when a worker ends.
const forever = 10 * 365 * 24 * time.Hour

// A worker is one Serve.
type worker struct {
	engine *Engine
	name   string
	room   *room
	accept func(cluster.Lease)

	doubtful chan struct{} // a place for the call that was started before and has just begun
}

// Serve implements cluster.Engine.
func (e *Engine) Serve(ctx context.Context, cfg cluster.Worker, accept func(cluster.Lease)) error {
	w := &worker{engine: e, name: cfg.Name, room: newRoom(pollers), accept: accept, doubtful: make(chan struct{}, 1)}
	tuner, err := w.room.tuner()
	if err != nil {
		return fmt.Errorf("temporal: %w", err)
	}
	fatal := make(chan error, 1)
	sw := sdkworker.New(e.client, e.cfg.Queue, sdkworker.Options{
		Identity:                         cfg.Name,
		Tuner:                            tuner,
		MaxConcurrentActivityTaskPollers: pollers,
		DisableWorkflowWorker:            true,
		DisableEagerActivities:           true,
		WorkerStopTimeout:                forever,
		OnFatalError: func(err error) {
			select {
			case fatal <- err:
			default:
			}
		},
	})
	sw.RegisterDynamicActivity(w.hold, activity.DynamicRegisterOptions{})
	if err := sw.Start(); err != nil {
		return fmt.Errorf("temporal: %w", err)
	}
	stop := sync.OnceFunc(sw.Stop)
	defer stop()
	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return fmt.Errorf("temporal: %w", err)
	}
}

// hold is the activity of all tasks: it accepts a call and holds its lease until the call
// is finished or given back. It is dynamic so that it gets whatever is in the queue: what
// is not a call fails, for good.
func (w *worker) hold(ctx context.Context, args converter.EncodedValues) ([]byte, error) {
	var b []byte
	var c cluster.Call
	if err := args.Get(&b); err != nil {
		return nil, refuse(err)
	}
	if err := c.UnmarshalBinary(b); err != nil {
		return nil, refuse(err)
	}
	l := w.lease(ctx, c)
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		w.accept(l)
		w.room.leave()
	}()
	b, err := l.hold()
	<-accepted
	return b, err
}

func refuse(err error) error {
	return sdk.NewNonRetryableApplicationError("not a call: "+err.Error(), "malformed", err)
}
