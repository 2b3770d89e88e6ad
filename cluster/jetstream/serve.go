package jetstream

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/millrace-go/millrace/cluster"
)

// A worker is one Serve: it pulls calls of each priority, holds their leases, renews
// them, and stores outcomes.
type worker struct {
	e      *Engine
	cfg    cluster.Worker
	counts counts
	pace   pace
	pulls  [lines]*pull
	wake   chan struct{} // told when a call has come, or room for asking
	waits  atomic.Bool   // for a call: it has room for one
	subs   []*nats.Subscription
	beats  *time.Timer
	renews string // prefix of the subjects of answers to renewals
	over   sync.WaitGroup

	mu struct {
		sync.Mutex
		held   map[string]*lease // by key
		memory memory
		next   uint64
		ended  bool
	}
	began   time.Time  // what answers to renewals count from, on the monotonic clock
	beating sync.Mutex // held by a beat
	wrote   time.Time  // the last status; guarded by beating
	idle    bool       // it says that the worker holds no call; guarded by beating
}

// Serve implements cluster.Engine.
func (e *Engine) Serve(ctx context.Context, cfg cluster.Worker, accept func(cluster.Lease)) error {
	w := &worker{e: e, cfg: cfg, began: time.Now(), wake: make(chan struct{}, 1), renews: nats.NewInbox() + ".", pace: pace{span: e.span}}
	w.mu.held = make(map[string]*lease)
	switch err := w.start(ctx); {
	case err == nil:
	case ctx.Err() != nil && e.ctx.Err() == nil:
		w.abandon()
		return nil
	default:
		w.abandon()
		return fmt.Errorf("jetstream: serve: %w", err)
	}
	for l := w.take(ctx); l != nil; l = w.take(ctx) {
		if l.examine() {
			accept(l)
		}
	}
	return w.end()
}

// start puts the worker on record, however long the server does not answer, as later when it is out of reach.
func (w *worker) start(ctx context.Context) (err error) {
	e := w.e
	w.beats = time.AfterFunc(time.Hour, w.beat)
	for subject, handler := range map[string]nats.MsgHandler{
		e.cfg.prefix() + "b.>":           w.tellBegun,
		e.cfg.prefix() + "d":             w.vote,
		e.cfg.inquirySubject(w.cfg.Name): w.vote,
		e.cfg.prefix() + "s":             w.tellStatus,
		w.renews + "*.*":                 w.renewed,
	} {
		s, err := e.nc.Subscribe(subject, handler)
		if err != nil {
			return err
		}
		w.subs = append(w.subs, s)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.ctx, func() { cancel(context.Cause(e.ctx)) })()
	if err := untilAnswered(ctx, w.register); err != nil {
		return err
	}
	for line := range w.pulls {
		if w.pulls[line], err = newPull(w, line); err != nil {
			return err
		}
	}
	e.mu.Lock()
	e.mu.workers[w] = struct{}{}
	e.mu.Unlock()
	w.beats.Reset(0)
	return nil
}

// ask makes a request for calls of each priority, where none is out.
func (w *worker) ask() {
	for _, p := range w.pulls {
		p.ask()
	}
}

// abandon takes back what start has done before it failed. Nothing was asked for yet.
func (w *worker) abandon() {
	w.stopBeats()
	w.unsubscribe()
	for _, p := range w.pulls {
		if p != nil {
			p.end()
		}
	}
}

func (w *worker) unsubscribe() {
	for _, s := range w.subs {
		_ = s.Unsubscribe()
	}
}

// take waits for a call, of the highest priority that is there; nil at the end of ctx, or of
// the engine.
func (w *worker) take(ctx context.Context) *lease {
	for ctx.Err() == nil && w.e.ctx.Err() == nil {
		l, wait := w.next()
		if l != nil {
			return l
		}
		if !w.waits.Swap(true) {
			w.ask()
		}
		var late <-chan time.Time
		if wait > 0 {
			late = time.After(wait)
		}
		select {
		case <-w.wake:
		case <-late:
		case <-ctx.Done():
		case <-w.e.ctx.Done():
		}
	}
	return nil
}

// next returns the call of the highest priority that is there; nil if there is none, or
// if one of a higher priority may come so soon.
func (w *worker) next() (l *lease, wait time.Duration) {
	for _, p := range w.pulls {
		if l = p.take(); l != nil {
			return l, 0
		}
		if wait = p.due(); wait > 0 {
			return nil, wait
		}
	}
	return nil, 0
}

func (w *worker) wakeUp() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// restored is told when the connection was made again.
func (w *worker) restored() {
	for _, p := range w.pulls {
		p.again()
	}
}

// end gives back what was pulled and not accepted, and waits for the rest: until each
// call that was accepted is finished or given back, and the server knows. If the server is out of
// reach, end waits for a lease: after that other workers run the calls whose end the server does
// not know.
func (w *worker) end() error {
	var draining sync.WaitGroup
	for _, p := range w.pulls {
		draining.Go(p.drain)
	}
	draining.Wait()
	settled := make(chan struct{})
	go func() { w.over.Wait(); close(settled) }()
	var err error
	for waiting := true; waiting; {
		select {
		case <-settled:
			waiting = false
		case <-time.After(w.e.lease):
			if !w.e.nc.IsConnected() {
				w.forsake()
				<-settled
				err = fmt.Errorf("jetstream: serve: the server is out of reach: outcomes were not stored")
				waiting = false
			}
		}
	}
	w.e.mu.Lock()
	delete(w.e.mu.workers, w)
	w.e.mu.Unlock()
	w.stopBeats()
	w.unsubscribe()
	_ = w.e.nc.FlushTimeout(w.e.lease) // what was published without an answer
	if why := context.Cause(w.e.ctx); why != nil {
		return fmt.Errorf("jetstream: serve: %w", why)
	}
	return err
}
