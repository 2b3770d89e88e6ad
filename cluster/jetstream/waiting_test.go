package jetstream_test

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
)

// A server that does not answer is sent some of many calls. The others wait in the submitter, where an
// abort takes them back at once and for certain; those that are not aborted are sent later.
func TestCallsWaitForAnswers(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "wait", Lease: time.Hour})
	near := s.near()
	e, p := s.far(nats.PingInterval(time.Hour)) // nobody notices that the connection stands still
	c := cluster.NewClient(e)
	square.Submit(s.ctx, c, 0) // its outcomes are followed from now on
	s.when(near, func(s jetstream.Status) bool { return s.Queued == 1 })
	p.stall()
	const calls, sent, kept = 3000, jetstream.MaxCallsOut, 2500
	var fs []*future.Future[int]
	for n := range calls {
		fs = append(fs, square.Submit(s.ctx, c, n))
	}
	for _, f := range fs[sent:kept] {
		f.Abort(nil)
	}
	for n, f := range fs[sent:kept] {
		if _, err := f.Await(s.ctx); !errors.Is(err, cluster.ErrAborted) || f.State() != future.Cancelled {
			t.Fatalf("call %d is %v with %v, want Cancelled", sent+n, f.State(), err)
		}
	}
	s.when(near, func(s jetstream.Status) bool { return s.Queued >= sent })
	p.cut()
	stop := startWorker(t, near, square)
	defer stop()
	for n, f := range fs {
		if n >= sent && n < kept {
			continue
		}
		if v, err := f.Await(s.ctx); v != n*n || err != nil {
			t.Fatalf("call %d: %v, %v", n, v, err)
		}
	}
}

// A call that waits for long is looked after with one request, after a time that doubles.
func TestAuditsOfManyCalls(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "audits"})
	e := s.near()
	e.HoldAudits() // on a slow machine one could run beside those of the test
	c := cluster.NewClient(e)
	const calls = 20
	began := time.Now()
	for n := range calls {
		square.Submit(s.ctx, c, n)
	}
	for s.when(e, func(s jetstream.Status) bool { return s.Queued == calls }); e.Stored() < calls && s.ctx.Err() == nil; {
		time.Sleep(time.Millisecond)
	}
	traffic := s.listen("audits")
	at := time.Now()
	for _, test := range []struct {
		at    time.Time
		asked int // times, so far
	}{
		{began.Add(29 * time.Second), 0}, {at.Add(31 * time.Second), 1}, {at.Add(90 * time.Second), 1}, {at.Add(92 * time.Second), 2},
		{at.Add(213 * time.Second), 3}, {at.Add(454 * time.Second), 4}, {at.Add(693 * time.Second), 4}, {at.Add(695 * time.Second), 5},
	} {
		e.Audit(test.at)
		asked := 0
		for ok := true; ok; ok = asked < test.asked*calls && s.ctx.Err() == nil { // the last may be on its way to this listener
			asked = traffic("$JS.API.STREAM.MSG.GET.MR_audits_CALLS") + traffic("$JS.API.DIRECT.GET.MR_audits_")
		}
		if asked != test.asked*calls {
			t.Errorf("after %v the server was asked %d times for %d calls, want %d", test.at.Sub(began), asked, calls, test.asked*calls)
		}
	}
}

// A server that has too much to store says so: what it was sent is sent again later, and is not
// refused.
func TestBusyServerIsAskedAgain(t *testing.T) {
	const unavailable, tooMany, noRoom = 503, 429, 10023
	for _, test := range []struct {
		call        bool
		code, error int
		want        bool
	}{
		{true, tooMany, 10167, true}, {false, tooMany, 10167, true},
		{true, unavailable, noRoom, false}, {false, unavailable, noRoom, true},
		{true, unavailable, 10077, false}, {true, 400, 10071, false},
	} {
		if got := jetstream.SentAgain(test.call, test.code, test.error); got != test.want {
			t.Errorf("SentAgain(%v, %d, %d) = %v, want %v", test.call, test.code, test.error, got, test.want)
		}
	}
}

// An abort does not end as unsure because no other call was stored of late: of many calls that are aborted
// together, the last ones have their turn when leases are over, and a function may heed its context late.
func TestAbortOfStoredCallGoesOn(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "stored", Lease: 10 * time.Second})
	if e := s.near(); !e.Reaches(time.Now().Add(-time.Hour)) || e.Unsure() > 0 {
		t.Errorf("the abort gives up, and %d are unsure", e.Unsure())
	}
}
