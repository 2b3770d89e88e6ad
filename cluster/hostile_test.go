package cluster_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/pool"
)

// A script is an engine whose Serve hands out calls that no client would send.
type script struct {
	cluster.Engine
	calls []cluster.Call
	ended []cluster.Outcome
	backs int
	mu    sync.Mutex
}

func (s *script) Serve(_ context.Context, _ cluster.Worker, accept func(cluster.Lease)) error {
	for _, c := range s.calls {
		accept(&scriptLease{s, c})
	}
	return nil
}

type scriptLease struct {
	s *script
	c cluster.Call
}

func (l *scriptLease) Call() cluster.Call       { return l.c }
func (l *scriptLease) Attempt() int             { return 1 }
func (l *scriptLease) Deliveries() int          { return 100 }
func (l *scriptLease) Context() context.Context { return context.Background() }
func (l *scriptLease) Begin() bool              { return true }
func (l *scriptLease) Report([]byte)            {}

func (l *scriptLease) Finish(o cluster.Outcome) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.s.ended = append(l.s.ended, o)
}

func (l *scriptLease) GiveBack(time.Duration) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.s.backs++
}

type tree struct {
	Leaf  int
	Below []tree
}

var ran atomic.Int64

var count = cluster.Define("count", func(_ context.Context, t tree) (int, error) {
	ran.Add(1)
	n := 1
	for range t.Below {
		n++
	}
	return n, nil
})

const countSig = "cluster_test.tree -> int"

// play has a worker of one slot run calls. It checks that each gets an outcome, but for those
// of tasks that the worker does not have, which another one may have.
func play(t *testing.T, calls ...cluster.Call) []cluster.Outcome {
	t.Helper()
	p := pool.New(millrace.WithWorkers(1), millrace.WithQueue(1))
	defer p.Close()
	s := &script{calls: calls}
	if err := cluster.Serve(context.Background(), s, p, count); err != nil {
		t.Fatalf("Serve = %v", err)
	}
	known := 0
	for _, c := range calls {
		if c.Task == "count" && c.Sig == countSig {
			known++
		}
	}
	if len(s.ended) != known || s.backs != len(calls)-known {
		t.Fatalf("%d outcomes and %d given back of %d calls, %d of them known", len(s.ended), s.backs, len(calls), known)
	}
	return s.ended
}

func raw(body string, chunk bool) cluster.Call {
	return cluster.Call{ID: "a.1", Task: "count", Sig: countSig, Policy: cluster.Policy{Attempts: 1}, Body: []byte(body), Chunk: chunk}
}

// What cannot be a call of the task is refused without running anything, and costs the
// worker neither its life nor its slot.
func TestHostileCalls(t *testing.T) {
	deep := strings.Repeat(`{"Below":[`, 100_000)
	huge := string(binary.AppendUvarint(nil, 1<<62)) + "x"
	other := raw(`{}`, false)
	other.Sig = "string -> int"
	before := ran.Load()
	ended := play(t,
		raw("", false), raw("\x00\xff", false), raw(`"text"`, false), raw(deep, false),
		raw(strings.Repeat("[", 100_000), false), raw(huge, true), raw("\x01", true), raw("\x02{", true),
		raw("\x02{}\x05", true), raw("\x02{}\x00\xff", true), other)
	for i, o := range ended {
		if o.Kind != cluster.NeverRan || o.Fault == nil {
			t.Errorf("call %d: kind %v, %v", i, o.Kind, o.Fault)
		}
	}
	if n := ran.Load() - before; n != 0 {
		t.Errorf("%d of them ran", n)
	}
	for i, body := range []string{"\x05{},{}", "\x01{\x00"} { // of one and of two items
		o := play(t, raw(body, true))[0]
		if o.Kind != cluster.Succeeded || strings.Count(string(o.Body), "input: ") != i+1 || ran.Load() != before {
			t.Errorf("a chunk with items that are no inputs: kind %v, %q", o.Kind, o.Body)
		}
	}
	if ended = play(t, raw(`{"Leaf":1}`, false)); ended[0].Kind != cluster.Succeeded || string(ended[0].Body) != "1" {
		t.Errorf("a proper call: %+v", ended[0])
	}
}

// Whatever bytes a message has, it makes a proper call or an error, and a worker an
// outcome of it.
func FuzzCall(f *testing.F) {
	good, err := raw(`{"Below":[{}]}`, false).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("\x02{}"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	chunk, _ := raw("\x02{}\x02{}", true).MarshalBinary()
	f.Add(chunk)
	chunk, _ = raw("\x05{},{}\x0a{\"Leaf\":-1}", true).MarshalBinary()
	f.Add(chunk)
	f.Fuzz(func(t *testing.T, b []byte) {
		var c cluster.Call
		if c.UnmarshalBinary(b) != nil {
			return
		}
		if c.ID == "" || c.Attempts < 1 || c.Priority < -1 || c.Priority > 1 || c.Timeout < 0 || c.Backoff < 0 || len(c.Body) > len(b) {
			t.Errorf("accepted: %+v", c)
		}
		again, err := c.MarshalBinary()
		var d cluster.Call
		if err != nil || d.UnmarshalBinary(again) != nil || !bytes.Equal(c.Body, d.Body) || c.ID != d.ID {
			t.Errorf("%+v becomes %+v, %v", c, d, err)
		}
		c.Timeout, c.Backoff = 0, 0
		play(t, c)
		c.Task, c.Sig = "count", countSig
		play(t, c)
	})
}

// Whatever bytes an outcome has, it settles the future once or is no outcome.
func FuzzOutcome(f *testing.F) {
	for _, o := range []cluster.Outcome{
		{ID: "a.1", Kind: cluster.Succeeded, Body: []byte("1")},
		{ID: "a.1", Kind: cluster.Failed, Fault: &cluster.Fault{Text: "x", Is: []string{"EOF"}, Panic: true, Stack: []byte("s")}},
		{ID: "a.1", Kind: cluster.NeverRan},
	} {
		b, err := o.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var o cluster.Outcome
		if o.UnmarshalBinary(b) != nil {
			return
		}
		fut := count.Submit(context.Background(), cluster.NewClient(answers{o}), tree{})
		if !o.Kind.Final() {
			return
		}
		if _, err := fut.Await(context.Background()); err != nil && err.Error() == "" {
			t.Error("an error without a text")
		}
	})
}

// answers is an engine that answers each call with an outcome.
type answers struct{ o cluster.Outcome }

func (e answers) Start(_ context.Context, _ cluster.Call, done func(cluster.Outcome)) error {
	done(e.o)
	return nil
}
func (answers) Join(context.Context, string, func(cluster.Outcome)) error        { return nil }
func (answers) Abort(string, string)                                             {}
func (answers) Serve(context.Context, cluster.Worker, func(cluster.Lease)) error { return nil }
func (answers) Close() error                                                     { return nil }
