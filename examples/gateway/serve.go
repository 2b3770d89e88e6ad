package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// errUndrained says that requests were under way after the drain.
var errUndrained = errors.New("requests were still under way")

// serve answers requests until ctx ends, and then lets those come to their ends
// that are under way.
func (g *gateway) serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: g.routes(), ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(g.log.Handler(), slog.LevelWarn)}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	g.draining.Store(true)
	time.Sleep(g.notice)
	return g.end(server)
}

// lastWords is the most that the answers to requests that were ended may take: there is
// nothing left to compute.
const lastWords = 5 * time.Second

// end ends the service: the server first, because requests under way still have
// calls to make; then the pool, which ends calls that are left, so that they are
// answered; then the connections, which ends streams.
func (g *gateway) end(server *http.Server) error {
	limit, cancel := context.WithTimeout(context.Background(), g.drain)
	defer cancel()
	drained := server.Shutdown(limit)
	if drained == nil {
		return g.pool.Close()
	}
	g.pool.Stop(errUndrained)
	last, cancel := context.WithTimeout(context.Background(), g.last)
	defer cancel()
	if server.Shutdown(last) != nil {
		_ = server.Close()
	}
	_ = g.pool.Close() // it says that it was stopped
	return fmt.Errorf("%w after -drain %v", errUndrained, g.drain)
}
