package parallel

import (
	"context"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A watch is what the observer of a pool sees of a run: the run as a whole, how far it is
// whenever the observer asks, and each item if the run has a name. Nothing is counted for it.
type watch struct {
	observer *options.Observers
	pool     string
	items    bool // each item is observed
	function uintptr
	loop     atomic.Pointer[loop]
}

// Observe tells the observer of ex, if it has one, that a run with this configuration begins,
// and returns the context of the run. ended is to be called when nothing of it is left. A run
// that was not observed before it begins does that by itself; a stage is, because the stages
// above have to have its context.
func (cfg *Config) Observe(ctx context.Context, ex sched.Executor) (_ context.Context, ended func()) {
	p := sched.PoolOf(ex)
	o := p.Observer()
	if cfg.watch = nil; o == nil {
		return ctx, func() {}
	}
	w := &watch{observer: o, pool: p.Name(), items: cfg.Task.Name != ""}
	if cfg.Func != nil {
		w.named(cfg.Func)
	}
	cfg.watch = w
	return o.Run(ctx, options.RunInfo{Pool: p.Name(), Name: cfg.Task.Name, Probe: w.probe})
}

// probe returns how far the run is.
func (w *watch) probe() options.Progress {
	l := w.loop.Load()
	if l == nil {
		return options.Progress{}
	}
	pulled := max(l.pulled.Load(), l.items.Claimed())
	return options.Progress{
		Pulled:     pulled,
		Delivered:  l.delivered.Load(),
		Window:     l.size(),
		Running:    max(l.items.Present()-l.items.Searching(), 0) + int(l.tasks.Load()),
		Limit:      l.runners.Limit,
		InputEnded: l.input.over.Load() && pulled >= l.input.total,
	}
}

// named says which function the items are observed by. The first call counts.
func (w *watch) named(fn any) {
	if w != nil && w.items && w.function == 0 {
		w.function = reflect.ValueOf(fn).Pointer()
	}
}

// observed tells the observer that an item with this context starts, and returns the context
// for its function.
func (r *runner) observed(ctx context.Context) context.Context {
	w := r.watch
	if w == nil || !w.items {
		return ctx
	}
	r.info = &options.TaskInfo{Pool: w.pool, Name: r.cfg.Task.Name, Func: w.function, Attempt: max(r.attempt, 1), Submitted: w.observer.Now()}
	r.ctx = w.observer.Submitted(ctx, r.info)
	r.ctx = w.observer.Started(r.ctx, r.info)
	return r.ctx
}

// told tells the observer that the item has ended.
func (r *runner) told(err error, panicked bool) {
	t := r.info
	if t == nil {
		return
	}
	t.Run, t.Err, t.Panicked = time.Since(t.Submitted), err, panicked
	r.info = nil
	r.watch.observer.Ended(r.ctx, t)
	r.last = t
}

// retried tells the observer that the item that has ended will be tried again.
func (r *runner) retried(delay time.Duration) {
	if r.last != nil {
		r.watch.observer.Retried(r.ctx, r.last, delay)
	}
}
