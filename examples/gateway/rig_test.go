package main

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace/examples/internal/exampletest"
	"github.com/millrace-go/millrace/pool"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { exampletest.Main(m, run) }

// A fake is a backend that does as it is told, and remembers the items it was
// asked for.
type fake struct {
	do     func(ctx context.Context, item string) (string, error)
	chunks func(ctx context.Context, item string) iter.Seq2[string, error]

	mu    sync.Mutex
	items []string
}

func (f *fake) call(ctx context.Context, item string) (string, error) {
	f.mu.Lock()
	f.items = append(f.items, item)
	f.mu.Unlock()
	return f.do(ctx, item)
}

func (f *fake) stream(ctx context.Context, item string) iter.Seq2[string, error] {
	return f.chunks(ctx, item)
}

// asked returns the items in the order in which the backend was asked for them.
func (f *fake) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.items...)
}

// says answers at once.
func says(context.Context, string) (string, error) { return "good", nil }

// A gate holds calls at the backend until it is opened.
type gate struct{ entered, opened chan struct{} }

func newGate() *gate { return &gate{make(chan struct{}, 100), make(chan struct{})} }

func (g *gate) hold(ctx context.Context, _ string) (string, error) {
	g.entered <- struct{}{}
	select {
	case <-g.opened:
		return "held", nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// patient are settings under which nothing is refused, or ends, by itself.
func patient() settings {
	return settings{
		tenants: []string{"alice", "noisy"}, workers: 1, queue: 100, rate: 1e6, burst: 1000,
		timeout: time.Hour, maxWait: time.Hour, drain: time.Hour, last: time.Hour,
	}
}

// start serves a gateway on real connections. At the end of the test nothing of it
// may be left.
func start(t *testing.T, s settings, b *fake) (*gateway, string) {
	t.Helper()
	g := newGateway(s, b, discard(), quiet(t))
	server := httptest.NewServer(g.routes())
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, g.pool.Close())
		if s := g.pool.Stats(); s.Goroutines != 0 || s.Running+s.Waiting+s.Queued != 0 {
			t.Errorf("Stats() = %+v, want nothing left", s)
		}
	})
	return g, server.URL
}

// quiet returns a telemetry that nobody looks at.
func quiet(t *testing.T) *telemetry {
	t.Helper()
	q, err := newTelemetry(discard(), 0, nil)
	require.NoError(t, err)
	return q
}

// A reply is an answer that has been read.
type reply struct {
	code   int
	body   string
	header http.Header
	err    error
}

// get asks as a tenant.
func get(ctx context.Context, tenant, priority, url string) (r reply) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return reply{err: err}
	}
	if tenant != "" {
		req.Header.Set("X-Tenant", tenant)
	}
	req.Header.Set("X-Priority", priority)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, strings.TrimSpace(string(body)), resp.Header, err}
}

// later asks in a goroutine.
func later(t *testing.T, tenant, priority, url string) <-chan reply {
	t.Helper()
	answered := make(chan reply, 1)
	go func() { answered <- get(t.Context(), tenant, priority, url) }()
	return answered
}

// until waits for a condition on the pool's figures.
func until(t *testing.T, p *pool.Pool, holds func(pool.Stats) bool) {
	t.Helper()
	for !holds(p.Stats()) {
		if t.Context().Err() != nil {
			t.Fatalf("the test ends with %v", p)
		}
		runtime.Gosched()
	}
}

// queued waits until so many calls wait.
func queued(t *testing.T, p *pool.Pool, n int) {
	t.Helper()
	until(t, p, func(s pool.Stats) bool { return s.Queued == n })
}
