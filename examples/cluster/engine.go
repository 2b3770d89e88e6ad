package main

import (
	"context"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/cluster/jetstream"
	"github.com/millrace-go/millrace/cluster/jetstream/embedded"
	"github.com/millrace-go/millrace/cluster/local"
	"github.com/millrace-go/millrace/cluster/temporal"
	"github.com/millrace-go/millrace/pool"
)

// lease is how long a worker may be silent: short, so that one can be killed and the
// end be awaited.
const lease = 3 * time.Second

// A site is the engine, with what was started for it.
type site struct {
	engine cluster.Engine
	url    string // for workers; "": they are not needed
	closes []func()
}

// connect returns the engine that c asks for. That is all of the program that knows one.
func connect(ctx context.Context, c config) (s *site, err error) {
	s = &site{url: c.engine}
	switch scheme, _, _ := strings.Cut(c.engine, ":"); scheme {
	case engineLocal:
		p := newPool(c.slots)
		s.engine, s.url = local.New(p, hash), ""
		s.closes = append(s.closes, func() { _ = p.Close() })
	case engineTemporal:
		s.engine, err = temporal.Connect(ctx, temporalConfig(c))
	case engineEmbedded:
		server, err := embedded.Start("", 0)
		if err != nil {
			return nil, err
		}
		s.closes = append(s.closes, server.Close)
		s.url = server.URL()
		fallthrough
	default:
		s.engine, err = jetstream.Connect(ctx, s.url, jetstream.Config{Queue: c.queue, Lease: lease})
	}
	if err != nil {
		s.close()
		return nil, err
	}
	s.closes = append(s.closes, func() { _ = s.engine.Close() })
	return s, nil
}

// temporalConfig reads an address, temporal://host:port/namespace.
func temporalConfig(c config) temporal.Config {
	host, namespace, _ := strings.Cut(strings.TrimPrefix(c.engine, engineTemporal+"://"), "/")
	if c.engine == engineTemporal {
		host = client.DefaultHostPort
	}
	return temporal.Config{Queue: c.queue, Lease: lease, Client: client.Options{HostPort: host, Namespace: namespace}}
}

// close closes what connect opened, the last first.
func (s *site) close() {
	for i := len(s.closes) - 1; i >= 0; i-- {
		s.closes[i]()
	}
}

// newPool returns the pool of a worker. Its queue is bounded, so that a worker takes no
// more calls than it runs and the next ones.
func newPool(slots int) *pool.Pool {
	return pool.New(millrace.WithWorkers(slots), millrace.WithQueue(slots))
}
