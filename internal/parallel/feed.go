package parallel

import (
	"iter"
	"runtime"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/ring"
)

// minRing is how many slots the first rings have, unless the window is smaller.
const minRing = 64

// An input is how the input of a loop has ended.
type input struct {
	end      chan struct{} // closed when it has, after what follows was written
	over     atomic.Bool   // it has, or is about to
	total    uint64
	whole    bool // it ended by itself, before its context did
	panicked any  // what it panicked with
	goexit   bool // it called Goexit
}

// all says that the input is n items, which are there.
func (in *input) all(n uint64) {
	in.total, in.whole = n, true
	in.over.Store(true)
	close(in.end)
}

func (in *input) died() bool { return in.panicked != nil || in.goexit }

// raise dies what the input died of.
func (in *input) raise() {
	switch {
	case in.panicked != nil:
		panic(in.panicked)
	case in.goexit:
		runtime.Goexit()
	}
}

// An intake is the side of a source that the feeder is on.
type intake[A any] interface {
	source[A]
	space
	// add takes item i, whose outcome is err if that is not nil. It returns err, or why the
	// item cannot run.
	add(i uint64, a A, err error) error
	// behind returns the number of an item that must be taken before item i can be
	// added, + 1; 0 if there is none.
	behind(i uint64) uint64
}

// A feeder puts the items of a sequence into a source, as far as the window allows.
type feeder[A, B any] struct {
	*loop
	into  intake[A]
	out   sink[B]
	taken uint64 // items so far
	limit uint64 // items before this one may be pulled
	cut   bool   // it told the input to end
}

// feed returns a source of items that perform runs, and what fills it, for a goroutine of its
// own.
func feed[A, B any](l *loop, in iter.Seq2[A, error], out sink[B], perform func(*runner, uint64, A)) (_ source[A], fill func()) {
	var src intake[A]
	if !l.apart {
		src = &fed[A]{loop: l, in: ring.New[fedItem[A]](min(l.size(), minRing))}
	} else {
		src = &apart[A]{l, perform, fails(out)}
	}
	f := &feeder[A, B]{loop: l, into: src, out: out}
	return src, func() { f.run(in) }
}

// run ranges over the input.
func (f *feeder[A, B]) run(in iter.Seq2[A, error]) {
	l := f.loop
	returned := false
	defer func() {
		if !returned {
			l.input.panicked = recover()
			l.input.goexit = l.input.panicked == nil
		}
		l.input.total = f.taken
		l.input.over.Store(true)
		close(l.input.end)
		l.consumer.OpenAny()
	}()
	ctx := l.runners.Context()
	if ctx.Err() == nil && f.wait() {
		in(f.put)
		l.input.whole = !f.cut && ctx.Err() == nil
	}
	returned = true
}

// put takes in an item that was pulled, and waits until there is room for another.
// It reports false if none is wanted.
func (f *feeder[A, B]) put(a A, err error) bool {
	i := f.taken
	f.taken++
	if err = f.into.add(i, a, err); err != nil {
		var zero B
		f.out.put(i, zero, err)
	}
	f.pulled.Store(f.taken)
	if !f.apart && f.items.Searching() == 0 {
		f.runners.Start()
	}
	if f.taken < f.limit && !f.halted.Load() && f.into.behind(f.taken) == 0 {
		return true
	}
	f.cut = !f.wait() // an input that was told to end has not ended by itself
	return !f.cut
}

// wait waits until there is room for an item. It reports false if the run is over.
func (f *feeder[A, B]) wait() bool {
	for n := 0; !f.halted.Load(); n++ {
		room, of := f.measure()
		switch {
		case room > 0 && n == 0, room > of/4, room > 0 && (n > parkPatience || f.items.Claimed() == f.taken):
			if behind := f.into.behind(f.taken); behind == 0 {
				return true
			} else if n >= parkPatience {
				f.park(behind)
			}
		case n >= parkPatience:
			f.park(noRoom)
		}
		if n < parkPatience {
			runtime.Gosched()
		}
	}
	return false
}

// measure returns how many items there is room for, and how many there would be
// if all was delivered.
func (f *feeder[A, B]) measure() (room, of uint64) {
	done := f.delivered.Load()
	of = f.size()
	if done+of <= f.taken {
		return 0, of
	}
	f.limit = min(f.into.room(f.taken, done, done+of), f.out.room(f.taken, done, done+of))
	return f.limit - f.taken, of
}

// park waits until what may have happened.
func (f *feeder[A, B]) park(what uint64) {
	f.feeder.Close(what)
	if room, _ := f.measure(); f.halted.Load() || what == noRoom && room > 0 || what != noRoom && f.into.behind(f.taken) != what {
		f.feeder.Cancel()
		return
	}
	if what == noRoom {
		f.stalled()
	}
	<-f.feeder.Park()
}

// A fed is a source that runners take the items of. An item is marked when it was taken: then
// its slot is free. That it was delivered does not say so, because errors of the input are
// delivered before they are taken, and others in any order.
type fed[A any] struct {
	*loop
	in *ring.Ring[fedItem[A]]
}

type fedItem[A any] struct {
	a    A
	skip bool // it has its outcome already
}

// limit implements source.
func (f *fed[A]) limit() uint64 { return f.pulled.Load() }

// take implements source.
func (f *fed[A]) take(i uint64) (n uint64, a A, ok bool) {
	it, _ := f.in.Take(i)
	f.in.Mark(i)
	if f.feeder.Waiting(i + 1) {
		f.feeder.Open(i + 1)
	}
	return i, it.a, !it.skip
}

// add implements intake.
func (f *fed[A]) add(i uint64, a A, err error) error {
	f.in.Set(i, fedItem[A]{a, err != nil})
	return err
}

// room implements intake.
func (f *fed[A]) room(next, done, limit uint64) uint64 { return f.in.Room(next, done, limit) }

// behind implements intake: a straggler may be in the slot for the next item when all around
// it have been delivered.
func (f *fed[A]) behind(i uint64) uint64 {
	if before, ok := f.in.Before(i); ok && !f.in.Has(before) {
		return before + 1
	}
	return 0
}
