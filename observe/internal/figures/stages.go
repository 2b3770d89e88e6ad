package figures

import (
	"context"
	"sync"

	"github.com/millrace-go/millrace"
)

// most is how many names are told apart: names are meant to be few, and must not fill
// the memory if they are not.
const (
	most  = 1000
	other = "_OTHER"
)

// A Name is what stages are told apart by.
type Name struct{ Pool, Stage string }

// A Sum is of the stages of one name.
type Sum struct {
	Delivered    uint64 // items, also of those that have ended
	Held, Window uint64 // items of those that run, together
	Running      int    // runners of those that run, together
}

// Stages sums up the maps and parallel stages that run, by their pool and name. What
// has ended stays in the sums, so that counters never go back. It is an observer of
// runs. The zero value has none.
type Stages struct {
	mu    sync.Mutex
	names map[Name]*stage
}

type stage struct {
	delivered uint64 // by those that have ended
	running   map[*millrace.RunInfo]struct{}
}

// Begin adds a run until ended is called.
func (s *Stages) Begin(r millrace.RunInfo) (ended func()) {
	name := Name{Valid(r.Pool), Valid(r.Name)}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.stageLocked(name)
	x.running[&r] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(x.running, &r)
		x.delivered += r.Probe().Delivered
	}
}

// Run implements millrace.RunObserver.
func (s *Stages) Run(ctx context.Context, r millrace.RunInfo) (context.Context, func()) {
	return ctx, s.Begin(r)
}

func (s *Stages) stageLocked(name Name) *stage {
	if s.names == nil {
		s.names = map[Name]*stage{}
	}
	if s.names[name] == nil && len(s.names) >= most {
		name = Name{other, other}
	}
	x := s.names[name]
	if x == nil {
		x = &stage{running: map[*millrace.RunInfo]struct{}{}}
		s.names[name] = x
	}
	return x
}

// Sums returns the sums of all names.
func (s *Stages) Sums() map[Name]Sum {
	s.mu.Lock()
	defer s.mu.Unlock()
	sums := make(map[Name]Sum, len(s.names))
	for name, x := range s.names {
		sum := Sum{Delivered: x.delivered}
		for r := range x.running {
			g := r.Probe()
			sum.Delivered += g.Delivered
			sum.Held += g.Pulled - min(g.Pulled, g.Delivered)
			sum.Window += g.Window
			sum.Running += g.Running
		}
		sums[name] = sum
	}
	return sums
}
