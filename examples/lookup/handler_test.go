package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/pool"
)

func says(s string) backend {
	return func(context.Context, string) (string, error) { return s, nil }
}

// untilEnd tells when it runs, and blocks until its context ends.
func untilEnd(running chan<- struct{}, cause chan<- error) backend {
	return func(ctx context.Context, _ string) (string, error) {
		running <- struct{}{}
		<-ctx.Done()
		cause <- context.Cause(ctx)
		return "", ctx.Err()
	}
}

// start serves h on real connections. At the end of the test nothing of it may
// be left, and as many lookups never have run as are given.
func start(t *testing.T, h *handler, workers, neverRan int) *httptest.Server {
	h.pool = pool.New(millrace.WithWorkers(workers))
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.timeout == 0 {
		h.timeout = time.Hour
	}
	server := httptest.NewServer(h.routes())
	t.Cleanup(func() {
		server.Close()
		h.pool.Close()
		s := h.pool.Stats()
		if s.Goroutines != 0 || s.Running+s.Waiting+s.Queued != 0 || s.Cancelled != uint64(neverRan) {
			t.Errorf("Stats() = %+v, want nothing left, and %d cancelled", s, neverRan)
		}
	})
	return server
}

func get(ctx context.Context, url string) (code int, body string, err error) {
	return do(ctx, http.MethodGet, url)
}

func do(ctx context.Context, method, url string) (code int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, strings.TrimSpace(string(b)), err
}

func TestAnswer(t *testing.T) {
	server := start(t, &handler{profile: says("p"), orders: says("o"), balance: says("b")}, 2, 0)
	code, body, err := get(t.Context(), server.URL+"/?user=ada")
	if want := `{"profile":"p","orders":"o","balance":"b"}`; code != http.StatusOK || body != want {
		t.Errorf("GET = %d, %q, %v, want %q", code, body, err, want)
	}
}

// What cannot be answered gets the status that says why.
func TestStatus(t *testing.T) {
	server := start(t, &handler{profile: says("p"), orders: says("o"), balance: says("b")}, 2, 0)
	for _, c := range []struct {
		method, path string
		code         int
	}{
		{"GET", "/?user=ada", 200}, {"HEAD", "/?user=ada", 200}, {"GET", "/", 400}, {"GET", "/?user=", 400},
		{"GET", "/favicon.ico", 404}, {"GET", "/users?user=ada", 404}, {"POST", "/?user=ada", 405},
	} {
		if code, body, err := do(t.Context(), c.method, server.URL+c.path); code != c.code || err != nil {
			t.Errorf("%s %s = %d, %q, %v, want %d", c.method, c.path, code, body, err, c.code)
		}
	}
}

// A client hears that a backend has failed and no more; the log has the rest.
func TestFailure(t *testing.T) {
	for _, c := range []struct {
		name    string
		backend backend
		code    int
		body    string
		log     string
	}{
		{"error", func(context.Context, string) (string, error) { return "", errors.New("dial secret:5432") }, 502, "a backend has failed", "dial secret:5432"},
		{"panic", func(context.Context, string) (string, error) { panic("secret") }, 500, "internal error", "secret"},
		{"goexit", func(context.Context, string) (string, error) { runtime.Goexit(); return "", nil }, 500, "internal error", "Goexit"},
		{"timeout", func(ctx context.Context, _ string) (string, error) { <-ctx.Done(); return "", ctx.Err() }, 504, "a backend took too long", "deadline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log logged
			var others sync.WaitGroup // that have not begun: if one fails, these never run
			others.Add(2)
			begins := func(context.Context, string) (string, error) { others.Done(); return "", nil }
			fails := func(ctx context.Context, user string) (string, error) { others.Wait(); return c.backend(ctx, user) }
			h := &handler{profile: begins, orders: fails, balance: begins, log: slog.New(slog.NewTextHandler(&log, nil))}
			if c.code == http.StatusGatewayTimeout {
				h.timeout = time.Millisecond
			}
			server := start(t, h, 3, 0)
			code, body, err := get(t.Context(), server.URL+"/?user=ada")
			if code != c.code || body != c.body || err != nil {
				t.Errorf("GET = %d, %q, %v, want %d, %q", code, body, err, c.code, c.body)
			}
			if s := log.String(); !strings.Contains(s, c.log) || strings.Count(s, "\n") != 1 {
				t.Errorf("the log has %q, want one line with %q", s, c.log)
			}
		})
	}
}

// A log may be written and read at once.
type logged struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestNoUser(t *testing.T) {
	server := start(t, &handler{}, 1, 0)
	if code, body, err := get(t.Context(), server.URL); code != http.StatusBadRequest || body != "no user" {
		t.Errorf("GET = %d, %q, %v, want %d", code, body, err, http.StatusBadRequest)
	}
}

// One lookup's failure ends the others, with the failure as the cause.
func TestFailureCancelsTheOthers(t *testing.T) {
	boom := errors.New("orders: boom")
	running, cause := make(chan struct{}, 2), make(chan error, 2)
	fail := func(context.Context, string) (string, error) {
		<-running
		<-running
		return "", boom
	}
	server := start(t, &handler{profile: untilEnd(running, cause), orders: fail, balance: untilEnd(running, cause)}, 3, 0)
	code, body, err := get(t.Context(), server.URL+"/?user=ada")
	if code != http.StatusBadGateway {
		t.Errorf("GET = %d, %q, %v, want %d", code, body, err, http.StatusBadGateway)
	}
	for range 2 {
		if err := <-cause; err != boom {
			t.Errorf("the others ended with %v, want %v", err, boom)
		}
	}
}

// queued waits until so many lookups wait for a worker.
func queued(t *testing.T, p *pool.Pool, n int) {
	t.Helper()
	for p.Stats().Queued != n && t.Context().Err() == nil {
		runtime.Gosched()
	}
}

// A lookup that fails cancels those of its request that wait for a worker.
func TestFailureCancelsTheQueued(t *testing.T) {
	fail := func(context.Context, string) (string, error) { return "", errors.New("boom") }
	never := func(context.Context, string) (string, error) {
		t.Error("a lookup ran after another of its request had failed")
		return "", nil
	}
	h := &handler{profile: fail, orders: never, balance: never}
	server := start(t, h, 1, 2)
	p := h.pool
	release := make(chan struct{})
	pool.Go(t.Context(), p, func(context.Context) error { <-release; return nil })
	go func() {
		for p.Stats().Queued < 3 && t.Context().Err() == nil {
			runtime.Gosched()
		}
		close(release) // the one worker was busy until all three were there
	}()
	if code, body, err := get(t.Context(), server.URL+"/?user=ada"); code != http.StatusBadGateway {
		t.Errorf("GET = %d, %q, %v, want %d", code, body, err, http.StatusBadGateway)
	}
}

// A client that disconnects ends what runs and cancels what is queued.
func TestDisconnect(t *testing.T) {
	running, cause := make(chan struct{}, 1), make(chan error, 1)
	never := func(context.Context, string) (string, error) {
		t.Error("a queued lookup ran for a client that had gone")
		return "", nil
	}
	server := start(t, &handler{profile: untilEnd(running, cause), orders: never, balance: never}, 1, 2)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, _, err := get(ctx, server.URL+"/?user=ada")
		gone <- err
	}()
	<-running
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the client got %v", err)
	}
	if err := <-cause; !errors.Is(err, context.Canceled) {
		t.Errorf("the running lookup ended with %v, want the request's cause", err)
	}
}
