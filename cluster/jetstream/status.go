package jetstream

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A Status is what an operator wants to know of a queue.
type Status struct {
	Queue   string
	Queued  int           // calls that no worker has
	Held    int           // calls that a worker has, pending there or running
	Oldest  time.Duration // since the oldest call that has not ended was submitted; 0: there is none
	Kept    int           // outcomes
	Workers []WorkerStatus
}

// A WorkerStatus is what a worker says of itself.
type WorkerStatus struct {
	Name    string
	Tasks   []string
	Slots   int
	Since   time.Time
	Beat    time.Time // when it said that, by the server's clock
	Held    int
	Running []RunningCall // the oldest first, at most 50

	// Since it began: outcomes by kind, calls that it gave back after an error (Retried)
	// or without having started them (Returned).
	Succeeded, Failed, Aborted, Lost, Refused, Retried, Returned int64
}

// A RunningCall is a call that a worker runs.
type RunningCall struct {
	Task, ID string
	Attempt  int
	Since    time.Time
}

const maxRunning = 50

// Silent reports whether the worker has not been heard of for longer than the lease:
// its calls are run elsewhere by now.
func (w *WorkerStatus) Silent(lease time.Duration) bool {
	return time.Since(w.Beat) > max(lease, 2*statusEvery)
}

// Lease returns the lease of the queue.
func (e *Engine) Lease() time.Duration { return e.lease }

// Unsure returns how many calls this connection has aborted without knowing what became
// of them.
func (e *Engine) Unsure() int { return int(e.unsure.Load()) }

// Status asks the server, and the workers. It waits for the workers some 100 ms; of
// those that do not answer it has what they last wrote, some seconds ago.
func (e *Engine) Status(ctx context.Context) (Status, error) {
	s := Status{Queue: e.cfg.Queue}
	for _, line := range e.lines {
		info, err := line.Info(ctx)
		if err != nil {
			return s, err
		}
		s.Queued += int(info.NumPending)
		s.Held += info.NumAckPending
	}
	info, err := e.calls.Info(ctx)
	if err != nil {
		return s, err
	}
	if info.State.Msgs > 0 {
		s.Oldest = time.Since(info.State.FirstTime)
	}
	s.Workers, err = e.workers(ctx)
	if err != nil {
		return s, err
	}
	if info, err = e.results.Info(ctx, jetstream.WithSubjectFilter(e.cfg.prefix()+"r.>")); err != nil {
		return s, err
	}
	s.Kept = len(info.State.Subjects)
	return s, nil
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
			w.Beat = m.Time
			said = append(said, w)
		}
	}
	slices.SortFunc(said, func(a, b WorkerStatus) int { return strings.Compare(a.Name, b.Name) })
	return said, nil
}
