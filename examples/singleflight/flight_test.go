package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/examples/internal/console"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A backend counts its calls, each of which takes a second.
type backend struct{ calls atomic.Int64 }

func (b *backend) get(ctx context.Context, key string) (string, error) {
	b.calls.Add(1)
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if key == "broken" {
		return "", errors.New("broken")
	}
	return key + "!", nil
}

// Callers that come while a call is under way get its outcome; one that comes
// later makes a new one.
func TestShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(2))
		defer p.Close()
		var b backend
		flight := NewFlight(p, b.get)
		for round := range 2 {
			var fs []*future.Future[string]
			for range 100 {
				fs = append(fs, future.Go(t.Context(), func(ctx context.Context) (string, error) { return flight.Get(ctx, "a") }))
			}
			values, err := future.All(t.Context(), fs...)
			if err != nil || values[0] != "a!" || values[99] != "a!" {
				t.Errorf("Get = %q, %v, want a! for all", values, err)
			}
			synctest.Wait()
			if got := b.calls.Load(); got != int64(round+1) {
				t.Errorf("%d calls after round %d, want one a round", got, round)
			}
		}
	})
}

// Different keys do not wait for each other, and an error is everybody's.
func TestKeysAndErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(2))
		defer p.Close()
		var b backend
		flight := NewFlight(p, b.get)
		begin := time.Now()
		good := future.Go(t.Context(), func(ctx context.Context) (string, error) { return flight.Get(ctx, "a") })
		bad := future.Go(t.Context(), func(ctx context.Context) (string, error) { return flight.Get(ctx, "broken") })
		if v, err := good.Await(t.Context()); v != "a!" || err != nil {
			t.Errorf("Get(a) = %q, %v", v, err)
		}
		if _, err := bad.Await(t.Context()); err == nil || err.Error() != "broken" {
			t.Errorf("Get(broken) = %v", err)
		}
		if d := time.Since(begin); d != time.Second {
			t.Errorf("two keys took %v, want 1s", d)
		}
	})
}

// The caller who made a call may go away; the others get its outcome.
func TestFirstCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool.New(millrace.WithWorkers(1))
		defer p.Close()
		var b backend
		flight := NewFlight(p, b.get)
		impatient, cancel := context.WithCancel(t.Context())
		first := future.Go(t.Context(), func(context.Context) (string, error) { return flight.Get(impatient, "a") })
		synctest.Wait()
		second := future.Go(t.Context(), func(ctx context.Context) (string, error) { return flight.Get(ctx, "a") })
		synctest.Wait()
		cancel()
		if _, err := first.Await(t.Context()); !errors.Is(err, future.ErrNotDone) {
			t.Errorf("the one who left got %v, want %v", err, future.ErrNotDone)
		}
		if v, err := second.Await(t.Context()); v != "a!" || err != nil || b.calls.Load() != 1 {
			t.Errorf("the other got %q, %v after %d calls, want the outcome of the one", v, err, b.calls.Load())
		}
	})
}

// A call that the pool refuses is not kept: nobody waits for it later.
func TestClosed(t *testing.T) {
	p := pool.New()
	p.Close()
	var b backend
	flight := NewFlight(p, b.get)
	for range 2 {
		if _, err := flight.Get(t.Context(), "a"); !errors.Is(err, pool.ErrClosed) {
			t.Errorf("Get = %v, want %v", err, pool.ErrClosed)
		}
	}
	if n := len(flight.mu.calls); n != 0 {
		t.Errorf("%d calls are kept, want none", n)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	status := run(ctx, nil, &out, &errs)
	if out.Len() != 0 || errs.String() != "singleflight: context canceled\n" || status != console.Interrupted {
		t.Errorf("singleflight = %q, %q, %d, want %d", out.String(), errs.String(), status, console.Interrupted)
	}
}

func TestProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, errs bytes.Buffer
		status := run(t.Context(), nil, &out, &errs)
		if out.String() != "10 calls made, for 1000 callers\n" || errs.Len() != 0 || status != console.OK {
			t.Errorf("singleflight = %q, %q, %d", out.String(), errs.String(), status)
		}
	})
	for _, args := range []string{"-callers 0", "-keys 0", "more", "-nonsense"} {
		var out, errs bytes.Buffer
		if status := run(t.Context(), strings.Fields(args), &out, &errs); status != console.Usage || errs.Len() == 0 {
			t.Errorf("singleflight %s = %d, %q, want %d", args, status, errs.String(), console.Usage)
		}
	}
}
