package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/millrace-go/millrace/pool"
)

// What cannot be answered gets the status that says why.
func TestRequests(t *testing.T) {
	_, url := start(t, patient(), &fake{do: says})
	for _, c := range []struct {
		tenant, priority, path string
		code                   int
		body                   string
	}{
		{"alice", "", "/items/7", 200, "good"},
		{"alice", "high", "/items/7", 200, "good"},
		{"noisy", "low", "/items/7", 200, "good"},
		{"", "", "/items/7", 400, "no X-Tenant"},
		{"alice", "urgent", "/items/7", 400, "X-Priority: want high or low"},
		{"mallory", "", "/items/7", 403, "unknown tenant"},
		{"mallory", "", "/streams/7", 403, "unknown tenant"},
		{"alice", "", "/items/", 404, "404 page not found"},
		{"alice", "", "/", 404, "404 page not found"},
	} {
		if r := get(t.Context(), c.tenant, c.priority, url+c.path); r.code != c.code || r.body != c.body {
			t.Errorf("GET %s as %q = %d, %q, %v, want %d, %q", c.path, c.tenant, r.code, r.body, r.err, c.code, c.body)
		}
	}
}

// A failure that may pass is tried again, others are not, and a client hears no
// more than what it can use.
func TestRetries(t *testing.T) {
	failing := func(n int, err error) func(context.Context, string) (string, error) {
		return func(ctx context.Context, _ string) (string, error) {
			if pool.Attempt(ctx) <= n {
				return "", err
			}
			return "good", nil
		}
	}
	for _, c := range []struct {
		name  string
		do    func(context.Context, string) (string, error)
		code  int
		body  string
		calls int
	}{
		{"good at once", says, 200, "good", 1},
		{"good in the end", failing(2, errUnavailable), 200, "good", 3},
		{"never good", failing(100, errUnavailable), 502, "the backend has failed", 4},
		{"no use", failing(100, errors.New("secret")), 502, "the backend has failed", 1},
		{"panic", func(context.Context, string) (string, error) { panic("secret") }, 500, "internal error", 1},
		{"timeout", func(ctx context.Context, _ string) (string, error) { <-ctx.Done(); return "", ctx.Err() }, 504, "the backend took too long", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := patient()
			s.retries = 3
			if c.code == http.StatusGatewayTimeout {
				s.timeout = time.Millisecond
			}
			b := &fake{do: c.do}
			_, url := start(t, s, b)
			r := get(t.Context(), "alice", "", url+"/items/7")
			if calls := len(b.asked()); r.code != c.code || r.body != c.body || calls != c.calls {
				t.Errorf("GET = %d, %q, %v after %d calls, want %d, %q after %d", r.code, r.body, r.err, calls, c.code, c.body, c.calls)
			}
			if want := strconv.Itoa(c.calls); r.code == http.StatusOK && r.header.Get("X-Attempts") != want {
				t.Errorf("X-Attempts: %q, want %q", r.header.Get("X-Attempts"), want)
			}
		})
	}
}

// Between two attempts a call holds no worker: others go on.
func TestPauseHoldsNothing(t *testing.T) {
	s := patient()
	s.retries = 1
	paused := make(chan struct{})
	b := &fake{do: func(ctx context.Context, item string) (string, error) {
		if item == "bad" && pool.Attempt(ctx) == 1 {
			defer close(paused)
			return "", errUnavailable
		}
		return "good", nil
	}}
	_, url := start(t, s, b)
	bad := later(t, "alice", "", url+"/items/bad")
	<-paused
	if r := get(t.Context(), "alice", "", url+"/items/other"); r.code != http.StatusOK {
		t.Errorf("a call during the pause of another = %d, %q, %v", r.code, r.body, r.err)
	}
	if r := <-bad; r.code != http.StatusOK || r.header.Get("X-Attempts") != "2" {
		t.Errorf("the call that was tried again = %d, %q, %v, %q", r.code, r.body, r.err, r.header.Get("X-Attempts"))
	}
}

