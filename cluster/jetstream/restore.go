package jetstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// watch notes when the connection was made again, or is closed for good, as it is if the
// server does not take the token any more.
func (e *Engine) watch() {
	for {
		select {
		case <-e.ctx.Done():
			return
		case s := <-e.status:
			if s == nats.CLOSED {
				e.end(fmt.Errorf("the connection is closed for good: %w", cmp.Or(e.nc.LastError(), nats.ErrConnectionClosed)))
				return
			}
		}
		e.breaks.Store(e.nc.Stats().Reconnects)
		select {
		case e.again <- struct{}{}:
		default:
		}
	}
}

// restore does what has to be done when the connection was made again. The server may have lost
// what it had, if that was in memory or with its disk. Then the queue is made again as it was,
// what is queued or kept from now on has new numbers, and of the calls from before those
// that run here can still end.
func (e *Engine) restore() {
	for lost := false; ; {
		select {
		case <-e.ctx.Done():
			return
		case <-e.again:
		}
		e.insist(func(ctx context.Context) error {
			l, err := e.remake(ctx)
			lost = lost || l
			return err
		})
		workers := e.lockedWorkers()
		for _, w := range workers {
			if lost {
				w.void()
			}
			e.insist(w.registerAgain) // before it asks for calls, see census
		}
		if lost {
			e.refollow()
		}
		e.pub.resend(0)
		for _, w := range workers {
			w.restored()
		}
		lost = lost && len(e.again) > 0 // some of it may have to be done again
	}
}

// insist calls fn until it succeeds, or the connection has been made again meanwhile.
func (e *Engine) insist(fn func(context.Context) error) {
	for wait := patiently; ; wait = min(2*wait, setUpTimeout) {
		ctx, cancel := context.WithTimeout(e.ctx, setUpTimeout)
		err := fn(ctx)
		cancel()
		if err == nil || len(e.again) > 0 {
			return
		}
		select {
		case <-e.ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (e *Engine) lockedWorkers() []*worker {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Collect(maps.Keys(e.mu.workers))
}

func (e *Engine) streams() [2]jetstream.Stream { return [2]jetstream.Stream{e.calls, e.results} }

// remake makes what is missing of the queue, as it was. It reports whether a stream is not the
// one that was there, whichever engine has made it.
func (e *Engine) remake(ctx context.Context) (lost bool, err error) {
	var infos [2]*jetstream.StreamInfo
	for i, old := range e.streams() {
		was := old.CachedInfo().Config
		s, err := e.js.Stream(ctx, was.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			s, err = e.js.CreateStream(ctx, was)
		}
		if err != nil {
			return lost, err
		}
		infos[i] = s.CachedInfo()
		if made := infos[i].Created; !made.Equal(e.made[i]) {
			e.made[i], lost = made, true
		}
	}
	for _, line := range e.lines {
		was := line.CachedInfo().Config
		c, err := e.calls.Consumer(ctx, was.Durable)
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			c, err = e.calls.CreateConsumer(ctx, was)
		}
		if err == nil {
			err = e.sweep(ctx, infos[0], c.CachedInfo())
		}
		if err != nil {
			return lost, err
		}
	}
	return lost, e.findBoot(ctx)
}

// refollow reads the outcomes of clients' calls again from the first one: they have new numbers.
func (e *Engine) refollow() {
	e.mu.Lock()
	clients := maps.Clone(e.mu.clients)
	for name := range clients {
		e.mu.clients[name] = new(following)
	}
	e.mu.Unlock()
	for name, f := range clients {
		f.stop()
		e.insist(func(ctx context.Context) error { return e.followOnce(ctx, name) })
	}
}

// void notes that the server has lost the calls that the worker holds: what it might be told of
// them now it would take for other calls.
func (w *worker) void() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.memory.denied = nil
	for _, l := range w.mu.held {
		l.mu.Lock()
		l.mu.msg = nil
		l.mu.Unlock()
	}
}
