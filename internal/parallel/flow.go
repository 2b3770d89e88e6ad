package parallel

import (
	"context"
	"iter"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/sched"
)

// A flow is one loop over items that a run does not fit: those that have several
// results (flat.go), or that wait for one another (keyed.go). Its items are
// objects under one lock, which is cheap enough for what such items do, and far
// from what a run costs.
//
//	pulled --> ready (its turn) --> at work (a hand) --> done --> delivered
type flow[A, B any] struct {
	cfg   Config
	outer context.Context
	crew  *sched.Crew
	do    func(h *sched.Hand, ctx context.Context, it *flowItem[A, B]) (failed bool)
	enter func(*flowItem[A, B]) // under mu: the item was pulled
	leave func(*flowItem[A, B]) // under mu: it is done

	mu       sync.Mutex
	ready    []*flowItem[A, B]
	line     []*flowItem[A, B] // undelivered, in the order of input
	window   int
	fed      bool // the feeder has ended
	whole    bool // the input ended by itself, before its context did
	panicked any  // what the input panicked with
	goexit   bool // the input called Goexit
	ended    bool
	refusal  error
	news     chan struct{} // to the consumer; one place
	room     chan struct{} // to the feeder; one place
}

// A flowItem is one item. Its fields are guarded by the flow's lock.
type flowItem[A, B any] struct {
	a     A
	next  *flowItem[A, B] // keyed: the next of its key
	pass  func()          // keyed: passes its turn on
	parts []part[B]       // of its result, not delivered
	room  chan struct{}   // flat: to the sequence that is held up
	done  bool
}

type part[B any] struct {
	v   B
	err error
}

func newFlow[A, B any](ctx context.Context, ex sched.Executor, cfg Config) *flow[A, B] {
	f := &flow[A, B]{cfg: cfg, outer: ctx, news: make(chan struct{}, 1), room: make(chan struct{}, 1)}
	f.crew = newCrew(ctx, ex, cfg, f.work, f.more, f.refuse)
	f.window = cfg.Window
	if f.window == 0 {
		f.window = 2 * f.crew.Limit
	}
	f.enter = func(it *flowItem[A, B]) { f.ready = append(f.ready, it) }
	f.leave = func(*flowItem[A, B]) {}
	return f
}

func (f *flow[A, B]) more() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.ready) > 0 && !f.ended && f.refusal == nil
}

func (f *flow[A, B]) refuse(err error) {
	f.mu.Lock()
	f.refusal = err
	f.mu.Unlock()
	notify(f.news)
	notify(f.room)
}

// work is what a hand does.
func (f *flow[A, B]) work(h *sched.Hand) {
	for it := f.take(); it != nil; it = f.take() {
		f.run(h, it)
		if h.Yield() {
			return
		}
	}
}

func (f *flow[A, B]) take() *flowItem[A, B] {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ready) == 0 || f.ended || f.refusal != nil {
		return nil
	}
	it := f.ready[0]
	f.ready[0] = nil
	f.ready = f.ready[1:]
	return it
}

// run runs an item, whatever comes of it.
func (f *flow[A, B]) run(h *sched.Hand, it *flowItem[A, B]) {
	o := sched.Unfinished
	defer func() {
		if o == sched.Unfinished {
			o = f.fell(it, recover())
		}
		if o == sched.Succeeded {
			h.End()
		} else {
			h.Fail(o)
		}
		f.over(it)
	}()
	if f.do(h, h.Begin(), it) {
		o = sched.Failed
	} else {
		o = sched.Succeeded
	}
}

// fell stores the outcome of an item that did not return.
func (f *flow[A, B]) fell(it *flowItem[A, B], v any) sched.Outcome {
	var zero B
	switch {
	case v == nil:
		f.put(it, zero, cell.ErrGoexit)
		return sched.Failed
	case f.crew.Crash():
		panic(v) // the stack of the first panic is still below this one, and is printed
	}
	f.put(it, zero, f.cfg.Fault(v, debug.Stack()))
	return sched.Panicked
}

// over says that the item is done.
func (f *flow[A, B]) over(it *flowItem[A, B]) {
	f.mu.Lock()
	it.done = true
	f.leave(it)
	ready := len(f.ready)
	f.mu.Unlock()
	notify(f.news)
	if ready > 0 {
		f.crew.Call()
	}
}

// put adds a part to the result of an item.
func (f *flow[A, B]) put(it *flowItem[A, B], v B, err error) {
	f.mu.Lock()
	it.parts = append(it.parts, part[B]{v, err})
	f.mu.Unlock()
	notify(f.news)
}

// loop is the flow, see run.loop.
func (f *flow[A, B]) loop(in iter.Seq2[A, error], yield func(B, error) bool) {
	defer f.join()
	go f.feed(in)
	if !f.deliver(yield) {
		return
	}
	f.join()
	switch {
	case f.panicked != nil:
		panic(f.panicked)
	case f.goexit:
		runtime.Goexit()
	}
	if err := f.why(); err != nil {
		var zero B
		yield(zero, err)
	}
}

// why returns the error of a flow that ended before it was complete.
func (f *flow[A, B]) why() error {
	switch {
	case f.whole && len(f.line) == 0:
		return nil
	case f.outer.Err() != nil:
		return cell.NotDone(f.outer)
	}
	return f.refusal
}

// join ends the flow and waits until nothing of it is left.
func (f *flow[A, B]) join() {
	f.mu.Lock()
	ended := f.ended
	f.ended = true
	for _, it := range f.line {
		if it.room != nil {
			notify(it.room)
		}
	}
	f.mu.Unlock()
	if ended {
		return
	}
	f.crew.Stop(errOver)
	if f.cfg.Ending != nil {
		f.cfg.Ending()
	}
	notify(f.room)
	for !f.feederEnded() {
		f.crew.BlockAlways(f.news)
	}
	f.crew.Join()
}

func (f *flow[A, B]) feederEnded() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fed
}

// notify fills the one place of a channel.
func notify(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default: // whoever takes what is there looks at everything
	}
}
