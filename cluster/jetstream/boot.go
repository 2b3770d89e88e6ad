package jetstream

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A server writes which calls it has delivered some ten times a second. If it is killed it
// forgets the last of them, and delivers these calls as if for the first time. Their workers may
// have been killed with it. So a call that was stored before the server started counts as
// delivered.
//
// When the server started, it does not tell. It does tell when a consumer was made; and one in
// memory, which nothing reads from, ends with the server and is made by the first engine that
// connects after that. With several servers it does not end, and one of them that is killed may
// forget as well, unless the others have copies.

// A boot is when the server started, or some moments later, by its clock: that of this process may
// be hours ahead or behind.
type boot struct {
	at     time.Time
	found  time.Time // when that was found out, by the same clock
	breaks uint64    // how often the connection had been made again then, at least
}

const bootConsumer = "boot"

// findBoot finds out when the server started.
func (e *Engine) findBoot(ctx context.Context) error {
	breaks := e.nc.Stats().Reconnects
	c, err := e.results.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: bootConsumer, MemoryStorage: true, AckPolicy: jetstream.AckNonePolicy,
		DeliverPolicy: jetstream.DeliverNewPolicy, FilterSubject: e.cfg.prefix() + "w." + bootConsumer,
	})
	if err == nil {
		e.boot.Store(&boot{c.CachedInfo().Created, c.CachedInfo().TimeStamp, breaks})
	}
	return err
}

// bootedSince reports whether the server was started after it stored a message.
func (e *Engine) bootedSince(ctx context.Context, stored time.Time) (bool, error) {
	if e.boot.Load().breaks != e.nc.Stats().Reconnects {
		if err := e.findBoot(ctx); err != nil {
			return false, err
		}
	}
	return stored.Before(e.boot.Load().at), nil
}

// mayForget reports whether the server may have been restarted after it stored a message, and so
// have forgotten what it did with it.
func (e *Engine) mayForget(stored time.Time) bool {
	b := e.boot.Load()
	return b.breaks != e.nc.Stats().Reconnects || stored.Before(b.found)
}
