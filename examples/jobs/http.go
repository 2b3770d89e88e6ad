package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// routes returns the service of a runner.
func routes(r *Runner) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /jobs", func(w http.ResponseWriter, req *http.Request) { start(w, req, r) })
	mux.HandleFunc("GET /jobs", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, r.Jobs()) })
	mux.HandleFunc("GET /jobs/{id}", func(w http.ResponseWriter, req *http.Request) {
		if s, ok := r.Job(id(req)); ok {
			answer(w, http.StatusOK, s)
			return
		}
		http.Error(w, "no such job", http.StatusNotFound)
	})
	mux.HandleFunc("DELETE /jobs/{id}", func(w http.ResponseWriter, req *http.Request) {
		if r.Cancel(id(req)) {
			w.WriteHeader(http.StatusAccepted) // it ends when it notices
			return
		}
		http.Error(w, "no such job, or it has ended", http.StatusConflict)
	})
	return mux
}

func start(w http.ResponseWriter, req *http.Request, r *Runner) {
	steps, err := strconv.Atoi(req.FormValue("steps"))
	if err != nil || steps < 1 {
		http.Error(w, "want steps=n, and n at least 1", http.StatusBadRequest)
		return
	}
	id, err := r.Start(fmt.Sprintf("count to %d", steps), count(steps))
	switch {
	case errors.Is(err, errBusy):
		w.Header().Set("Retry-After", "1")
		http.Error(w, err.Error(), http.StatusTooManyRequests)
	case err != nil:
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
	default:
		w.Header().Set("Location", fmt.Sprintf("/jobs/%d", id))
		s, _ := r.Job(id)
		answer(w, http.StatusCreated, s)
	}
}

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone; there is nobody to tell
}

// id returns the number in the path, 0 if it is none: no job has that.
func id(req *http.Request) int {
	n, _ := strconv.Atoi(req.PathValue("id"))
	return n
}

// step is how long one step of a job takes.
const step = 100 * time.Millisecond

// count is a job that takes so many steps.
func count(steps int) Work {
	return func(ctx context.Context, p *Progress) (string, error) {
		p.Total.Store(int64(steps))
		for range steps {
			select {
			case <-time.After(step):
				p.Done.Add(1)
			case <-ctx.Done():
				return "", context.Cause(ctx)
			}
		}
		return fmt.Sprintf("counted to %d", steps), nil
	}
}
