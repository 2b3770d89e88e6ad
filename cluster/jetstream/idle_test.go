package jetstream_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
)

// A worker without calls costs the server little: it writes down that it has none, and that it is
// quiet from now on. A worker with a call writes every few seconds.
func TestIdleWorkerWritesRarely(t *testing.T) {
	t.Parallel() // it takes six seconds, of which most are spent waiting
	s := newSite(t, jetstream.Config{Queue: "rarely", Lease: 2 * time.Second})
	written := make(chan jetstream.WorkerStatus, 100)
	nc := dial(t, s.url)
	if _, err := nc.Subscribe("mr.rarely.w.>", func(m *nats.Msg) {
		var w jetstream.WorkerStatus
		if json.Unmarshal(m.Data, &w) == nil && w.Name != "" {
			written <- w
		}
	}); err != nil {
		t.Fatal(err)
	}
	_ = nc.Flush()
	next := func() (w jetstream.WorkerStatus) {
		t.Helper()
		select {
		case w = <-written:
		case <-s.ctx.Done():
			t.Fatal("nothing is written")
		}
		return w
	}
	e := s.near()
	defer startWorker(t, e, square)()
	idle := ""
	for range 2 { // to be on record before it asks for calls; and with the first beat
		w := next()
		if w.Held != 0 || w.Quiet < 30*time.Second {
			t.Errorf("an idle worker writes %+v, want that it is quiet for long", w)
		}
		idle = w.Name
	}
	open := make(chan int)
	task := cluster.Define("wait", func(context.Context, int) (int, error) { <-open; return 0, nil })
	defer startWorker(t, e, task)()
	defer close(open)
	task.Submit(t.Context(), cluster.NewClient(e), 1)
	for busy, given := 0, false; busy < 2; {
		w := next()
		switch {
		case w.Name == idle && (w.Held > 0 || given):
			given = true // the call, which it does not know, and has given back since
		case w.Name == idle:
			t.Errorf("an idle worker writes %+v again", w)
		case w.Held > 0 && w.Quiet > 0:
			t.Errorf("a worker with a call writes %+v, want that it is not quiet", w)
		case w.Held > 0:
			busy++
		}
	}
}
