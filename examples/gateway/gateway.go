package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A service is what the gateway stands in front of: a [backend], or in tests
// something that does what they need.
type service interface {
	call(ctx context.Context, item string) (string, error)
	stream(ctx context.Context, item string) iter.Seq2[string, error]
}

// A gateway answers requests of tenants with what a service says.
type gateway struct {
	settings
	backend   service
	log       *slog.Logger
	telemetry *telemetry
	pool      *pool.Pool
	tenantOf  map[string]*tenant
	draining  atomic.Bool
}

func newGateway(s settings, b service, log *slog.Logger, t *telemetry) *gateway {
	p := s.newPool(t.observers()...)
	t.show(p)
	return &gateway{settings: s, backend: b, log: log, telemetry: t, pool: p, tenantOf: s.newTenants(p)}
}

// routes returns the handler of all requests.
func (g *gateway) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{item}", g.forTenant(g.item))
	mux.HandleFunc("GET /streams/{item}", g.forTenant(g.stream))
	mux.HandleFunc("GET /healthz", g.healthz)
	return g.telemetry.traced(mux)
}

// forTenant looks up whose request it is, and how urgent.
func (g *gateway) forTenant(serve func(w http.ResponseWriter, r *http.Request, t *tenant, priority int)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.Header.Get("X-Tenant")
		t, known := g.tenantOf[name]
		priority, valid := priorities[r.Header.Get("X-Priority")]
		switch {
		case name == "":
			http.Error(w, "no X-Tenant", http.StatusBadRequest)
		case !known:
			http.Error(w, "unknown tenant", http.StatusForbidden)
		case !valid:
			http.Error(w, "X-Priority: want high or low", http.StatusBadRequest)
		default:
			serve(w, r, t, priority)
		}
	}
}

// A response is what the backend says, and how many attempts it took.
type response struct {
	text     string
	attempts int
}

// item answers with one item. The request's context ends when the client
// disconnects: then the call is cancelled if it waits, also for its next attempt,
// and ended if it is at the backend.
func (g *gateway) item(w http.ResponseWriter, r *http.Request, t *tenant, priority int) {
	if err := t.admit(); err != nil {
		g.fail(w, r, t, err)
		return
	}
	call := pool.Submit(r.Context(), t.group, func(ctx context.Context) (response, error) {
		text, err := g.backend.call(ctx, r.PathValue("item"))
		return response{text, pool.Attempt(ctx)}, err
	}, g.call(t, priority)...)
	v, err := call.Await(r.Context())
	if err != nil {
		g.fail(w, r, t, err)
		return
	}
	w.Header().Set("X-Attempts", fmt.Sprint(v.attempts))
	fmt.Fprintln(w, v.text)
}

// stream answers with chunks as they come. It is the handler that writes them, and
// no task: it acquires one of the workers for as long as that takes.
func (g *gateway) stream(w http.ResponseWriter, r *http.Request, t *tenant, priority int) {
	if err := t.admit(); err != nil {
		g.fail(w, r, t, err)
		return
	}
	release, err := pool.Acquire(r.Context(), t.group, g.wait(t, priority)...)
	if err != nil {
		g.fail(w, r, t, err)
		return
	}
	defer release()
	out := http.NewResponseController(w)
	for chunk, err := range g.backend.stream(r.Context(), r.PathValue("item")) {
		if err != nil {
			panic(http.ErrAbortHandler) // the client must not take a part for the whole
		}
		fmt.Fprint(w, chunk)
		_ = out.Flush() // a client that is gone has ended the context
	}
}

// healthz says whether the service takes requests, and how it is.
func (g *gateway) healthz(w http.ResponseWriter, _ *http.Request) {
	code, s := http.StatusOK, g.pool.Stats()
	if g.draining.Load() {
		code = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{ // the client may be gone
		"draining": g.draining.Load(), "running": s.Running, "queued": s.Queued, "refused": s.Refused,
	})
}

// fail answers a call that has no result. What went wrong at the backend goes into
// the log.
func (g *gateway) fail(w http.ResponseWriter, r *http.Request, t *tenant, err error) {
	if r.Context().Err() != nil {
		return // the client is gone
	}
	code, says := status(err)
	switch code {
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", t.retryAfter())
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	default:
		g.log.WarnContext(r.Context(), says, "tenant", t.name, "path", r.URL.Path, "status", code, "err", err)
	}
	http.Error(w, says, code)
}

// status returns the answer to a call that failed with err.
func status(err error) (code int, says string) {
	var crashed *future.PanicError
	switch {
	case errors.Is(err, pool.ErrQueueFull), errors.Is(err, errShare):
		return http.StatusTooManyRequests, "too many calls wait"
	case errors.Is(err, pool.ErrMaxWait):
		return http.StatusServiceUnavailable, "the call has waited too long"
	case errors.Is(err, pool.ErrClosed), errors.Is(err, pool.ErrStopped):
		return http.StatusServiceUnavailable, "the service ends"
	case errors.As(err, &crashed), errors.Is(err, future.ErrGoexit):
		return http.StatusInternalServerError, "internal error"
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout, "the backend took too long"
	}
	return http.StatusBadGateway, "the backend has failed"
}
