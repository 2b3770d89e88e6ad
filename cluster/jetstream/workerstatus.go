package jetstream

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// status returns what the worker says of itself.
func (w *worker) status() WorkerStatus {
	s := WorkerStatus{
		Name: w.cfg.Name, Tasks: w.cfg.Tasks, Slots: w.cfg.Slots, Since: w.began, Beat: time.Now(),
		Succeeded: w.counts.succeeded.Load(), Failed: w.counts.failed.Load(), Aborted: w.counts.aborted.Load(),
		Lost: w.counts.lost.Load(), Refused: w.counts.refused.Load(), Retried: w.counts.retried.Load(),
		Returned: w.counts.returned.Load(),
	}
	held := w.lockedHeld()
	if s.Held = len(held); s.Held == 0 {
		s.Quiet = w.e.statusEvery(true) + minStatus
	}
	for _, l := range held {
		l.mu.Lock()
		begun := l.mu.begun
		l.mu.Unlock()
		if !begun.IsZero() {
			s.Running = append(s.Running, RunningCall{Task: l.call.Task, ID: strings.TrimPrefix(l.call.ID, "x."), Attempt: l.Attempt(), Since: begun})
		}
	}
	slices.SortFunc(s.Running, func(a, b RunningCall) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID)) })
	s.Running = s.Running[:min(len(s.Running), maxRunning)]
	return s
}

// heardAt returns the status as one of a worker that was heard of then. Its times are by a clock of
// its own; what lies between them stays.
func heardAt(s WorkerStatus, at time.Time) WorkerStatus {
	late := at.Sub(s.Beat)
	s.Beat, s.Since = at, s.Since.Add(late)
	for i := range s.Running {
		s.Running[i].Since = s.Running[i].Since.Add(late)
	}
	return s
}

func (w *worker) statusSubject() string {
	return w.e.cfg.prefix() + "w." + workerToken(w.cfg.Name)
}

// writeStatus stores the status, for when the worker is gone.
func (w *worker) writeStatus(now time.Time) {
	s := w.status()
	w.wrote, w.idle = now, s.Held == 0
	b, err := json.Marshal(s)
	if err == nil && len(b) <= w.e.maxMessage() {
		_ = w.e.nc.Publish(w.statusSubject(), b) // the next one may arrive
	}
}

// eraseStatus takes it back: a worker that has ended is no news. The server takes requests beside
// what is published, so what was published before must be stored first.
func (w *worker) eraseStatus(ctx context.Context) {
	_ = w.register(ctx)
	_ = w.e.results.Purge(ctx, jetstream.WithPurgeSubject(w.statusSubject())) // or it ages
}

// tellStatus answers a Status.
func (w *worker) tellStatus(m *nats.Msg) {
	if b, err := json.Marshal(w.status()); err == nil && len(b) <= w.e.maxMessage() {
		_ = m.Respond(b)
	}
}

// gatherFor is how long Status waits for the workers to answer.
const gatherFor = 100 * time.Millisecond

// gather asks all workers.
func (e *Engine) gather(ctx context.Context) (said []WorkerStatus) {
	inbox := nats.NewInbox()
	sub, err := e.nc.SubscribeSync(inbox)
	if err != nil {
		return nil
	}
	defer func() { _ = sub.Unsubscribe() }()
	if e.nc.PublishRequest(e.cfg.prefix()+"s", inbox, nil) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, gatherFor)
	defer cancel()
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return said
		}
		var w WorkerStatus
		if json.Unmarshal(m.Data, &w) == nil && w.Name != "" {
			said = append(said, heardAt(w, time.Now()))
		}
	}
}
