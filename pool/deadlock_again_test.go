package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

// oneByOne are the waits that take futures one by one. body is called after each.
var oneByOne = map[string]func(ctx context.Context, body func(), fs ...*intFuture){
	"AsCompleted": func(ctx context.Context, body func(), fs ...*intFuture) {
		for range future.AsCompleted(ctx, fs...) {
			body()
		}
	},
	"Set.All": func(ctx context.Context, body func(), fs ...*intFuture) {
		for range future.NewSet(fs...).All(ctx) {
			body()
		}
	},
}

// A task that takes futures one by one waits for the last of them, though one has settled
// between two of its waits and was taken without waiting: a wait for the task closes a cycle.
func TestDeadlockOfNextWait(t *testing.T) {
	for name, take := range oneByOne {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New()
			after := func(d time.Duration) *intFuture {
				return pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(d); return 1, nil })
			}
			var parent *intFuture
			known := make(chan struct{})
			last := pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				<-known
				time.Sleep(time.Minute)
				ctx, cancel := context.WithTimeout(ctx, time.Hour)
				defer cancel()
				return parent.Await(ctx)
			})
			fs := []*intFuture{after(time.Second), after(2 * time.Second), last}
			parent = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
				take(ctx, func() { time.Sleep(5 * time.Second) }, fs...)
				return 1, nil
			})
			close(known)
			_, err := last.Await(bg)
			wantIs(t, name+": the wait for the task", err, future.ErrDeadlock)
			wantValue(t, name+": the task", parent, 1)
			p.Close()
		})
	}
}

// The same in a member, with a context that the end of its group does not end: the task that waits for
// the group goes on, and the wait of the member ends.
func TestDeadlockOfNextWaitOfMember(t *testing.T) {
	for name, take := range oneByOne {
		bubble.Run(t, func(t *testing.T) {
			p := pool.New(millrace.WithWorkers(4))
			after := func(d time.Duration) *intFuture {
				return pool.Submit(bg, p, func(context.Context) (int, error) { time.Sleep(d); return 1, nil })
			}
			fs := []*intFuture{after(time.Second), after(2 * time.Second)}
			parent := knowing(p, func(ctx context.Context, self *intFuture) (int, error) {
				return 0, pool.Scope(ctx, p, func(ctx context.Context, g *pool.Group) error {
					pool.Go(ctx, g, func(ctx context.Context) error {
						take(context.WithoutCancel(ctx), func() { time.Sleep(5 * time.Second) }, append(fs, self)...)
						return nil
					})
					time.Sleep(time.Minute) // the member waits for the last
					return nil
				})
			})
			_, err := parent.Await(bg)
			wantIs(t, name+": the task that waits for the group", err, future.ErrDeadlock)
			p.Close()
		})
	}
}
