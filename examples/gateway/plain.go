package main

import (
	"context"
	"fmt"
	"net/http"
)

// A plain is the same service as one would write it without a pool: a handler for
// each request calls the backend, with the same timeout and the same retries. It
// is there to be compared with.
type plain struct {
	settings
	backend service
}

func (p plain) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{item}", p.item)
	return mux
}

func (p plain) item(w http.ResponseWriter, r *http.Request) {
	next := schedule(p.retries)
	for attempt := 1; ; attempt++ {
		text, err := p.attempt(r.Context(), r.PathValue("item"))
		if err == nil {
			w.Header().Set("X-Attempts", fmt.Sprint(attempt))
			fmt.Fprintln(w, text)
			return
		}
		pause, again := next(attempt, err)
		if !again || sleep(r.Context(), pause) != nil {
			code, says := status(err)
			http.Error(w, says, code)
			return
		}
	}
}

func (p plain) attempt(ctx context.Context, item string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	return p.backend.call(ctx, item)
}
