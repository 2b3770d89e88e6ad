package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A backend looks one thing up for a user. It is slow, and ends with its context.
type backend func(ctx context.Context, user string) (string, error)

// A handler answers a request with what three backends say of a user. All
// requests share one pool, which bounds how many lookups are at work however
// many requests there are.
type handler struct {
	pool                     *pool.Pool
	log                      *slog.Logger
	timeout                  time.Duration // of a lookup, from when it has a worker
	profile, orders, balance backend
}

type answer struct {
	Profile string `json:"profile"`
	Orders  string `json:"orders"`
	Balance string `json:"balance"`
}

// routes returns the service: one path, and 404 and 405 for everything else.
func (h *handler) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", h)
	return mux
}

// ServeHTTP looks things up with the request's context, which ends when the
// client disconnects.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user := r.URL.Query().Get("user")
	if user == "" {
		http.Error(w, "no user", http.StatusBadRequest)
		return
	}
	a, err := h.lookup(r.Context(), user)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a) // the client may be gone; there is nobody to tell
}

// fail answers with a status and a text of its own. What went wrong goes into the
// log: a client has no use for the insides of a backend, and none for a stack.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	code, says := http.StatusBadGateway, "a backend has failed"
	var crashed *future.PanicError
	switch {
	case r.Context().Err() != nil:
		return // the client is gone
	case h.pool.Err() != nil:
		code, says = http.StatusServiceUnavailable, "shutting down"
	case errors.As(err, &crashed) || errors.Is(err, future.ErrGoexit):
		code, says = http.StatusInternalServerError, "internal error"
	case errors.Is(err, context.DeadlineExceeded):
		code, says = http.StatusGatewayTimeout, "a backend took too long"
	}
	level := slog.LevelWarn
	if code == http.StatusInternalServerError {
		level = slog.LevelError
	}
	h.log.Log(r.Context(), level, says, "url", r.URL.Path, "status", code, "err", err)
	http.Error(w, says, code)
}

// lookup asks the backends. None of them is at work for it any more when it
// returns: the scope ends them, those that wait for a worker too, when ctx ends
// or when one of them fails, and waits for them.
func (h *handler) lookup(ctx context.Context, user string) (a answer, err error) {
	err = pool.Scope(ctx, h.pool, func(ctx context.Context, g *pool.Group) error {
		ask := func(b backend, says *string) {
			pool.Go(ctx, g, func(ctx context.Context) (err error) {
				*says, err = b(ctx, user)
				return err
			}, millrace.WithTimeout(h.timeout))
		}
		ask(h.profile, &a.Profile)
		ask(h.orders, &a.Orders)
		ask(h.balance, &a.Balance)
		return nil
	})
	return a, err
}
