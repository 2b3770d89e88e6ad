package pool_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

var errNoCaller = errors.New("no caller is left")

// A shared value is made once, for all callers that want it at the same time. If all of
// them leave before it is there, making it ends.
type shared struct {
	pool *pool.Pool
	make func(context.Context) (string, error)

	mu      sync.Mutex
	call    *future.Future[string]
	callers int
}

func (s *shared) get(ctx context.Context) (string, error) {
	call := s.join(ctx)
	defer s.leave(call)
	return call.Await(ctx)
}

func (s *shared) join(ctx context.Context) *future.Future[string] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.call == nil {
		// The call may outlive its first caller, whose values it keeps.
		s.call, s.callers = pool.Submit(context.WithoutCancel(ctx), s.pool, s.make), 0
	}
	s.callers++
	return s.call
}

func (s *shared) leave(call *future.Future[string]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.call != call {
		return // it has settled
	}
	s.callers--
	if call.State().Settled() || s.callers == 0 {
		s.call = nil // the next caller begins anew
		call.Abort(errNoCaller)
	}
}

// A call that several callers wait for goes on until the last of them has left.
func Example_lastCaller() {
	synctest.Test(new(testing.T), func(t *testing.T) {
		p := pool.New()
		defer p.Close()
		start := time.Now()
		ended := make(chan error, 1)
		s := &shared{pool: p, make: func(ctx context.Context) (string, error) {
			<-ctx.Done() // it takes very long
			ended <- context.Cause(ctx)
			return "", context.Cause(ctx)
		}}
		for _, patience := range []time.Duration{time.Second, time.Minute} {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			go s.get(ctx)
		}
		fmt.Println(<-ended, "after", time.Since(start))
	})
	// Output: no caller is left after 1m0s
}
