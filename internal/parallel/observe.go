package parallel

import (
	"context"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/observed"
	"github.com/millrace-go/millrace/internal/options"
	"github.com/millrace-go/millrace/internal/sched"
)

// A watch is what the observer of a pool sees of a run: the run as a whole, how far it is
// whenever the observer asks, and each item if the run has a name. Nothing is counted for it.
type watch struct {
	pool     *sched.Pool
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
	w := &watch{pool: p}
	if w.items = cfg.Task.Name != ""; w.items {
		w.function = reflect.ValueOf(cfg.Func).Pointer()
	}
	cfg.watch = w
	return o.Run(ctx, options.RunInfo{Pool: p.Name(), Name: cfg.Task.Name, Probe: w.probe, Demand: w.demand})
}

// probe returns how far the run is.
func (w *watch) probe() options.Progress {
	l := w.loop.Load()
	if l == nil {
		return options.Progress{}
	}
	delivered := l.delivered.Load()
	return options.Progress{
		Pulled:     l.there(delivered),
		Delivered:  delivered,
		Window:     l.size(),
		Running:    max(l.items.Present()-l.items.Searching(), 0) + int(l.atWork.Load()),
		Limit:      l.runners.Limit,
		InputEnded: l.input.over.Load(),
	}
}

// there returns how many items were pulled. It may be counted after they have been delivered.
func (l *loop) there(delivered uint64) uint64 {
	return max(l.pulled.Load(), l.items.Claimed(), delivered)
}

// demand returns how many items are there that no runner has taken, and whether a result is
// waited for.
func (w *watch) demand() (waiting uint64, awaited bool) {
	l := w.loop.Load()
	if l == nil {
		return 0, false
	}
	awaited = l.consumer.Closed()
	switch tasks := l.tasks.Load(); {
	case l.halted.Load(): // what has not started will not
		return 0, awaited
	case l.cfg.ownTasks() || tasks > 0: // those of First are, whatever the options
		return uint64(max(tasks-l.atWork.Load(), 0)), awaited
	}
	delivered, claimed := l.delivered.Load(), l.items.Claimed()
	return l.there(delivered) - max(claimed, delivered), awaited
}

// eachItem reports whether each item is observed.
func (w *watch) eachItem() bool { return w != nil && w.items }

// submitted tells the observer of an item that is a task of its own, and returns the context to
// submit it with. An observer may call Goexit, which must not end the input: so it is called in
// another goroutine.
func (w *watch) submitted(ctx context.Context, of *observed.Record, name string) context.Context {
	told := make(chan struct{})
	go func() {
		defer close(told)
		ctx = of.Item(ctx, w.pool.Observer(), w.pool.Name(), name, w.function)
	}()
	<-told
	return ctx
}

// An observation is what the observer is told of one item of a runner.
type observation struct {
	observer *options.Observers
	inner    context.Context // that Started returned: for the function
	info     *options.TaskInfo
	lent     time.Duration // what the runner had lent before
	open     bool          // it has started
}

// started tells the observer that an item with this context starts. Its function gets o.inner.
// An observer may call Goexit, so what has to be done then is deferred.
func (w *runner) started(ctx context.Context) {
	o, of := &w.observation, w.cfg.watch
	o.observer, o.inner, o.lent, o.open = of.pool.Observer(), ctx, w.slot.Lent(), true
	o.info = &options.TaskInfo{Pool: of.pool.Name(), Name: w.cfg.Task.Name, Func: of.function, Attempt: 1, Submitted: time.Now()}
	defer func() { o.inner = o.observer.Started(o.inner, o.info) }()
	o.inner = o.observer.Submitted(ctx, o.info)
}

// ended tells the observer that the item has ended.
func (w *runner) ended(err error, panicked bool) {
	o := &w.observation
	if !o.open {
		return
	}
	o.open = false
	o.info.Run, o.info.Lent = time.Since(o.info.Submitted), w.slot.Lent()-o.lent
	o.info.Err, o.info.Panicked = err, panicked
	o.observer.Ended(o.inner, o.info)
}
