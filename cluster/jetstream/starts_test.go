package jetstream_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/pool"
)

// A call that may run once does not run again if what was written of its start is no longer
// kept when its worker is missed.
func TestOnceForLongerThanKeep(t *testing.T) {
	t.Parallel() // it waits
	s := startServer(t)
	cfg := jetstream.Config{Queue: "once", Keep: 2 * time.Second, Lease: time.Second}
	e, dies := connect(t, s.URL(), cfg), connect(t, s.URL(), cfg)
	defer e.Close()
	began := make(chan struct{}, 2)
	once := cluster.Define("once", func(ctx context.Context, _ int) (int, error) {
		began <- struct{}{}
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}, cluster.Attempts(1))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	served := make(chan error, 1)
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
	defer p.Close()
	go func() { served <- cluster.Serve(ctx, dies, p, once) }()
	f := once.Submit(ctx, cluster.NewClient(e), 1)
	<-began
	time.Sleep(2 * cfg.Keep)
	_ = dies.Close()
	stop := startWorker(t, e, once)
	if _, err := f.Await(ctx); !errors.Is(err, cluster.ErrLost) {
		t.Errorf("Await = %v, want ErrLost", err)
	}
	if len(began) > 0 {
		t.Error("it ran a second time")
	}
	stop()
	if err := <-served; !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Serve of a closed engine = %v, want ErrClosed", err)
	}
}