// A full queue answers 429, with a time to come back, and a tenant that has filled
// its share of the queue leaves the others theirs.
func TestQueueFull(t *testing.T) {
	s, gate := patient(), newGate()
	s.queue = 4 // and 2 for each tenant
	g, url := start(t, s, &fake{do: gate.hold})
	held := []<-chan reply{later(t, "noisy", "", url+"/items/0")}
	<-gate.entered
	for i := range 2 {
		held = append(held, later(t, "noisy", "", url+"/items/1"))
		queued(t, g.pool, i+1)
	}
	r := get(t.Context(), "noisy", "", url+"/items/2")
	if seconds, _ := strconv.Atoi(r.header.Get("Retry-After")); r.code != http.StatusTooManyRequests || seconds < 1 {
		t.Errorf("a call beyond the share = %d, %q, Retry-After %q, want 429 and a time", r.code, r.body, r.header.Get("Retry-After"))
	}
	for i := range 2 {
		held = append(held, later(t, "alice", "", url+"/items/3"))
		queued(t, g.pool, 3+i)
	}
	if r := get(t.Context(), "alice", "", url+"/items/4"); r.code != http.StatusTooManyRequests || r.header.Get("Retry-After") == "" {
		t.Errorf("a call to a full queue = %d, %q, want 429", r.code, r.body)
	}
	close(gate.opened)
	for _, h := range held {
		if r := <-h; r.code != http.StatusOK {
			t.Errorf("a call that waited = %d, %q, %v", r.code, r.body, r.err)
		}
	}
}

// The queue is a strict bound, whatever the shares.
func TestWholeQueueFull(t *testing.T) {
	s, gate := patient(), newGate()
	s.queue = 2
	g, url := start(t, s, &fake{do: gate.hold})
	g.tenantOf["noisy"].share = 100
	held := []<-chan reply{later(t, "noisy", "", url+"/items/0")}
	<-gate.entered
	for i := range 2 {
		held = append(held, later(t, "noisy", "", url+"/items/1"))
		queued(t, g.pool, i+1)
	}
	if r := get(t.Context(), "alice", "", url+"/items/2"); r.code != http.StatusTooManyRequests {
		t.Errorf("a call to a full queue = %d, %q, want 429", r.code, r.body)
	}
	close(gate.opened)
	for _, h := range held {
		<-h
	}
}

// A call that has waited too long is not made any more.
func TestMaxWait(t *testing.T) {
	gate := newGate()
	b := &fake{do: gate.hold}
	g, url := start(t, patient(), b)
	first := later(t, "alice", "", url+"/items/first")
	<-gate.entered
	g.maxWait = 20 * time.Millisecond // of the calls to come: the first one may start late
	if r := get(t.Context(), "alice", "", url+"/items/second"); r.code != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" {
		t.Errorf("a call that waited too long = %d, %q, want 503 and Retry-After", r.code, r.body)
	}
	close(gate.opened)
	if r := <-first; r.code != http.StatusOK || !slices.Equal(b.asked(), []string{"first"}) {
		t.Errorf("the first call = %d, %v, and the backend was asked for %q", r.code, r.err, b.asked())
	}
}

// Tenants take turns, however many calls of one wait, and urgent calls come first.
func TestOrder(t *testing.T) {
	for _, c := range []struct {
		name  string
		calls []string // tenant, priority, item
		want  []string
	}{
		{"turns", []string{"noisy  n1", "noisy  n2", "noisy  n3", "alice  a1", "alice  a2"}, []string{"n1", "a1", "n2", "a2", "n3"}},
		{"priorities", []string{"noisy low n1", "noisy  n2", "noisy high n3", "alice low a1"}, []string{"n3", "n2", "n1", "a1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			gate := newGate()
			b := &fake{do: gate.hold}
			g, url := start(t, patient(), b)
			held := []<-chan reply{later(t, "noisy", "", url+"/items/first")}
			<-gate.entered
			for i, call := range c.calls {
				f := strings.Split(call, " ")
				held = append(held, later(t, f[0], f[1], url+"/items/"+f[2]))
				queued(t, g.pool, i+1)
			}
			close(gate.opened)
			for _, h := range held {
				<-h
			}
			if got := b.asked()[1:]; !slices.Equal(got, c.want) {
				t.Errorf("the backend was asked for %q, want %q", got, c.want)
			}
		})
	}
}

