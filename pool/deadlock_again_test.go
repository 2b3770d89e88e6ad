package pool_test

import (
	"context"
	"testing"
	"time"

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
