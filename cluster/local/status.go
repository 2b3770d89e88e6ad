package local

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/millrace-go/millrace/cluster"
	"github.com/millrace-go/millrace/observe/queues"
)

// A server is one Serve. Its fields are guarded by the engine's mutex.
type server struct {
	cluster.Worker
	since  time.Time
	leases map[*lease]struct{}
	counts queues.Worker
}

// endLocked counts what became of a lease.
func (s *server) endLocked(l *lease, count func(*queues.Worker) *int64) {
	delete(s.leases, l)
	*count(&s.counts)++
}

// counter returns which count an outcome adds to.
func counter(k cluster.Kind) func(*queues.Worker) *int64 {
	switch k {
	case cluster.Succeeded:
		return func(w *queues.Worker) *int64 { return &w.Succeeded }
	case cluster.Aborted:
		return func(w *queues.Worker) *int64 { return &w.Aborted }
	case cluster.Lost:
		return func(w *queues.Worker) *int64 { return &w.Lost }
	case cluster.NeverRan, cluster.Unknown:
		return func(w *queues.Worker) *int64 { return &w.Refused }
	}
	return func(w *queues.Worker) *int64 { return &w.Failed }
}

// backCounter returns which count a call adds to that is given back.
func backCounter(begun bool) func(*queues.Worker) *int64 {
	if begun {
		return func(w *queues.Worker) *int64 { return &w.Retried }
	}
	return func(w *queues.Worker) *int64 { return &w.Returned }
}

// Status returns what is queued, held and kept, and the workers. The error is nil.
func (e *Engine) Status(context.Context) (queues.Status, error) {
	s := queues.Status{Engine: "local", Queue: "local"}
	now := time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, k := range e.calls {
		switch {
		case k.outcome != nil:
			s.Kept++
			continue
		case k.lease != nil:
			s.Held++
		default:
			s.Queued++
		}
		s.Oldest = max(s.Oldest, now.Sub(k.since))
	}
	for _, o := range e.servers {
		s.Workers = append(s.Workers, o.statusLocked(now))
	}
	slices.SortFunc(s.Workers, func(a, b queues.Worker) int { return strings.Compare(a.Name, b.Name) })
	return s, nil
}

const maxRunning = 50

func (s *server) statusLocked(now time.Time) queues.Worker {
	w := s.counts
	w.Name, w.Tasks, w.Slots, w.Since, w.Beat, w.Held = s.Name, s.Tasks, s.Slots, s.since, now, len(s.leases)
	for l := range s.leases {
		if !l.begun.IsZero() {
			w.Running = append(w.Running, queues.Call{
				Task: l.call.Task, ID: strings.TrimPrefix(l.call.ID, "x."), Attempt: l.attempt, Since: l.begun,
			})
		}
	}
	slices.SortFunc(w.Running, func(a, b queues.Call) int { return a.Since.Compare(b.Since) })
	w.Running = w.Running[:min(len(w.Running), maxRunning)]
	return w
}
