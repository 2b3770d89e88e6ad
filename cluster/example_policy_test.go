package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// With Retry an error ends one attempt and not the call. The delay doubles each time,
// and Attempts bounds how often the call is started.
func ExampleRetry() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		ctx, start := t.Context(), time.Now()
		flaky := cluster.Define("flaky", func(ctx context.Context, _ int) (string, error) {
			d, _ := cluster.FromContext(ctx)
			fmt.Println("attempt", d.Attempt(), "after", time.Since(start))
			return "", errors.New("backend is down")
		}, cluster.Retry(time.Second), cluster.Attempts(3))
		client, stop := serve(flaky)
		defer stop()

		_, err := flaky.Submit(ctx, client, 1).Await(ctx)
		var ce *cluster.Error
		fmt.Println(errors.As(err, &ce), ce.Text)
	})
	// Output:
	// attempt 1 after 0s
	// attempt 2 after 1s
	// attempt 3 after 3s
	// true backend is down
}

// With one attempt a call runs at most once: for effects that must not be repeated. If
// its worker dies, the call is lost, and its error says so.
func ExampleAttempts() {
	ctx := context.Background()
	charge := cluster.Define("charge", func(_ context.Context, cents int) (string, error) {
		return fmt.Sprint(cents, " cents"), nil
	}, cluster.Attempts(1))
	client, stop := serve(charge)
	defer stop()

	receipt, err := charge.Submit(ctx, client, 250).Await(ctx)
	if errors.Is(err, cluster.ErrLost) {
		fmt.Println("look whether it was charged")
	}
	fmt.Println(receipt, err)
	// Output: 250 cents <nil>
}

// The timeout is of one run, from its start on the worker.
func ExampleTimeout() {
	ctx := context.Background()
	slow := cluster.Define("slow", func(ctx context.Context, _ int) (int, error) {
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}, cluster.Timeout(time.Millisecond))
	client, stop := serve(slow)
	defer stop()

	_, err := slow.Submit(ctx, client, 1).Await(ctx)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

// Of the calls that wait in the queue those of the highest priority are served first.
func ExampleWithPriority() {
	ctx := context.Background()
	say := cluster.Define("say", func(_ context.Context, what string) (string, error) {
		fmt.Println(what)
		return what, nil
	})
	engine := local.New(nil) // nobody serves yet
	defer engine.Close()
	client := cluster.NewClient(engine)
	nightly := say.Submit(ctx, client, "nightly report", cluster.WithPriority(-1))
	request := say.Submit(ctx, client, "request")
	alarm := say.Submit(ctx, client, "alarm", cluster.WithPriority(1))

	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(0))
	defer p.Close()
	working, terminate := context.WithCancel(ctx)
	go func() { _ = cluster.Serve(working, engine, p, say) }()
	_, err := future.All(ctx, nightly, request, alarm)
	terminate()
	fmt.Println(err)
	// Output:
	// alarm
	// request
	// nightly report
	// <nil>
}

type tenantKey struct{}

// tenants carries the tenant of a request to the workers.
type tenants struct{}

func (tenants) Inject(ctx context.Context, header map[string]string) {
	if t, ok := ctx.Value(tenantKey{}).(string); ok {
		header["tenant"] = t
	}
}

func (tenants) Extract(ctx context.Context, header map[string]string) context.Context {
	return context.WithValue(ctx, tenantKey{}, header["tenant"])
}

// The values of a context do not travel. A propagator carries what should, most often a
// trace.
func ExamplePropagate() {
	greet := cluster.Define("greet", func(ctx context.Context, name string) (string, error) {
		return fmt.Sprint("hello ", name, " of ", ctx.Value(tenantKey{})), nil
	})
	p := pool.New(millrace.WithQueue(1))
	defer p.Close()
	engine := cluster.Propagate(local.New(nil), tenants{}) // on both sides
	defer engine.Close()
	working, terminate := context.WithCancel(context.Background())
	defer terminate()
	go func() { _ = cluster.Serve(working, engine, p, greet) }()

	ctx := context.WithValue(context.Background(), tenantKey{}, "acme")
	fmt.Println(greet.Submit(ctx, cluster.NewClient(engine), "Ada").Await(ctx))
	// Output: hello Ada of acme <nil>
}
