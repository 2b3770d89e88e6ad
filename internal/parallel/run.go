package parallel

import (
	"context"
	"iter"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/sched"
)

// A run is one loop over a map. Three parties work on its ring:
//
//	the feeder    ranges over the input, as far as the window allows   feed.go
//	the hands     run items and store their results                    serve.go
//	the consumer  the caller: yields the results that are due          deliver.go
//
// A slice needs no feeder: its items are there to be claimed.
//
//	0 ... delivered ... claimed ... pulled <= delivered + window
//
// Each party publishes every item at once and wakes those who wait for it, but
// takes as many as there are. So nothing waits for a batch to fill, and nobody is
// woken for each item while there is more to do.
type run[A, B any] struct {
	line
	cfg   Config
	outer context.Context // the caller's
	fn    Func[A, B]
	slice []A
	fed   bool                            // not a slice
	fast  bool                            // the first error ends the run
	keep  func(i uint64, a A) error       // not nil: keeps the input, instead of the ring
	err   func(err error)                 // not nil: takes an error of the input, instead of put
	do    func(s *server[A, B], i uint64) // not nil: runs an item, instead of take and perform

	delivery func(yield func(B, error) bool) bool // deliver, or what takes its place
	closing  func()                               // called when the run is over, to let hands go on
	first    *ring[A, B]

	keepsIn, keepsOut bool // items, and results, keep other things from being collected

	feeder    gate
	consumer  gate
	_         pad
	pulled    atomic.Uint64 // written by the feeder
	_         pad
	delivered atomic.Uint64 // written by the consumer
	_         pad
	finished  atomic.Uint64 // results, with Unordered
	_         pad
	skips     atomic.Bool   // there have been errors in the input
	failed    atomic.Bool   // an item has failed, with fast
	stalls    atomic.Uint64 // how large a window stalls have asked for

	inputEnd chan struct{} // closed when the feeder has ended, after what follows was written
	ending   atomic.Bool   // the feeder has ended, or is about to
	total    uint64
	whole    bool // the input ended by itself, before its context did
	panicked any  // what the input panicked with
	goexit   bool // the input called Goexit

	errs struct {
		sync.Mutex
		refusal error
		of      map[uint64]failure // by result
	}

	// For the consumer alone.
	failing uint64 // the input's number of the error that was yielded last
	joined  bool
}

// A failure is the error of an item.
type failure struct {
	item uint64
	err  error
}

// newRun returns a run of fn over a sequence, or over slice if it is not nil.
func newRun[A, B any](ctx context.Context, ex sched.Executor, cfg Config, slice []A) *run[A, B] {
	r := &run[A, B]{cfg: cfg, outer: ctx, slice: slice, fed: slice == nil, inputEnd: make(chan struct{})}
	r.feeder, r.consumer = newGate(), newGate()
	r.keepsIn, r.keepsOut = keeps(reflect.TypeFor[A]()), keeps(reflect.TypeFor[B]())
	r.began = time.Now()
	r.maxBlock = maxBlock
	r.limit = r.available
	r.starved = r.starve
	r.quit = r.consumer.openAny
	r.delivery, r.closing = r.deliver, func() {}
	r.crew = newCrew(ctx, ex, cfg, r.work, r.left, r.refuse)
	r.first = newRing[A, B](0, r.firstSize(), !cfg.Unordered, r.fed)
	return r
}

// firstSize returns the size of the first ring. That of a slice cannot grow.
func (r *run[A, B]) firstSize() uint64 {
	if r.fed {
		return ceil(min(r.window(), minRing))
	}
	n := uint64(r.cfg.Window)
	if n == 0 {
		n = max(maxWindow, 2*uint64(r.crew.Limit))
	}
	return ceil(min(n, uint64(len(r.slice))))
}

// available returns the number of the first item that may not be claimed.
func (r *run[A, B]) available() uint64 {
	if r.fed {
		return r.pulled.Load()
	}
	return min(uint64(len(r.slice)), r.delivered.Load()+r.window())
}

// refuse is called when the executor gives the run up. Items at work are still
// delivered.
func (r *run[A, B]) refuse(err error) {
	r.errs.Lock()
	r.errs.refusal = err
	r.errs.Unlock()
	r.halt(refused)
}

// halt says that no further item starts.
func (r *run[A, B]) halt(why uint32) {
	r.stop.Or(why)
	r.feeder.openAny()
	r.consumer.openAny()
}

// loop is the run.
func (r *run[A, B]) loop(in iter.Seq2[A, error], yield func(B, error) bool) {
	defer r.join()
	if r.fed {
		go r.feed(in)
	} else {
		r.total, r.whole = uint64(len(r.slice)), true
		r.ending.Store(true)
		close(r.inputEnd)
		r.pass()
	}
	if !r.delivery(yield) {
		return
	}
	r.join()
	switch {
	case r.panicked != nil:
		panic(r.panicked)
	case r.goexit:
		runtime.Goexit()
	}
	if err := r.why(); err != nil {
		var zero B
		r.failing = noItem
		yield(zero, err)
	}
}

// noItem as run.failing says that the error is that of the run.
const noItem = ^uint64(0)

// why returns the error of a run that ended before it was complete.
func (r *run[A, B]) why() error {
	switch {
	case r.whole && r.delivered.Load() == r.total:
		return nil
	case r.outer.Err() != nil:
		return cell.NotDone(r.outer)
	}
	r.errs.Lock()
	defer r.errs.Unlock()
	return r.errs.refusal
}

// join ends the run and waits until nothing of it is left.
func (r *run[A, B]) join() {
	if r.joined {
		return
	}
	r.joined = true
	r.halt(over)
	r.closing()
	r.crew.Stop(errOver)
	if r.cfg.Ending != nil {
		r.cfg.Ending()
	}
	r.crew.BlockAlways(r.inputEnd)
	r.crew.Join()
}
