package jetstream

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/cluster"
)

// A following is how the outcomes of one client's calls come: all through one
// consumer, which begins anew where it was when the connection was gone.
type following struct {
	once    sync.Once
	err     error
	results jetstream.ConsumeContext
	news    *nats.Subscription
}

// A consumer that the server has forgotten is missed after two heartbeats. One server that keeps
// the queue and has this connection does not forget it without saying so; of several, the one
// that has it may be restarted.
const (
	heartbeat    = 10 * time.Second
	farHeartbeat = 2 * time.Second
)

func (e *Engine) heartbeat() time.Duration {
	if e.alone {
		return heartbeat
	}
	return farHeartbeat
}

// forgotten is how long the server keeps a consumer that is no longer asked for outcomes. A
// consumer that is missed is made anew.
const forgotten = 10 * time.Second

// follow begins to receive the outcomes of a client's calls, unless that has begun. If several
// first calls of a client come at once, one of them begins; if that fails because the call's own
// context has ended, another one tries.
func (e *Engine) follow(ctx context.Context, id string) error {
	return untilAnswered(ctx, func(ctx context.Context) error { return e.followOnce(ctx, clientOf(id)) })
}

func (e *Engine) followOnce(ctx context.Context, client string) error {
	e.mu.Lock()
	if e.mu.closed {
		e.mu.Unlock()
		return cluster.ErrClosed
	}
	f := e.mu.clients[client]
	if f == nil {
		f = new(following)
		e.mu.clients[client] = f
	}
	e.mu.Unlock()
	f.once.Do(func() { f.err = f.start(ctx, e, client) })
	if f.err != nil { // the next call tries again
		e.mu.Lock()
		if e.mu.clients[client] == f {
			delete(e.mu.clients, client)
		}
		e.mu.Unlock()
	}
	return f.err
}

func (f *following) start(ctx context.Context, e *Engine, client string) error {
	c, err := e.results.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{e.cfg.prefix() + "r." + client + ".*"}, DeliverPolicy: jetstream.DeliverAllPolicy,
		InactiveThreshold: forgotten,
	})
	if err != nil {
		return err
	}
	f.results, err = c.Consume(func(m jetstream.Msg) { e.hear(m.Subject(), m.Data()) }, jetstream.PullHeartbeat(e.heartbeat()))
	if err != nil {
		return err
	}
	f.news, err = e.nc.Subscribe(e.cfg.prefix()+"e."+client+".*", func(m *nats.Msg) { e.hear(m.Subject, m.Data) })
	if err != nil {
		f.results.Stop()
	}
	return err
}

// stop ends what start began, if it has, and keeps it from beginning.
func (f *following) stop() {
	f.once.Do(func() { f.err = cluster.ErrClosed })
	if f.results != nil {
		f.results.Stop()
	}
	if f.news != nil {
		_ = f.news.Unsubscribe()
	}
}

// Leave removes from the server what carries the outcomes of a client's calls. It is for
// cluster.Client.Close.
func (e *Engine) Leave(client string) {
	e.mu.Lock()
	f := e.mu.clients[client]
	delete(e.mu.clients, client)
	var left []string
	for id := range e.mu.tickets {
		if clientOf(id) == client {
			left = append(left, id)
		}
	}
	e.mu.Unlock()
	if f != nil {
		f.stop()
	}
	for _, id := range left {
		e.settle(id, cluster.Outcome{ID: id, Kind: cluster.Detached, Fault: cluster.NewFault("the client was closed while the call was out; it still runs")})
	}
}
