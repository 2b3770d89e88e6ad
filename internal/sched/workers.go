package sched

import (
	"context"
	"runtime/pprof"
	"time"

	"github.com/millrace-go/millrace/internal/outcome"
)

// workers is the goroutines of a pool. While the lock is free this holds:
//
//	a started task has no goroutine  =>  a worker is on its way (one is coming), or
//	                                     there may be no more, and one comes to the
//	                                     lock by itself (giveWay)
//
// One worker on its way is enough: it wakes the next one if it leaves work behind. So a
// burst of submits costs one wake-up, and a worker that runs already takes the work first.
type workers struct {
	all     []*worker
	idle    []*worker // parked, the longest idle first
	in      [5]int    // how many there are of each standing
	runners int       // started tasks that are runners of maps
	permits int       // started tasks that have no goroutine
	wanted  bool      // WithInit: a task waits for a worker
	base    context.Context
	stop    context.CancelCauseFunc // ends the contexts that Init functions run under
	reaper  *time.Timer             // nil: it is not set
}

// A standing is where a worker is.
type standing uint8

const (
	present   standing = iota // it is idle, or has come to the lock for a task
	busy                      // it runs a task
	coming                    // it is on its way there
	preparing                 // the same, and its Init function is to be run, or runs
	absent                    // it ends, or runs functions of the user, which may take long
)

func (w *worker) stand(s standing) {
	in := &w.pool.workers.in
	in[w.standing]--
	in[s]++
	w.standing = s
}

// labels returns the context whose pprof labels the pool's goroutines have: not those
// of the goroutine that happened to start them.
func (p *Pool) labels() context.Context {
	ctx := context.Background()
	if p.cfg.Name != "" {
		ctx = pprof.WithLabels(ctx, pprof.Labels("millrace.pool", p.cfg.Name))
	}
	return ctx
}

// tooFew reports whether a worker has to be woken or started to keep the invariant.
func (ws *workers) tooFew(p *Pool) bool {
	return p.starting.Len() > 0 && ws.in[coming] == 0 && (len(ws.idle) > 0 || ws.mayAdd(p))
}

// mayAdd reports whether there may be one more worker: without Init, if something that
// runs has none yet.
func (ws *workers) mayAdd(p *Pool) bool {
	return p.cfg.Init == nil && len(ws.all)-ws.in[absent] < p.slots.running()+p.slots.lent-ws.permits
}

// next keeps the invariant: it returns the worker that has to be woken or started, if
// any.
func (ws *workers) next(p *Pool) *worker {
	if !ws.tooFew(p) {
		return nil
	}
	var w *worker
	if n := len(ws.idle); n > 0 {
		w = ws.idle[n-1] // the one whose stack and caches are warmest
		ws.idle[n-1] = nil
		ws.idle = ws.idle[:n-1]
	} else {
		w = ws.add(p)
	}
	w.stand(coming)
	return w
}

// dispatch wakes or starts w, if it is not nil.
func (w *worker) dispatch() {
	switch {
	case w == nil:
	case w.wake == nil:
		w.wake = make(chan struct{}, 1)
		go w.loop()
	default:
		w.wake <- struct{}{}
	}
}

// add makes a new worker.
func (ws *workers) add(p *Pool) *worker {
	w := &worker{pool: p, index: len(ws.all)}
	w.contexts.Owner.Value, w.contexts.Of = w, p
	ws.all = append(ws.all, w)
	ws.in[present]++
	return w
}

func (ws *workers) remove(w *worker) {
	last := len(ws.all) - 1
	ws.all[w.index] = ws.all[last]
	ws.all[w.index].index = w.index
	ws.all[last] = nil
	ws.all = ws.all[:last]
	if last == 0 {
		ws.all = nil
	}
	w.pool.atRest()
	w.stand(absent)
	ws.in[absent]--
}

// assign gives w a task that has started.
func (p *Pool) assign(w *worker, t *Task) {
	if w.standing != busy {
		w.stand(busy)
	}
	if p.divided.Load() {
		p.noteDivided()
	}
	x := t.extra()
	w.task, t.worker = t, w
	w.lentFor = 0
	if w.item = nil; !x.isRunner() {
		s := t.scope.Load()
		w.item = w.contexts.Next(s.ctx, p.boundOf(x)) // nil: bind makes it
	}
	if w.item != nil && t.Has(outcome.Final) {
		p.abortEarly(t)
	}
}

// park parks the worker until there is something to do. It reports false if the worker
// is to end; then the lock has been given up.
func (w *worker) park() bool {
	if !w.goIdle() {
		w.stand(absent)
		w.pool.unlock()
		return false
	}
	w.pool.unlockAsIs()
	return w.sleep()
}

// goIdle makes the worker one of the idle ones, and reports whether the pool keeps such
// workers. After that it has to sleep soon: it may be woken for a task at any time.
func (w *worker) goIdle() bool {
	p := w.pool
	p.atRest()
	if p.phase.Load() != open || p.cfg.IdleTimeout == 0 {
		return false
	}
	w.stand(present)
	w.since = p.now()
	if !w.contexts.Has(context.Background(), p.bound) {
		w.contexts.Drop() // an idle worker holds no context
	}
	w.item = nil
	p.workers.idle = append(p.workers.idle, w)
	p.workers.armReaper(p, p.cfg.IdleTimeout)
	return true
}

// sleep parks an idle worker until it is woken. It returns true with the lock held, or
// false if the worker is to end.
func (w *worker) sleep() bool {
	<-w.wake
	w.seldom = 0
	w.pool.mu.Lock()
	if w.standing == absent { // by retire
		w.pool.unlock()
		return false
	}
	return true
}

// armReaper sets the timer that ends idle workers, unless it is set. A pool has one such
// timer, and none is set while no worker is idle.
func (ws *workers) armReaper(p *Pool, d time.Duration) {
	if ws.reaper == nil {
		ws.reaper = time.AfterFunc(d, p.reap)
	}
}

// reap ends the workers that have been idle for long enough.
func (p *Pool) reap() {
	p.mu.Lock()
	ws := &p.workers
	ws.reaper = nil
	now := p.now()
	n := 0
	for n < len(ws.idle) && now-ws.idle[n].since >= p.cfg.IdleTimeout {
		n++
	}
	ws.retire(p, n)
	if len(ws.idle) > 0 && p.phase.Load() == open {
		ws.armReaper(p, p.cfg.IdleTimeout-(now-ws.idle[0].since))
	}
	p.unlock()
}

// retire ends the n workers that have been idle longest. With WithInit it keeps one for
// each started task without a worker: only a prepared worker can run it.
func (ws *workers) retire(p *Pool, n int) {
	if p.cfg.Init != nil {
		n = min(n, max(0, len(ws.idle)-p.starting.Len()))
	}
	for _, w := range ws.idle[:n] {
		w.stand(absent)
		w.wake <- struct{}{} // never blocks: a parked worker's slot is empty
	}
	ws.idle = append([]*worker(nil), ws.idle[n:]...)
}
