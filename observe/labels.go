package observe

import (
	"context"
	"maps"
	"runtime/pprof"
	"sync"
	"sync/atomic"

	"github.com/millrace-go/millrace"
)

// The pprof labels of a task.
const (
	poolLabel = "millrace.pool"
	taskLabel = "millrace.task"
	idLabel   = "millrace.id" // of a Page
)

// Labels returns an observer that sets pprof labels for the goroutine of each task while
// the task runs: millrace.pool and millrace.task, beside the labels that its submit
// context has. So a profile can be split by the name of the task and, say, by the request
// that it belongs to:
//
//	go tool pprof -tagfocus millrace.task=thumbnail …
//
// Goroutines that the task starts inherit the labels. When the task has ended, the
// goroutine has the label of its pool again.
func Labels() millrace.Observer { return new(labels) }

type labels struct {
	Nop
	idle idleLabels
	sets labelSets
}

func (l *labels) Started(ctx context.Context, t *millrace.TaskInfo) context.Context {
	ctx = pprof.WithLabels(ctx, l.sets.of(t))
	pprof.SetGoroutineLabels(ctx)
	return ctx
}

func (l *labels) Ended(_ context.Context, t *millrace.TaskInfo) { l.idle.set(t.Pool) }

// mostSets is how many label sets are kept. There are as many as names, which are meant to be
// few; if they are not, the rest are made for each task.
const mostSets = 1000

// labelSets keeps the labels of tasks, which take longer to make than to find: it is read without
// a lock, and a new set copies a map.
type labelSets struct {
	mu    sync.Mutex // held to write known
	known atomic.Pointer[map[namedBy]pprof.LabelSet]
}

// namedBy is what the labels of a task are made of.
type namedBy struct {
	pool, name string
	function   uintptr
}

// of returns the labels of a task.
func (s *labelSets) of(t *millrace.TaskInfo) pprof.LabelSet {
	k := namedBy{t.Pool, t.Name, t.Func}
	if k.name != "" {
		k.function = 0
	}
	if known := s.known.Load(); known != nil {
		if set, there := (*known)[k]; there {
			return set
		}
	}
	set := pprof.Labels(poolLabel, t.Pool, taskLabel, Name(t))
	s.keep(k, set)
	return set
}

func (s *labelSets) keep(k namedBy, set pprof.LabelSet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := map[namedBy]pprof.LabelSet{}
	if before := s.known.Load(); before != nil {
		if len(*before) >= mostSets {
			return
		}
		known = maps.Clone(*before)
	}
	known[k] = set
	s.known.Store(&known)
}

// idleLabels are those that a worker has between tasks. It remembers those of the last
// pool, which is most often the only one.
type idleLabels struct {
	last atomic.Pointer[labelled]
}

type labelled struct {
	pool string
	ctx  context.Context
}

// set gives the goroutine the labels of an idle worker of the pool.
func (i *idleLabels) set(pool string) {
	l := i.last.Load()
	if l == nil || l.pool != pool {
		l = &labelled{pool, context.Background()}
		if pool != "" {
			l.ctx = pprof.WithLabels(l.ctx, pprof.Labels(poolLabel, pool))
		}
		i.last.Store(l)
	}
	pprof.SetGoroutineLabels(l.ctx)
}
