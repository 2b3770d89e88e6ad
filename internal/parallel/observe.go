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
	w := &watch{observer: o, pool: p.Name()}
	if w.items = cfg.Task.Name != ""; w.items {
		w.function = reflect.ValueOf(cfg.Func).Pointer()
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
	delivered := l.delivered.Load()
	pulled := max(l.pulled.Load(), l.items.Claimed(), delivered) // it may be counted late
	return options.Progress{
		Pulled:     pulled,
		Delivered:  delivered,
		Window:     l.size(),
		Running:    max(l.items.Present()-l.items.Searching(), 0) + int(l.atWork.Load()),
		Limit:      l.runners.Limit,
		InputEnded: l.input.over.Load() && pulled >= l.input.total,
	}
}

// eachItem reports whether each item is observed.
func (w *watch) eachItem() bool { return w != nil && w.items }

// An observation is what the observer is told of one item.
type observation struct {
	observer *options.Observers
	ctx      context.Context   // that Submitted returned
	inner    context.Context   // that Started returned: for the function
	info     *options.TaskInfo // nil: the item is not observed
	open     bool              // it has started
}

// started tells the observer that an item with this context starts. Its function gets o.inner.
// An observer may call Goexit, so what has to be done then is deferred.
func (o *observation) started(ctx context.Context, l *loop, attempt int) {
	o.inner = ctx
	w := l.cfg.watch
	if !w.eachItem() {
		return
	}
	o.observer, o.open = w.observer, true
	o.info = &options.TaskInfo{Pool: w.pool, Name: l.cfg.Task.Name, Func: w.function, Attempt: attempt, Submitted: w.observer.Now()}
	o.ctx = ctx
	defer func() { o.inner = w.observer.Started(o.ctx, o.info) }()
	o.ctx = w.observer.Submitted(ctx, o.info)
}

// ended tells the observer that the item has ended.
func (o *observation) ended(err error, panicked bool) {
	if !o.open {
		return
	}
	o.open = false
	o.info.Run, o.info.Err, o.info.Panicked = time.Since(o.info.Submitted), err, panicked
	o.observer.Ended(o.inner, o.info)
}

// Retried tells the observer that the item that has ended will be tried again. It implements
// sched.Observed.
func (o *observation) Retried(delay time.Duration) {
	if o.info != nil {
		o.observer.Retried(o.ctx, o.info, delay)
	}
}