// A tenant that is at its rate waits, and holds no other tenant back.
func TestRate(t *testing.T) {
	s := patient()
	s.rate, s.burst = 0.001, 1
	g, url := start(t, s, &fake{do: says})
	if r := get(t.Context(), "noisy", "", url+"/items/1"); r.code != http.StatusOK {
		t.Errorf("the first call = %d, %q, %v", r.code, r.body, r.err)
	}
	g.maxWait = 50 * time.Millisecond // of that call alone
	second := later(t, "noisy", "high", url+"/items/2")
	until(t, g.pool, func(s pool.Stats) bool { return s.Submitted == 2 })
	g.maxWait = time.Hour
	if r := get(t.Context(), "alice", "low", url+"/items/3"); r.code != http.StatusOK {
		t.Errorf("a call of another tenant = %d, %q, %v", r.code, r.body, r.err)
	}
	if r := <-second; r.code != http.StatusServiceUnavailable {
		t.Errorf("a call beyond the rate = %d, %q, %v, want 503", r.code, r.body, r.err)
	}
}

// A client that disconnects ends its call, whether that waits or runs.
func TestDisconnect(t *testing.T) {
	gate := newGate()
	b := &fake{do: gate.hold}
	g, url := start(t, patient(), b)
	asks := func(item string) (leave func(), left <-chan reply) {
		ctx, cancel := context.WithCancel(t.Context())
		answered := make(chan reply, 1)
		go func() { answered <- get(ctx, "alice", "", url+"/items/"+item) }()
		return cancel, answered
	}
	leaveRunning, running := asks("running")
	<-gate.entered
	leaveQueued, waiting := asks("queued")
	queued(t, g.pool, 1)
	leaveQueued()
	queued(t, g.pool, 0)
	leaveRunning()
	for _, left := range []<-chan reply{running, waiting} {
		if r := <-left; !errors.Is(r.err, context.Canceled) {
			t.Errorf("the client got %d, %v", r.code, r.err)
		}
	}
	until(t, g.pool, func(s pool.Stats) bool { return s.Running+s.Queued == 0 })
	if got := b.asked(); !slices.Equal(got, []string{"running"}) {
		t.Errorf("the backend was asked for %q, want the running one only", got)
	}
}

// A stream arrives in pieces, and holds a worker as long as it lasts: until its
// end, or until its client is gone.
func TestStream(t *testing.T) {
	next := make(chan struct{})
	b := &fake{do: says, chunks: func(ctx context.Context, item string) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for i := range 2 {
				if !yield(fmt.Sprintf("%s%d\n", item, i), nil) {
					return
				}
				select {
				case <-next:
				case <-ctx.Done():
					yield("", ctx.Err())
					return
				}
			}
		}
	}}
	g, url := start(t, patient(), b)
	streams := func(ctx context.Context) (*http.Response, string) {
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url+"/streams/s", nil)
		req.Header.Set("X-Tenant", "alice")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		piece := make([]byte, 3)
		n, _ := resp.Body.Read(piece)
		return resp, string(piece[:n])
	}
	resp, piece := streams(t.Context())
	waits := later(t, "alice", "", url+"/items/1")
	queued(t, g.pool, 1)
	if piece != "s0\n" || g.pool.Stats().Running != 1 {
		t.Errorf("the first piece is %q, with %v, want the stream to hold the worker", piece, g.pool)
	}
	next <- struct{}{}
	next <- struct{}{}
	if r := <-waits; r.code != http.StatusOK {
		t.Errorf("the call behind the stream = %d, %q, %v", r.code, r.body, r.err)
	}
	resp.Body.Close()

	ctx, cancel := context.WithCancel(t.Context())
	resp, _ = streams(ctx)
	defer resp.Body.Close()
	waits = later(t, "alice", "", url+"/items/1")
	queued(t, g.pool, 1)
	cancel()
	if r := <-waits; r.code != http.StatusOK {
		t.Errorf("the call behind a stream whose client has left = %d, %q, %v", r.code, r.body, r.err)
	}
}

