package jetstream_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/observe"
)

// dial connects to a server, past an engine.
func dial(t *testing.T, url string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, nats.Timeout(patience))
	for err != nil && strings.Contains(err.Error(), "got 'PING'") { // the machine stood still for seconds
		nc, err = nats.Connect(url, nats.Timeout(patience))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

var square = cluster.Define("square", func(_ context.Context, n int) (int, error) { return n * n, nil })

// Messages that no client writes are taken out of the queue, and cost the worker
// neither its life nor its slot.
func TestHostileMessages(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "hostile"})
	defer e.Close()
	nc := dial(t, s.URL())
	noise := make([]byte, 1<<19)
	_, _ = rand.Read(noise)
	deep := strings.Repeat(`{"Header":`, 20_000)
	mine, _ := cluster.Call{ID: "a.1", Task: "square", Sig: "int -> int", Policy: cluster.Policy{Attempts: 1}}.MarshalBinary()
	for subject, data := range map[string][]byte{
		"mr.hostile.c.1.a.1": noise,
		"mr.hostile.c.1.a.2": {},
		"mr.hostile.c.1.a.3": []byte("\xff\xff\x7f" + deep),
		"mr.hostile.c.0.a.4": append([]byte{0xa0, 0x9c, 0x0c}, deep...),
		"mr.hostile.c.2.b.1": mine, // of another subject
	} {
		if err := nc.Publish(subject, data); err != nil {
			t.Fatal(err)
		}
	}
	stop := startWorker(t, e, square)
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if v, err := square.Submit(ctx, cluster.NewClient(e), 5).Await(ctx); v != 25 || err != nil {
		t.Errorf("a proper call beside them: %v, %v", v, err)
	}
	for st := (jetstream.Status{Held: 1}); st.Queued+st.Held > 0; {
		var err error
		if st, err = e.Status(ctx); err != nil {
			t.Fatalf("they are still there: %+v, %v", st, err)
		}
	}
}

// An outcome that cannot be read settles its call, also a named one: there will be no other.
func TestHostileOutcomes(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "outcomes"})
	defer e.Close()
	nc := dial(t, s.URL())
	other, _ := cluster.Outcome{ID: "a.1", Kind: cluster.Succeeded, Body: []byte("1")}.MarshalBinary()
	begun, _ := cluster.Outcome{ID: "x.news", Kind: cluster.Begun}.MarshalBinary()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := cluster.NewClient(e)
	for name, data := range map[string][]byte{"nothing": nil, "noise": []byte("\xff\xff\x01"), "of another": other, "news": begun} {
		f := square.Submit(ctx, c, 1, cluster.WithID(name))
		subject := "mr.outcomes.r.x." + base64.RawURLEncoding.EncodeToString([]byte(name))
		if err := nc.Publish(subject, data); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Await(ctx); err == nil || !strings.Contains(err.Error(), "not one of this version") || f.State() != future.Failed {
			t.Errorf("%s: %v in state %v", name, err, f.State())
		}
		if _, err := square.Join(ctx, c, name).Await(ctx); err == nil || !strings.Contains(err.Error(), "not one of this version") {
			t.Errorf("%s, joined: %v", name, err)
		}
	}
}

// The end of one Submit's context is no reason to refuse another one's call, though the
// first call of a client has the outcomes followed for all.
func TestFirstCallsTogether(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "first"})
	defer e.Close()
	stop := startWorker(t, e, square)
	defer stop()
	for n := range 100 {
		c := cluster.NewClient(e)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n%10)*50*time.Microsecond) // in its midst, sometimes
		var begin, both sync.WaitGroup
		begin.Add(1)
		both.Go(func() { begin.Wait(); square.Submit(ctx, c, 2) })
		both.Go(func() {
			begin.Wait()
			if v, err := square.Submit(t.Context(), c, 3).Await(t.Context()); v != 9 || err != nil {
				t.Errorf("Await = %v, %v", v, err)
			}
		})
		begin.Done()
		both.Wait()
		cancel()
	}
}

// A server that listens elsewhere than on the loopback interface asks for a token, which
// is in its URL.
func TestToken(t *testing.T) {
	t.Parallel()
	s := startServer(t, embedded.Listen("0.0.0.0"))
	if !strings.Contains(s.URL(), "@") {
		t.Fatalf("URL = %s, want one with a token", s.URL())
	}
	_, port, _ := strings.Cut(s.URL()[strings.Index(s.URL(), "@"):], ":")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := jetstream.Connect(ctx, "nats://127.0.0.1:"+port, jetstream.Config{}); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("Connect without the token = %v, want ErrAuthorization", err)
	}
	token := s.URL()[len("nats://"):strings.Index(s.URL(), "@")]
	e, err := jetstream.Connect(ctx, "nats://127.0.0.1:"+port, jetstream.Config{Options: []nats.Option{nats.Token(token)}})
	if err != nil {
		t.Fatalf("Connect with the token = %v", err)
	}
	defer e.Close()
	if s := startServer(t); strings.Contains(s.URL(), "@") || !strings.Contains(s.URL(), "127.0.0.1") {
		t.Errorf("URL of a server on the loopback interface = %s", s.URL())
	}
}

