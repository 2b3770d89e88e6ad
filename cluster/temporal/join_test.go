//go:build unix

package temporal_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/temporal"
	"github.com/millrace-go/millrace/pool"
)

// A call that was submitted here is there, also if the server has not got it yet.
func TestJoinBeforeServerHasCall(t *testing.T) {
	s := startServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var held atomic.Bool
	held.Store(true)
	asked := make(chan string, 1)
	e, err := temporal.Connect(ctx, temporal.Config{Queue: "early", Lease: lease, Client: client.Options{
		HostPort: s.address, Namespace: s.namespace,
		ConnectionOptions: client.ConnectionOptions{DialOptions: []grpc.DialOption{grpc.WithUnaryInterceptor(
			func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
				if held.Load() && strings.HasSuffix(method, "/StartActivityExecution") {
					<-ctx.Done() // not tried again at once, as what the server refuses is
					return status.FromContextError(ctx.Err()).Err()
				}
				err := invoke(ctx, method, req, reply, cc, opts...)
				if strings.HasSuffix(method, "/PollActivityExecution") && serviceerror.ToStatus(err).Code() == codes.NotFound {
					select {
					case asked <- method:
					default:
					}
				}
				return err
			})}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	square := cluster.Define("square", func(_ context.Context, n int) (int, error) { return n * n, nil })
	c := cluster.NewClient(e)
	first := square.Submit(ctx, c, 3, cluster.WithID("one")) // returns when the request was given up
	joined := square.Join(ctx, c, "one")
	select {
	case <-asked:
	case <-ctx.Done():
		t.Fatal("the server is not asked for the call")
	}
	held.Store(false)
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
	serving, end := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- cluster.Serve(serving, e, p, square) }()
	defer func() { end(); <-served; _ = p.Close() }()
	if v, err := first.Await(ctx); v != 9 || err != nil {
		t.Errorf("submitted = %v, %v, want 9", v, err)
	}
	if v, err := joined.Await(ctx); v != 9 || err != nil {
		t.Errorf("joined = %v, %v, want 9", v, err)
	}
}
