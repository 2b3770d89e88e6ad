package jetstream_test

import (
	"math"
	"testing"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
)

// A queue whose bounds are as large as can be works as any other, and its calls can be taken back.
func TestLargestBounds(t *testing.T) {
	t.Parallel()
	url := startServer(t).URL()
	for name, cfg := range map[string]jetstream.Config{
		"lease": {Lease: math.MaxInt64}, "half": {Lease: math.MaxInt64 / 2}, "keep": {Keep: math.MaxInt64}, "calls": {MaxCalls: math.MaxInt64},
		"all": {Lease: math.MaxInt64, Keep: math.MaxInt64, MaxCalls: math.MaxInt64},
	} {
		cfg.Queue = name
		s := siteOn(t, url, cfg)
		e := s.near()
		e.AwaitVotes()
		e.AwaitAnswers()
		c := cluster.NewClient(e)
		for kind, opts := range map[string][]cluster.CallOption{"plain": nil, "named": {cluster.WithID("one")}} {
			f := square.Submit(s.ctx, c, 2, opts...)
			s.when(e, func(s jetstream.Status) bool { return s.Queued == 1 })
			f.Abort(nil)
			if _, err := f.Await(s.ctx); f.State() != future.Cancelled {
				t.Fatalf("%s: a %s call that is aborted: %v in state %v, want Cancelled", name, kind, err, f.State())
			}
			s.when(e, idle)
		}
		stop := startWorker(t, e, square)
		if v, err := square.Submit(s.ctx, c, 3).Await(s.ctx); v != 9 || err != nil {
			t.Errorf("%s: Await = %v, %v, want 9", name, v, err)
		}
		stop()
	}
}
