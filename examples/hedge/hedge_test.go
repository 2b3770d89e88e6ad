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
	"github.com/millrace-go/millrace/pool"
)

// attempts are what a first and a second attempt do: after how long, with which
// error.
type attempts [2]struct {
	after time.Duration
	err   error
}

// The attempt that succeeds first wins; the other one is ended, or never starts.
func TestHedged(t *testing.T) {
	boom, bang := errors.New("boom"), errors.New("bang")
	for _, c := range []struct {
		name   string
		do     attempts
		want   int // which attempt wins, 0: none
		took   time.Duration
		begun  int64
		joined error // how the loser ended, if it began
	}{
		{"first in time", attempts{{after: 5 * time.Second}, {}}, 1, 5 * time.Second, 1, nil},
		{"second faster", attempts{{after: time.Hour}, {after: time.Second}}, 2, 11 * time.Second, 2, errLost},
		{"first faster in the end", attempts{{after: 12 * time.Second}, {after: time.Hour}}, 1, 12 * time.Second, 2, errLost},
		{"first fails", attempts{{time.Second, boom}, {after: time.Second}}, 2, 11 * time.Second, 2, nil},
		{"both fail", attempts{{time.Second, boom}, {time.Second, bang}}, 0, 11 * time.Second, 2, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := pool.New(millrace.WithWorkers(2))
				defer p.Close()
				var begun atomic.Int64
				var joined error
				begin := time.Now()
				got, err := hedged(t.Context(), p, 10*time.Second, func(ctx context.Context, n int) (int, error) {
					begun.Add(1)
					select {
					case <-time.After(c.do[n-1].after):
						return n, c.do[n-1].err
					case <-ctx.Done():
						joined = context.Cause(ctx)
						return 0, joined
					}
				})
				if took := time.Since(begin); took != c.took || begun.Load() != c.begun || !errors.Is(joined, c.joined) {
					t.Errorf("hedged took %v with %d attempts, and the loser ended with %v, want %v, %d, %v", took, begun.Load(), joined, c.took, c.begun, c.joined)
				}
				switch {
				case c.want > 0 && (got != c.want || err != nil):
					t.Errorf("hedged = %d, %v, want %d", got, err, c.want)
				case c.want == 0 && !(errors.Is(err, boom) && errors.Is(err, bang)):
					t.Errorf("hedged = %d, %v, want both errors", got, err)
				}
				if s := p.Stats(); s.Running+s.Queued+s.Waiting+s.Deferred != 0 {
					t.Errorf("hedged has left %+v", s)
				}
			})
		})
	}
}

// The end of the context ends both.
func TestHedgedEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool.New()
		defer p.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := hedged(ctx, p, time.Second, func(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("hedged = %v, want %v", err, context.DeadlineExceeded)
		}
	})
}

// Hedging makes the slow requests fast, for a few calls more.
func TestProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config{requests: 500, shards: 10, slow: 0.02, after: 20 * time.Millisecond}
		plain, hedged := &backend{slow: c.slow}, &backend{slow: c.slow}
		slow, err := measure(t.Context(), c, plain, false)
		fast, err2 := measure(t.Context(), c, hedged, true)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		p90 := 450
		if slow[p90] < 500*time.Millisecond || fast[p90] > 40*time.Millisecond {
			t.Errorf("nine in ten requests take up to %v, and %v with hedging, want half a second and some milliseconds", slow[p90], fast[p90])
		}
		if more := hedged.calls.Load() - plain.calls.Load(); plain.calls.Load() != 5000 || more < 1 || more > 500 {
			t.Errorf("%d calls, and %d more with hedging, want 5000 and a few", plain.calls.Load(), more)
		}
	})
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"-requests", "5"}, &out, &errs); strings.Count(out.String(), "\n") != 3 || status != console.OK {
		t.Errorf("hedge = %q, %q, %d, want a table of two lines", out.String(), errs.String(), status)
	}
	for _, args := range []string{"-requests 0", "-shards 0", "-slow 2", "-slow NaN", "-after 0s", "more", "-nonsense"} {
		var out, errs bytes.Buffer
		if status := run(t.Context(), strings.Fields(args), &out, &errs); status != console.Usage || errs.Len() == 0 {
			t.Errorf("hedge %s = %d, %q, want %d", args, status, errs.String(), console.Usage)
		}
	}
}
