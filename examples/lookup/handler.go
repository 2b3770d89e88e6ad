package main

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/millrace-go/millrace/pool"
)

// A backend looks one thing up for a user. It is slow, and ends with its context.
type backend func(ctx context.Context, user string) (string, error)

// A handler answers a request with what three backends say of a user. All
// requests share one pool, which bounds how many lookups are at work however
// many requests there are.
type handler struct {
	pool                     *pool.Pool
	profile, orders, balance backend
}

type answer struct {
	Profile string `json:"profile"`
	Orders  string `json:"orders"`
	Balance string `json:"balance"`
}

// ServeHTTP looks things up with the request's context, which ends when the
// client goes away.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user := r.URL.Query().Get("user")
	if user == "" {
		http.Error(w, "no user", http.StatusBadRequest)
		return
	}
	a, err := h.lookup(r.Context(), user)
	switch {
	case err == nil:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(a) // the client may be gone; there is nobody to tell
	case h.pool.Err() != nil:
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
	default:
		http.Error(w, err.Error(), http.StatusBadGateway)
	}
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
			})
		}
		ask(h.profile, &a.Profile)
		ask(h.orders, &a.Orders)
		ask(h.balance, &a.Balance)
		return nil
	})
	return a, err
}
