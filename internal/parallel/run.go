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

// An item is one of a run. Its fields are guarded by the run's lock.
type item[A, B any] struct {
	index int
	a     A
	next  *item[A, B] // of the same key
	last  func()      // passes the key on
	parts []part[B]   // of its result, not delivered
	room  chan struct{}
	done  bool
	ran   bool
}

type part[B any] struct {
	v   B
	err error
}

type run[A, B any] struct {
	cfg   Config
	outer context.Context
	crew  *sched.Crew
	work  func(h *sched.Hand, ctx context.Context, it *item[A, B]) sched.Outcome
	enter func(*item[A, B]) // under mu: makes an item ready

	mu       sync.Mutex
	ready    []*item[A, B]
	line     []*item[A, B] // undelivered, in the order of input
	taken    int
	window   int
	fed      bool
	whole    bool
	panicked any
	goexit   bool
	ended    bool
	refused  error
	news     chan struct{} // to the consumer
	room     chan struct{} // to the feeder
}

func newRun[A, B any](ctx context.Context, ex sched.Executor, cfg Config) *run[A, B] {
	r := &run[A, B]{cfg: cfg, outer: ctx, news: make(chan struct{}, 1), room: make(chan struct{}, 1)}
	r.crew = sched.NewCrew(ctx, ex, sched.CrewConfig{
		Limit: cfg.Concurrency, Task: cfg.Task,
		Work: r.hand, More: r.more, Refused: r.refuse,
	})
	r.window = cfg.Window
	if r.window == 0 {
		r.window = max(maxWindow, 2*r.crew.Limit)
	}
	r.enter = func(it *item[A, B]) { r.ready = append(r.ready, it) }
	return r
}

func (r *run[A, B]) more() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ready) > 0 && !r.ended && r.refused == nil
}

func (r *run[A, B]) refuse(err error) {
	r.mu.Lock()
	if r.refused == nil {
		r.refused = err
	}
	r.mu.Unlock()
	notify(r.news)
	notify(r.room)
}

func (r *run[A, B]) pop() *item[A, B] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ready) == 0 || r.ended || r.refused != nil {
		return nil
	}
	it := r.ready[0]
	r.ready[0] = nil
	r.ready = r.ready[1:]
	it.ran = true
	return it
}

func (r *run[A, B]) hand(h *sched.Hand) {
	for it := r.pop(); it != nil; it = r.pop() {
		r.do(h, it)
		if h.Yield() {
			return
		}
	}
}

func (r *run[A, B]) do(h *sched.Hand, it *item[A, B]) {
	o := sched.Unfinished
	ctx := h.Begin()
	defer func() {
		if o == sched.Unfinished {
			var zero B
			if v := recover(); v == nil {
				o = sched.Failed
				r.put(it, part[B]{zero, cell.ErrGoexit})
			} else if crash(r.crew) {
				panic(v)
			} else {
				o = sched.Panicked
				r.put(it, part[B]{zero, r.cfg.Fault(v, debug.Stack())})
			}
		}
		h.End(o)
		r.mu.Lock()
		it.done = true
		if it.last != nil {
			it.last()
		}
		n := len(r.ready)
		r.mu.Unlock()
		notify(r.news)
		for range n {
			r.crew.Call()
		}
	}()
	o = r.work(h, ctx, it)
}

// put adds a part to the result of an item.
func (r *run[A, B]) put(it *item[A, B], p part[B]) {
	r.mu.Lock()
	it.parts = append(it.parts, p)
	r.mu.Unlock()
	notify(r.news)
}

func (r *run[A, B]) feed(in iter.Seq2[A, error]) {
	returned, whole := false, false
	defer func() {
		var v any
		if !returned {
			v = recover()
		}
		r.mu.Lock()
		r.fed, r.whole = true, whole
		r.panicked, r.goexit = v, !returned && v == nil
		r.mu.Unlock()
		notify(r.news)
	}()
	if r.crew.Context().Err() == nil {
		for a, err := range in {
			if !r.add(a, err) {
				break
			}
		}
		whole = r.crew.Context().Err() == nil
	}
	returned = true
}

func (r *run[A, B]) add(a A, err error) bool {
	r.mu.Lock()
	it := &item[A, B]{index: r.taken, a: a}
	r.taken++
	r.line = append(r.line, it)
	if err != nil {
		var zero B
		it.done, it.ran = true, true
		it.parts = []part[B]{{zero, err}}
	} else {
		r.enter(it)
	}
	r.mu.Unlock()
	if err != nil {
		notify(r.news)
	} else {
		r.crew.Call()
	}
	for {
		r.mu.Lock()
		ended, room := r.ended || r.refused != nil, len(r.line) < r.window
		r.mu.Unlock()
		switch {
		case ended:
			return false
		case room:
			return true
		}
		select {
		case <-r.room:
		case <-r.crew.Context().Done():
			return false
		}
	}
}

// due returns a part that is due, and its item.
func (r *run[A, B]) due() (it *item[A, B], p part[B], ok, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := 0; i < len(r.line); i++ {
		it := r.line[i]
		if len(it.parts) > 0 {
			p := it.parts[0]
			it.parts = it.parts[1:]
			if it.room != nil {
				notify(it.room)
			}
			return it, p, true, true
		}
		if it.done {
			r.line = append(r.line[:i], r.line[i+1:]...)
			notify(r.room)
			i--
			continue
		}
		if !r.cfg.Unordered {
			break
		}
	}
	if r.fed && (r.panicked != nil || r.goexit) {
		return nil, p, false, false
	}
	return nil, p, false, !r.fed || len(r.line) > 0
}

func (r *run[A, B]) loop(in iter.Seq2[A, error], yield func(int, B, error) bool) {
	defer r.join()
	go r.feed(in)
	joined := false
	for r.outer.Err() == nil {
		it, p, ok, more := r.due()
		if ok {
			if !yield(it.index, p.v, p.err) {
				return
			}
			continue
		}
		if !more {
			break
		}
		r.mu.Lock()
		refused := r.refused
		r.mu.Unlock()
		if refused != nil {
			if joined {
				break
			}
			joined = true
			r.crew.Join() // what is at work is still delivered
			continue
		}
		r.crew.Block(r.news)
	}
	r.join()
	if r.panicked != nil {
		panic(r.panicked)
	}
	if r.goexit {
		runtime.Goexit()
	}
	var zero B
	if r.outer.Err() != nil {
		if !r.whole || len(r.line) > 0 {
			yield(-1, zero, cell.NotDone(r.outer))
		}
		return
	}
	if r.refused != nil && !(r.whole && len(r.line) == 0) {
		yield(-1, zero, r.refused)
	}
}

func (r *run[A, B]) join() {
	r.mu.Lock()
	ended := r.ended
	r.ended = true
	for _, it := range r.line {
		if it.room != nil {
			close(it.room)
			it.room = nil
		}
	}
	r.mu.Unlock()
	if ended {
		return
	}
	r.crew.Stop(errOver)
	if r.cfg.Ending != nil {
		r.cfg.Ending()
	}
	notify(r.room)
	for !r.feederEnded() {
		r.crew.BlockAlways(r.news)
	}
	r.crew.Join()
}

func (r *run[A, B]) feederEnded() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fed
}

// notify leaves a signal, unless there is one already.
func notify(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
