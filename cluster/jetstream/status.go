package jetstream

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/millrace-go/millrace/observe/queues"
)

// The types that Engine.Status returns, and that observe.Page shows.
type (
	Status       = queues.Status
	WorkerStatus = queues.Worker
	RunningCall  = queues.Call
)

const maxRunning = 50

// Lease returns the lease of the queue.
func (e *Engine) Lease() time.Duration { return e.lease }

// Unsure returns how many calls this connection has aborted without knowing what became
// of them.
func (e *Engine) Unsure() int { return int(e.unsure.Load()) }

// Status asks the server for its figures, and each worker for what it runs. It waits some
// 100 ms for the workers; for a worker that does not answer it has what the worker wrote
// last: some seconds ago if it holds calls, else up to a minute. Before that it removes calls
// that have ended and are in the queue nevertheless, because a server was killed.
func (e *Engine) Status(ctx context.Context) (Status, error) {
	s := Status{Engine: "jetstream", Queue: e.cfg.Queue, Lease: e.lease, Unsure: e.Unsure()}
	calls, err := e.calls.Info(ctx)
	if err != nil {
		return s, err
	}
	for _, line := range e.lines {
		info, err := line.Info(ctx)
		if err != nil {
			return s, err
		}
		s.Queued += int(info.NumPending)
		s.Held += info.NumAckPending
		if err := e.sweep(ctx, calls, info); err != nil {
			return s, err
		}
		oldest, err := e.oldest(ctx, info)
		if err != nil {
			return s, err
		}
		s.Oldest = max(s.Oldest, oldest)
	}
	s.Workers, err = e.workers(ctx)
	if err != nil {
		return s, err
	}
	s.Kept, err = e.kept(ctx)
	return s, err
}

// oldest returns the age of the oldest call that a consumer is not done with. That is not always the
// first in the stream, which may have calls that have ended, see sweep.
func (e *Engine) oldest(ctx context.Context, line *jetstream.ConsumerInfo) (time.Duration, error) {
	if line.NumPending == 0 && line.NumAckPending == 0 {
		return 0, nil
	}
	m, err := e.calls.GetMsg(ctx, line.AckFloor.Stream+1, jetstream.WithGetMsgSubject(line.Config.FilterSubject))
	if gone(err) { // it has ended meanwhile
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return line.TimeStamp.Sub(m.Time), nil // by one clock, the server's
}

// kept returns how many outcomes are stored: how many a consumer of them would have before it.
// To list their subjects would send all of them here, and there may be millions.
func (e *Engine) kept(ctx context.Context) (int, error) {
	c, err := e.results.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubject: e.cfg.prefix() + "r.>", AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, InactiveThreshold: time.Second,
	})
	if err != nil {
		return 0, err
	}
	info := c.CachedInfo()
	_ = e.results.DeleteConsumer(ctx, info.Name) // or it goes by itself
	return int(info.NumPending), nil
}

// workers returns what workers wrote of themselves, and say now.
func (e *Engine) workers(ctx context.Context) ([]WorkerStatus, error) {
	said := e.gather(ctx)
	info, err := e.results.Info(ctx, jetstream.WithSubjectFilter(e.cfg.prefix()+"w.>"))
	if err != nil {
		return nil, err
	}
	for subject := range info.State.Subjects {
		m, err := e.results.GetLastMsgForSubject(ctx, subject)
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var w WorkerStatus
		if json.Unmarshal(m.Data, &w) == nil && !slices.ContainsFunc(said, func(o WorkerStatus) bool { return o.Name == w.Name }) {
			said = append(said, heardAt(w, time.Now().Add(m.Time.Sub(info.TimeStamp))))
		}
	}
	slices.SortFunc(said, func(a, b WorkerStatus) int { return strings.Compare(a.Name, b.Name) })
	return said, nil
}
