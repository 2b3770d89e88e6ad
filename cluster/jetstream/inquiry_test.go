package jetstream_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/future"
)

// What a worker says after the end of a round is a sign of life: the call is not Unsure, for however long
// that goes on.
func TestLateAnswersToAborts(t *testing.T) {
	t.Parallel() // it takes longer than a lease
	const lease = 6 * time.Second
	s := newSite(t, jetstream.Config{Queue: "late", Lease: lease})
	near := s.near()
	f := s.handOut(near, "MR_late_CALLS", 1)[0]
	if _, err := s.js().Publish(s.ctx, "mr.late.w.slow", []byte(`{"Name":"slow"}`)); err != nil {
		t.Fatal(err)
	}
	nc := dial(t, s.url) // of the worker, which is so slow that it answers each question when the next one comes
	questions, err := nc.SubscribeSync("mr.late.d")
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	f.Abort(nil)
	var before *nats.Msg
	for time.Since(began) < lease+2*time.Second && !f.State().Settled() { // it would be Unsure after a lease
		m, err := questions.NextMsg(100 * time.Millisecond)
		switch {
		case err != nil:
			continue
		case before != nil:
			if err := before.Respond([]byte(`{"Worker":"mr.late.w.slow","Holds":[0]}`)); err != nil {
				t.Fatal(err)
			}
		}
		before = m
	}
	var asked []struct{ Key string }
	if before == nil || json.Unmarshal(before.Data, &asked) != nil {
		t.Fatalf("no worker is asked: %v", before)
	}
	ended := cluster.Outcome{ID: asked[0].Key, Kind: cluster.Aborted, Fault: cluster.NewFault("as wanted", cluster.ErrAborted)}
	b, err := ended.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.js().Publish(s.ctx, "mr.late.r."+asked[0].Key, b); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Await(s.ctx); errors.Is(err, cluster.ErrUnsure) || !errors.Is(err, cluster.ErrAborted) || f.State() != future.Failed {
		t.Errorf("Await = %v in state %v, want that its worker has ended it", err, f.State())
	}
}

// A server that is long at storing calls, and says of one after the other that it has, is waited for:
// the abort of a call of which it has not said so yet does not end as Unsure.
func TestAbortBesideBusyServer(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "busy", Lease: time.Hour})
	e := s.near()
	aborted := time.Now().Add(-5 * time.Hour) // four leases are over
	if !e.GivesUp(aborted) {
		t.Error("an abort waits for a server that has said nothing of any call")
	}
	square.Submit(s.ctx, cluster.NewClient(e), 1)
	for !e.HasHeard() && s.ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	if e.GivesUp(aborted) {
		t.Error("an abort gives up on a server that has just stored another call")
	}
}

// While the server says of other calls that they are stored, a call is not soon sent again.
func TestBusyServerIsSentCallsOnce(t *testing.T) {
	for _, test := range []struct {
		sent, heard time.Duration
		want        bool
	}{
		{time.Second, time.Hour, false}, {3 * time.Second, time.Hour, true},
		{3 * time.Second, time.Second, false}, {9 * time.Second, time.Second, false},
		{9 * time.Second, 3 * time.Second, true}, {time.Minute, 0, true},
	} {
		if got := jetstream.SentTwice(test.sent, test.heard); got != test.want {
			t.Errorf("sent %v ago, the server heard %v ago: sent again is %v, want %v", test.sent, test.heard, got, test.want)
		}
	}
}

// A server is not out of reach because nobody has asked it for long, and it is late once.
func TestSilenceIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "silence"})
	e, p := s.far()
	aborted := time.Now().Add(-time.Hour)
	d := e.Silence(aborted)
	for d > 0 && s.ctx.Err() == nil { // on a busy machine it may be late several times
		d = e.Silence(aborted)
	}
	if d > 0 {
		t.Errorf("a server that answers is silent for %v", d)
	}
	p.stall()
	for d == 0 && s.ctx.Err() == nil {
		d = e.Silence(aborted)
	}
	if d > time.Minute {
		t.Errorf("a server that has been asked once is silent for %v", d)
	}
}

// That this process stood still, while it waited for the answer or after it had asked, is no silence of the server.
func TestSilenceIsNotOwnStall(t *testing.T) {
	const stall = time.Hour
	answers, takes := false, jetstream.AskTimeout
	p := &jetstream.Pulse{Now: time.Now(), Valid: time.Minute}
	p.Answers = func() bool { p.Now = p.Now.Add(takes); return answers }
	for _, test := range []struct {
		what          string
		after, takes  time.Duration // since the last step; of the question
		answers       bool
		atLeast, most time.Duration
	}{
		{"asked for the first time", 0, stall, false, jetstream.AskTimeout, jetstream.AskTimeout},
		{"asked again", 30 * time.Second, jetstream.AskTimeout, false, 30 * time.Second, 31 * time.Second},
		{"not asked during a stall", stall, jetstream.AskTimeout, false, jetstream.AskTimeout, jetstream.AskTimeout},
		{"answers", 30 * time.Second, 0, true, 0, 0},
	} {
		p.Now = p.Now.Add(test.after)
		answers, takes = test.answers, test.takes
		if d := p.Silence(); d < test.atLeast || d > test.most {
			t.Errorf("%s: the server is silent for %v, want %v to %v", test.what, d, test.atLeast, test.most)
		}
	}
}
