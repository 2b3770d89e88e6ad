package pool_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

var errEnough = errors.New("enough replicas have answered")

// readQuorum returns the first n answers. As soon as n are there, or can no longer be
// there, it ends the other reads.
func readQuorum(ctx context.Context, p *pool.Pool, replicas []func(context.Context) (string, error), n int) (answers []string, err error) {
	err = pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
		var reads []*future.Future[string]
		for _, read := range replicas {
			reads = append(reads, pool.Submit(ctx, g, read))
		}
		var errs []error
		for f := range future.AsCompleted(ctx, reads...) {
			answer, err := f.Await(ctx)
			if err != nil {
				errs = append(errs, err)
			} else {
				answers = append(answers, answer)
			}
			if len(answers) == n {
				g.Cancel(errEnough)
				return nil
			}
			if len(errs) > len(replicas)-n {
				return errors.Join(errs...) // which ends the others, too
			}
		}
		return context.Cause(ctx)
	}, millrace.IgnoreErrors()) // one replica that fails does not end the others
	return answers, err
}

// Two answers of three replicas are enough: the slowest read ends early.
func Example_quorum() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		p := pool.New()
		defer p.Close()

		replica := func(name string, takes time.Duration) func(context.Context) (string, error) {
			return func(ctx context.Context) (string, error) {
				select {
				case <-time.After(takes):
					return name, nil
				case <-ctx.Done():
					fmt.Println(name, "has ended:", context.Cause(ctx))
					return "", context.Cause(ctx)
				}
			}
		}
		down := func(context.Context) (string, error) { return "", errors.New("down") }
		a, b, c := replica("a", 30*time.Millisecond), replica("b", 20*time.Millisecond), replica("c", time.Hour)
		fmt.Println(readQuorum(t.Context(), p, []func(context.Context) (string, error){a, b, c}, 2))
		fmt.Println(readQuorum(t.Context(), p, []func(context.Context) (string, error){a, down, b}, 2))
		fmt.Println(readQuorum(t.Context(), p, []func(context.Context) (string, error){a, down, down}, 2))
	})
	// Output:
	// c has ended: enough replicas have answered
	// [b a] <nil>
	// [b a] <nil>
	// a has ended: down
	// down
	// [] down
	// down
}
