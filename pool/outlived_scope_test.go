package pool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// A task that outlives the task that has submitted it, and the member of a group above that, may
// still submit with a context that is derived from its own, which has ended. The pool has forgotten
// those by then, and may use what it knew of them for others. A function of Join may do that, too.
func TestSubmitBelowTasksThatHaveReturned(t *testing.T) {
	for _, joins := range []bool{false, true} {
		submitBelowTasksThatHaveReturned(t, joins)
	}
}

func submitBelowTasksThatHaveReturned(t *testing.T, joins bool) {
	for name, between := range map[string]func(p *pool.Pool){
		"nothing": func(*pool.Pool) {},
		"other groups": func(p *pool.Pool) {
			for range 5 {
				g := pool.NewGroup(bg, p)
				pool.Go(bg, g, func(ctx context.Context) error {
					pool.Go(ctx, p, func(ctx context.Context) error {
						_, err := pool.Submit(ctx, p, nop).Await(ctx)
						return err
					}).Await(ctx)
					return errBoom
				})
				g.Wait()
			}
		},
	} {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(4))
			g := pool.NewGroup(bg, p)
			running, gate := make(chan struct{}), make(chan struct{})
			var last *future.Future[struct{}]
			var below *future.Future[int]
			pool.Go(bg, g, func(ctx context.Context) error {
				_, err := pool.Go(ctx, p, func(ctx context.Context) error {
					body := func(ctx context.Context) (int, error) {
						close(running)
						<-gate
						derived, cancel := context.WithCancel(ctx)
						defer cancel()
						below = pool.Submit(derived, p, nop)
						return 0, nil
					}
					last = pool.Go(ctx, p, func(ctx context.Context) error {
						if !joins {
							_, err := body(ctx)
							return err
						}
						_, _, err := pool.Join(ctx, p, body, func(context.Context) (int, error) {
							<-running // so another worker runs body
							return 0, nil
						})
						return err
					})
					<-running
					return nil
				}).Await(ctx)
				return err
			})
			if err := g.Wait(); err != nil {
				t.Error(err)
			}
			between(p)
			close(gate)
			if _, err := last.Await(bg); err != nil {
				t.Fatalf("%s: the task that outlived the others: %+v", name, err)
			}
			wantNeverRan(t, name, below, future.ErrTaskEnded)
			p.Close()
		})
	}
}

// A Join that outlives its task, and the member that has submitted this, ends because they have
// returned. Another group, whose member runs by then where they did, is no reason.
func TestJoinBelowTasksThatHaveReturned(t *testing.T) {
	bubble.Run(t, func(t *testing.T) {
		p := pool.New(two)
		g, other := pool.NewGroup(bg, p), pool.NewGroup(bg, p)
		running, release := make(chan struct{}), make(chan struct{})
		endTask, endMember, endBlocker := make(chan struct{}), make(chan struct{}), make(chan struct{})
		joined := make(chan error, 1)
		pool.Go(bg, g, func(ctx context.Context) error {
			pool.Go(ctx, p, func(ctx context.Context) error {
				go func() {
					_, _, err := pool.Join(ctx, p, nop, func(context.Context) (int, error) {
						close(running)
						<-release
						return 1, nil
					})
					joined <- err
				}()
				<-endTask
				return nil
			})
			<-endMember
			return nil
		})
		<-running // and no worker is free for the other function
		ahead := millrace.WithPriority(1)
		pool.Submit(bg, p, waitsFor(endBlocker), ahead)
		var child *intFuture
		pool.Go(bg, other, func(ctx context.Context) error {
			child = pool.Submit(ctx, p, nop)
			<-release
			return nil
		}, ahead)
		close(endTask)
		synctest.Wait()
		close(endMember)
		synctest.Wait()
		other.Cancel(errBoom)
		close(endBlocker) // its worker comes to the function of Join
		synctest.Wait()
		wantNeverRan(t, "a child of the other group's member", child, errBoom)
		close(release)
		err := <-joined
		wantIs(t, "Join()", err, future.ErrCancelled, future.ErrTaskEnded)
		if errors.Is(err, errBoom) {
			t.Errorf("Join() = %v, want nothing of another group", err)
		}
		p.Close()
	})
}
