package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/litmus"
	"github.com/millrace-go/millrace/pool"
)

// Of two calls of Abort of a running task at the same time one has an effect.
func TestAbortsOfARunningTaskRace(t *testing.T) {
	for name, opts := range map[string][]millrace.TaskOption{
		"plain": nil,
		"tried": {millrace.WithRetry(func(int, error) (delay time.Duration, again bool) { return 0, true })},
	} {
		t.Run(name, func(t *testing.T) {
			p := pool.New(one)
			var f *intFuture
			litmus.OneWins(t, func() {
				started := make(chan struct{})
				f = pool.Submit(bg, p, func(ctx context.Context) (int, error) {
					close(started)
					return untilEnd(ctx)
				}, opts...)
				<-started
			}, func() bool { return f.Abort(errBoom) })
			p.Close()
		})
	}
}
