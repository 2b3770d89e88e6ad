package parallel

import (
	"iter"
	"runtime"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/ring"
)

// An input is how the input of a loop has ended.
type input struct {
	end      chan struct{} // closed when it has, after what follows was written; nil: there is no feeder
	over     atomic.Bool   // it has, or is about to
	total    uint64
	whole    bool // it ended by itself, before the run did
	panicked any  // what it panicked with
	goexit   bool // it called Goexit
}

// takeAll says that the input is n items, which are there.
func (l *loop) takeAll(n uint64) {
	l.pulled.Store(n)
	l.input.total, l.input.whole = n, true
	l.input.over.Store(true)
}

// died reports whether it has panicked or called Goexit.
func (in *input) died() bool { return in.over.Load() && (in.panicked != nil || in.goexit) }

// raise repeats the panic or Goexit that has ended the input, if one has.
func (in *input) raise() {
	switch {
	case in.panicked != nil:
		panic(in.panicked)
	case in.goexit:
		runtime.Goexit()
	}
}

// An intake is a source that a feeder fills.
type intake[A any] interface {
	source[A]
	// add takes item i, whose outcome is err if that is not nil. It returns err, or why the
	// item cannot run.
	add(i uint64, a A, err error) error
	// free returns the number before which items may be added, at most limit. The items before
	// next have been added. If next may not be added, the feeder waits for what awaits says.
	free(next, limit uint64) (upTo, awaits uint64)
}

// A feeder puts the items of a sequence into a source, as far as the window allows.
type feeder[A, B any] struct {
	*run[A, B]
	into  intake[A]
	taken uint64 // items so far
	limit uint64 // items before this one may be pulled
}

// feed makes the items of a sequence those of the run. submit submits those that are tasks of
// their own.
func (r *run[A, B]) feed(in iter.Seq2[A, error], submit submitter[A]) {
	if r.cfg.ownTasks() {
		r.fill(tasks[A]{&r.cfg, submit}, in)
	} else {
		r.fill(&buffer[A]{loop: &r.loop, items: ring.New[buffered[A]](r.size())}, in)
	}
}

// fill is feed by way of a certain source. A goroutine of its own ranges over the sequence.
func (r *run[A, B]) fill(into intake[A], in iter.Seq2[A, error]) {
	r.in = into
	r.feeder.Init()
	r.input.end = make(chan struct{})
	f := &feeder[A, B]{run: r, into: into}
	go f.pull(in)
}

// pull ranges over the input.
func (f *feeder[A, B]) pull(in iter.Seq2[A, error]) {
	l := &f.loop
	returned := false
	defer func() {
		if !returned {
			l.input.panicked = recover()
			l.input.goexit = l.input.panicked == nil
		}
		l.input.total = f.taken
		l.input.over.Store(true)
		if l.input.died() { // the caller may wait for a slot that an item has
			l.halted.Store(true)
			l.runners.Stop(l.cause(errOver))
		}
		close(l.input.end)
		l.consumer.OpenAny()
	}()
	// Not the context of the runners: an executor that refuses the run ends that before Refuse is
	// called, and a run that has pulled nothing would pass for one of no items.
	if l.outer.Err() == nil && f.wait() {
		in(f.put)
		l.input.whole = !l.halted.Load() && l.outer.Err() == nil
	}
	returned = true
}

// put takes in an item that was pulled, and waits until there is room for another.
// It reports false if none is wanted.
func (f *feeder[A, B]) put(a A, err error) bool {
	i := f.taken
	f.taken++
	if err = f.into.add(i, a, err); err != nil {
		f.reject(i, err)
	}
	f.pulled.Store(f.taken)
	f.pass()
	if f.taken < f.limit && !f.halted.Load() {
		return true
	}
	return f.wait()
}

// wait waits until there is room for an item. It reports false if the run is over. Like await it
// yields the processor once before it parks.
func (f *feeder[A, B]) wait() bool {
	for n := 0; !f.halted.Load(); n++ {
		room, awaits := f.measure()
		switch {
		case room:
			return true
		case n == 0:
			runtime.Gosched()
		default:
			f.park(awaits)
		}
	}
	return false
}

// measure reports whether there is room for an item, and what to wait for if there is none.
func (f *feeder[A, B]) measure() (room bool, awaits uint64) {
	done := f.delivered.Load()
	limit := done + f.size()
	if limit <= f.taken {
		return false, noRoom
	}
	f.limit, awaits = f.into.free(f.taken, f.out.room(f.taken, done, limit))
	return f.limit > f.taken, awaits
}

// park waits until what may have happened.
func (f *feeder[A, B]) park(what uint64) {
	f.feeder.Close(what)
	if room, awaits := f.measure(); f.halted.Load() || room || awaits != what {
		f.feeder.Cancel()
		return
	}
	if what == noRoom {
		f.stalled()
	}
	<-f.feeder.Park()
}

// A buffer is a source that runners take the items of a sequence from. An item is marked when
// it was taken: then its slot is free. That it was delivered does not say so, because errors of
// the input are delivered before they are taken, and others in any order.
type buffer[A any] struct {
	*loop
	items *ring.Ring[buffered[A]]
	first uint64 // those before it were taken
}

type buffered[A any] struct {
	a    A
	skip bool // it has its outcome already
}

// limit implements source.
func (b *buffer[A]) limit() uint64 { return b.pulled.Load() }

// take implements source.
func (b *buffer[A]) take(i uint64) (n uint64, a A, ok bool) {
	it := b.items.Take(i)
	b.items.Mark(i)
	b.feeder.Open(i + 1)
	return i, it.a, !it.skip
}

// add implements intake.
func (b *buffer[A]) add(i uint64, a A, err error) error {
	b.items.Set(i, buffered[A]{a, err != nil})
	return err
}

// free implements intake. The ring has room for a window from the first item on that is in its slot.
func (b *buffer[A]) free(next, limit uint64) (upTo, awaits uint64) {
	for b.first < next && b.items.Has(b.first) {
		b.first++
	}
	upTo = b.items.Room(next, b.first, min(limit, b.first+b.size()))
	if upTo <= next && next < limit {
		return upTo, b.first + 1
	}
	return upTo, noRoom
}
