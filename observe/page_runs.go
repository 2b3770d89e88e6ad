package observe

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/millrace-go/millrace"
)

// runs are the maps and stages that run.
type runs struct {
	mu  sync.Mutex
	ids uint64
	all map[*run]struct{}
}

// A run is a map or a stage.
type run struct {
	info  millrace.RunInfo
	id    uint64 // in order of their begin
	began time.Time
	below *run // the stage that takes what this one makes; nil: it is the last
}

// belowKey is where a stage finds the one below it in its context, by runs.
type belowKey struct{ of *runs }

// begin is RunObserver.Run.
func (r *runs) begin(ctx context.Context, info millrace.RunInfo) (context.Context, func()) {
	x := &run{info: info, began: time.Now()}
	if below, ok := ctx.Value(belowKey{r}).(*run); ok && below.info.Probe().Pulled == 0 {
		// A pipeline begins at its sink, before anything is pulled. What begins later,
		// under the same context, is a map of an item.
		x.below = below
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[*run]struct{}{}
	}
	r.ids++
	x.id = r.ids
	r.all[x] = struct{}{}
	return context.WithValue(ctx, belowKey{r}, x), func() { r.end(x) }
}

func (r *runs) end(x *run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, x)
}

// pipelines returns the oldest pipelines that run, each from its source to its sink, at
// most most of them, and how many there are. A stage with several above it, as of
// Merge, begins a pipeline: those above are pipelines of their own.
func (r *runs) pipelines(most int) (chains [][]*run, n int) {
	r.mu.Lock()
	all := make([]*run, 0, len(r.all))
	for x := range r.all {
		all = append(all, x)
	}
	r.mu.Unlock()
	slices.SortFunc(all, func(a, b *run) int { return cmp.Compare(a.id, b.id) })
	above := map[*run][]*run{}
	running := map[*run]bool{}
	for _, x := range all {
		running[x] = true
		above[x.below] = append(above[x.below], x)
	}
	for _, x := range all {
		if x.below != nil && running[x.below] && len(above[x.below]) == 1 {
			continue
		}
		if n++; len(chains) == most {
			continue
		}
		var chain []*run
		for at := x; ; at = above[at][0] {
			chain = append(chain, at)
			if len(above[at]) != 1 {
				break
			}
		}
		slices.Reverse(chain)
		chains = append(chains, chain)
	}
	return chains, n
}