// A stream that breaks off does not look like a whole one.
func TestBrokenStream(t *testing.T) {
	b := &fake{chunks: func(context.Context, string) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			_ = yield("a part\n", nil) && yield("", errUnavailable)
		}
	}}
	_, url := start(t, patient(), b)
	if r := get(t.Context(), "alice", "", url+"/streams/s"); r.err == nil {
		t.Errorf("a broken stream = %d, %q, want an error", r.code, r.body)
	}
}

// Health says whether the service takes requests.
func TestHealthz(t *testing.T) {
	g, url := start(t, patient(), &fake{do: says})
	if r := get(t.Context(), "", "", url+"/healthz"); r.code != 200 || r.body != `{"draining":false,"queued":0,"refused":0,"running":0}` {
		t.Errorf("GET /healthz = %d, %q, %v", r.code, r.body, r.err)
	}
	g.draining.Store(true)
	if r := get(t.Context(), "", "", url+"/healthz"); r.code != 503 || !strings.Contains(r.body, `"draining":true`) {
		t.Errorf("GET /healthz of a service that ends = %d, %q, %v", r.code, r.body, r.err)
	}
}

// The backend gets slower under load, fails as often as it should, and ends with
// its context.
func TestBackend(t *testing.T) {
	b := &backend{latency: time.Hour, capacity: 2, fails: 1, chunks: 2}
	for n, want := range map[int64]time.Duration{1: time.Hour, 2: time.Hour, 4: 4 * time.Hour, 6: 9 * time.Hour} {
		if got := b.slowed(n); got != want {
			t.Errorf("a call beside %d takes %v, want %v", n, got, want)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("why")
	cancel(why)
	if _, err := b.call(ctx, "x"); err != why {
		t.Errorf("call = %v, want %v", err, why)
	}
	for chunk, err := range b.stream(ctx, "x") {
		if err != why {
			t.Errorf("stream = %q, %v, want %v", chunk, err, why)
		}
	}
	b.latency = 0
	if _, err := b.call(t.Context(), "x"); err != errUnavailable {
		t.Errorf("call = %v, want %v", err, errUnavailable)
	}
	b.fails = 0
	if v, err := b.call(t.Context(), "x"); v != "item x" || err != nil || b.active.Load() != 0 {
		t.Errorf("call = %q, %v, with %d active", v, err, b.active.Load())
	}
}

// The plain service answers as the gateway does, as long as there is no load.
func TestPlain(t *testing.T) {
	s := patient()
	s.retries = 3
	tries := 0
	b := &fake{do: func(context.Context, string) (string, error) {
		if tries++; tries < 3 {
			return "", errUnavailable
		}
		return "good", nil
	}}
	server := httptest.NewServer(plain{s, b}.routes())
	defer server.Close()
	if r := get(t.Context(), "alice", "", server.URL+"/items/1"); r.code != 200 || r.body != "good" || r.header.Get("X-Attempts") != "3" {
		t.Errorf("GET = %d, %q, %v after %s attempts", r.code, r.body, r.err, r.header.Get("X-Attempts"))
	}
	b.do = func(context.Context, string) (string, error) { return "", errors.New("no use") }
	if r := get(t.Context(), "alice", "", server.URL+"/items/1"); r.code != 502 {
		t.Errorf("GET = %d, %q, %v, want 502", r.code, r.body, r.err)
	}
}

// discard is a log that nobody reads.
func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
