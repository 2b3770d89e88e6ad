package jetstream_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
)

// A worker without calls asks for one, and does not ask again for long; one that has quick calls
// asks for several, which it may not want a moment later.
func TestRequestsForCalls(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "asks"})
	nc := dial(t, s.url)
	made, err := nc.SubscribeSync("$JS.API.CONSUMER.MSG.NEXT.MR_asks_CALLS.>")
	if err != nil || nc.Flush() != nil {
		t.Fatal(err)
	}
	e := s.near()
	stop := startWorker(t, s.near(), square) // which finds the queue there
	defer stop()
	next := func() int {
		var r struct {
			Batch   int
			Expires time.Duration
		}
		m, err := made.NextMsgWithContext(s.ctx)
		if err != nil || json.Unmarshal(m.Data, &r) != nil {
			t.Fatalf("no request for calls: %v", err)
		}
		if want := map[bool]time.Duration{true: 30 * time.Second, false: time.Second}[r.Batch == 1]; r.Expires != want {
			t.Errorf("a request for %d calls ends after %v, want %v", r.Batch, r.Expires, want)
		}
		return r.Batch
	}
	for range 3 { // one for each priority
		if n := next(); n != 1 {
			t.Errorf("an idle worker asks for %d calls", n)
		}
	}
	in := func(yield func(int) bool) {
		for yield(1) {
		}
	}
	for _, err := range square.Map(s.ctx, cluster.NewClient(e), in) {
		if err != nil {
			t.Fatal(err)
		}
		if n, _, _ := made.Pending(); n > 0 && next() > 1 {
			break
		}
	}
}

// Calls of the highest priority come first, whether they are so slow that the worker asks for one at a time, or so
// quick that it asks for dozens.
func TestPriorities(t *testing.T) {
	t.Parallel()
	for name, isSlow := range map[string]bool{"slow": true, "quick": false} {
		t.Run(name, func(t *testing.T) {
			const each = 20
			s := newSite(t, jetstream.Config{Queue: "order"})
			e, c := s.near(), cluster.NewClient(s.near())
			e.AwaitCalls(isSlow) // an answer that is late costs the order
			begun, open := make(chan int, 3*each+1), make(chan int)
			task := cluster.Define("task", func(_ context.Context, priority int) (int, error) {
				begun <- priority
				<-open
				return 0, nil
			})
			submit := func(priority int) { task.Submit(s.ctx, c, priority, cluster.WithPriority(priority)) }
			submit(1)
			_, stop := serve(e, 1, 0, task)
			<-begun
			for range each {
				for priority := range 3 {
					submit(priority - 1)
				}
			}
			s.when(e, func(s jetstream.Status) bool { // one of each has come to the worker, which has asked for them
				return s.Queued == 3*each-3 && len(s.Workers) == 1 && s.Workers[0].Held == 4
			})
			var order []int
			for range each {
				open <- 1
				order = append(order, <-begun)
			}
			if slices.Contains(order, 0) || slices.Contains(order, -1) {
				t.Errorf("calls began with priorities %v, want those of 1 first", order)
			}
			close(open)
			if err := stop(); err != nil {
				t.Errorf("Serve = %v", err)
			}
		})
	}
}

// Each of thousands of idle workers may have its requests out: one that is refused is made again a
// moment later.
func TestRequestsOfManyWorkers(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "many"})
	_ = s.near() // makes the queue
	nc := dial(t, s.url)
	inbox := nats.NewInbox()
	answers, err := nc.SubscribeSync(inbox + ".*")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(name, request string) {
		if err := nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT.MR_many_CALLS.p1", inbox+"."+name, []byte(request)); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 2000 {
		ask(strconv.Itoa(n), `{"batch": 1, "expires": 60000000000}`)
	}
	ask("last", `{"batch": 1, "no_wait": true}`) // is answered at once
	if m, err := answers.NextMsgWithContext(s.ctx); err != nil || m.Subject != inbox+".last" {
		t.Errorf("the server answers first with %+v, %v, want that the last request finds no call", m, err)
	}
}