// statusWhen returns the first status that is as ok wants it. The server learns of
// acknowledgements, and a busy worker answers, some time after a future has settled.
func statusWhen(ctx context.Context, t *testing.T, e *jetstream.Engine, ok func(jetstream.Status) bool) jetstream.Status {
	t.Helper()
	for {
		once, cancel := context.WithTimeout(ctx, 10*time.Second)
		s, err := e.Status(once)
		cancel()
		switch {
		case err == nil && ok(s):
			return s
		case err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)): // an answer may be lost, with the connection
			t.Fatalf("Status = %+v, %v", s, err)
		}
	}
}

// Status shows the queue and the workers, and those that are silent.
func TestStatus(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "watched"})
	defer e.Close()
	begun, open := make(chan int, 10), make(chan int)
	task := cluster.Define("wait", func(context.Context, int) (int, error) { begun <- 1; <-open; return 0, nil })
	stop := startWorker(t, e, task)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := cluster.NewClient(e)
	for n := range 10 {
		task.Submit(ctx, c, n)
	}
	<-begun
	w := statusWhen(ctx, t, e, func(s jetstream.Status) bool {
		return s.Queued+s.Held == 10 && s.Oldest > 0 && len(s.Workers) == 1 && len(s.Workers[0].Running) == 1 && !s.Workers[0].Silent(e.Lease())
	}).Workers[0]
	if w.Running[0].Task != "wait" || w.Slots != 1 || !slices.Equal(w.Tasks, []string{"wait"}) {
		t.Errorf("worker = %+v", w)
	}
	page := observe.NewPage()
	defer page.AddQueue(e)()
	for shown := ""; !strings.Contains(shown, "watched") || !strings.Contains(shown, w.Name); { // it does not wait for long
		if ctx.Err() != nil {
			t.Fatalf("the page shows %s", shown)
		}
		answer := httptest.NewRecorder()
		page.ServeHTTP(answer, httptest.NewRequest("GET", "/?once=1", nil))
		shown = answer.Body.String()
	}
	close(open)
	if err := c.Close(ctx); err != nil {
		t.Fatal(err)
	}
	statusWhen(ctx, t, e, func(s jetstream.Status) bool {
		return s.Queued+s.Held == 0 && s.Kept == 10 && len(s.Workers) == 1 && s.Workers[0].Succeeded == 10
	})
	stop()
	statusWhen(ctx, t, e, func(s jetstream.Status) bool { return len(s.Workers) == 0 })
}

// The clock of a worker is not that of the others: it was heard of when it answered, or when the
// server got what it wrote, and began so long before as it says.
func TestStatusOfOtherClocks(t *testing.T) {
	t.Parallel()
	s := newSite(t, jetstream.Config{Queue: "clocks"})
	e, nc := s.near(), dial(t, s.url)
	tell := func(name string) []byte {
		then := time.Now().Add(-24 * time.Hour)
		b, _ := json.Marshal(jetstream.WorkerStatus{
			Name: name, Beat: then, Since: then.Add(-time.Hour), Running: []jetstream.RunningCall{{Since: then.Add(-time.Minute)}},
		})
		return b
	}
	if _, err := nc.Subscribe("mr.clocks.s", func(m *nats.Msg) { _ = m.Respond(tell("answers")) }); err != nil {
		t.Fatal(err)
	}
	_ = nc.Flush()
	if _, err := s.js().Publish(s.ctx, "mr.clocks.w.wrote", tell("wrote")); err != nil {
		t.Fatal(err)
	}
	for _, w := range s.when(e, func(s jetstream.Status) bool { return len(s.Workers) == 2 }).Workers { // it does not wait for long
		if time.Since(w.Beat) > time.Hour || w.Beat.Sub(w.Since) != time.Hour || w.Beat.Sub(w.Running[0].Since) != time.Minute {
			t.Errorf("%s was heard of at %v, began at %v and runs a call since %v", w.Name, w.Beat, w.Since, w.Running[0].Since)
		}
	}
}

// A queue that is full refuses calls.
func TestFull(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	e := connect(t, s.URL(), jetstream.Config{Queue: "small", MaxCalls: 2, Memory: true})
	defer e.Close()
	c := cluster.NewClient(e)
	square.Submit(t.Context(), c, 1)
	square.Submit(t.Context(), c, 2)
	f := square.Submit(t.Context(), c, 3)
	if _, err := f.Await(t.Context()); !errors.Is(err, cluster.ErrFull) || f.State().String() != "cancelled" {
		t.Errorf("Await = %v in state %v, want ErrFull and Cancelled", err, f.State())
	}
	stop := startWorker(t, e, square)
	defer stop()
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
