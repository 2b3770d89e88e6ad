package parallel

import (
	"context"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace-go/millrace/internal/cell"
	"github.com/millrace-go/millrace/internal/sched"
)

// A bulk is a run over a slice whose results are wanted all together: there is no
// ring, no feeder and no order to keep. Hands write results where they belong.
type bulk[A, B any] struct {
	line
	cfg   Config
	outer context.Context // the caller's
	fn    Func[A, B]
	in    []A
	out   []B

	_    pad
	left atomic.Int64 // items that have not ended
	_    pad
	done chan struct{} // closed when there is nothing more to wait for
	end  sync.Once

	mu      sync.Mutex
	failed  bool  // an item has
	first   error // in time
	refusal error
}

// MapSlice returns fn of each item of in. The first error in time ends it.
func MapSlice[A, B any](ctx context.Context, ex sched.Executor, in []A, fn Func[A, B], cfg Config) ([]B, error) {
	if len(in) == 0 {
		return []B{}, nil
	}
	b := &bulk[A, B]{cfg: cfg, outer: ctx, fn: fn, in: in, out: make([]B, len(in)), done: make(chan struct{})}
	b.left.Store(int64(len(in)))
	b.began = time.Now()
	b.maxBlock = maxBulk
	b.limit = func() uint64 { return uint64(len(in)) }
	b.starved = func() {}
	b.quit = b.quitted
	b.crew = newCrew(ctx, ex, cfg, b.work, b.line.left, b.refuse)
	if err := b.run(); err != nil {
		return nil, err
	}
	return b.out, nil
}

func (b *bulk[A, B]) run() error {
	if b.outer.Err() == nil {
		b.pass()
		b.crew.Block(b.done)
	}
	b.stop.Or(over)
	b.crew.Stop(errOver)
	b.crew.Join()
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.first != nil:
		return b.first
	case b.left.Load() == 0 && !b.failed:
		return nil
	case b.outer.Err() != nil:
		return cell.NotDone(b.outer)
	}
	return b.refusal
}

func (b *bulk[A, B]) finish() { b.end.Do(func() { close(b.done) }) }

// refuse is called when the executor gives the run up. Items at work still count.
func (b *bulk[A, B]) refuse(err error) {
	b.mu.Lock()
	b.refusal = err
	b.mu.Unlock()
	b.stop.Or(refused)
	b.quitted()
}

// quitted is called when no further item starts, and a hand has left.
func (b *bulk[A, B]) quitted() {
	if b.present.Load() == 0 {
		b.finish()
	}
}

// fail ends the run because of the error of item i, if that is the first. When the
// caller's context has ended, that came before.
func (b *bulk[A, B]) fail(i int, err error) {
	late := b.outer.Err() != nil
	b.mu.Lock()
	first := !b.failed
	b.failed = true
	if first && !late {
		b.first = b.cfg.Item(i, err)
	}
	b.mu.Unlock()
	if first {
		b.stop.Or(over)
		b.crew.Stop(err)
		b.finish()
	}
}

// ended counts items that have ended.
func (b *bulk[A, B]) ended(n uint64) {
	if n > 0 && b.left.Add(-int64(n)) == 0 {
		b.finish()
	}
}

// A porter is a hand at work for a bulk.
type porter[A, B any] struct {
	bulk *bulk[A, B]
	w    *worker
	hand *sched.Hand
	rest span // of the hand's block
	from uint64
	busy bool // an item's function may not have returned
}

func (b *bulk[A, B]) work(h *sched.Hand) {
	p := &porter[A, B]{bulk: b, w: b.enter(), hand: h}
	defer func() {
		b.ended(p.rest.lo - p.from)
		b.leave(p.w, p.rest)
	}()
	for !p.serve() {
	}
}

// serve runs blocks until there are none, or the hand is to leave. It returns
// false after the panic of an item.
func (p *porter[A, B]) serve() (done bool) {
	defer p.fell()
	b := p.bulk
	for {
		if p.rest.len() == 0 {
			ran := p.rest.lo - p.from
			b.ended(ran)
			p.from = p.rest.lo
			var ok bool
			if p.rest, ok = b.find(p.w, p.hand, ran); !ok {
				p.rest = span{p.from, p.from}
				return true
			}
			p.from = p.rest.lo
		}
		p.busy = true
		ok := p.carry()
		p.busy = false
		if !ok || b.stop.Load() != 0 || p.hand.Yield() {
			return true
		}
		if p.w.recall.Load() != unasked {
			p.rest = b.answer(p.w, p.rest)
		}
	}
}

// carry runs items until the block is through or others want something of the
// hand. It reports false if one has failed.
func (p *porter[A, B]) carry() (ok bool) {
	wanted := p.hand.Wanted()
	for more := true; more && p.rest.len() > 0; {
		var s sched.Stretch // of none, if it has to be asked after each item whether the turn is over
		if wanted.Load() == 0 {
			s = p.hand.Stretch(p.rest.len())
		} else if p.hand.Yield() {
			return true
		}
		if s.Len() > 0 {
			more, ok = p.stride(s)
		} else {
			more, ok = p.step()
		}
		if !ok {
			return false
		}
	}
	return true
}

// stride runs the items of a stretch, until others want something. more says that it
// is not to do with the block.
//
// Its loop decides how fast a map of trivial items is, so it keeps to what has to be
// done between two of them, with one branch for all that others may want: trivial items
// took 1.19 times as long as in a slice cut by hand, and 1.33 with a branch for each.
func (p *porter[A, B]) stride(s sched.Stretch) (more, ok bool) {
	b, w, first := p.bulk, p.w, p.rest.lo
	in, fn := b.in[first:][:s.Len()], b.fn
	out := b.out[first:][:len(in)]
	wanted := p.hand.Wanted()
	i := 0
	for ; i < len(in); i++ {
		w.next.set(uintptr(first) + uintptr(i) + 1)
		if uint64(w.recall.Load()|b.stop.Load()|s.Looked())|wanted.Load() != 0 { // unasked is 0
			break
		}
		v, err := fn(s.Begin(i), in[i])
		if err != nil {
			p.rest.lo += uint64(i) + 1
			return false, p.miss(err)
		}
		out[i] = v
		s.End(i)
	}
	p.rest.lo += uint64(i)
	if s.Looked() != 0 {
		p.hand.Looked()
	}
	return w.recall.Load()|b.stop.Load() == 0, true
}

// step runs one item that needs a context of its own, or after which others are to be
// looked for.
func (p *porter[A, B]) step() (more, ok bool) {
	b, w, i := p.bulk, p.w, int(p.rest.lo)
	w.next.set(uintptr(i + 1))
	if w.recall.Load()|b.stop.Load() != 0 {
		return false, true
	}
	v, err := b.fn(p.hand.BeginOne(), b.in[i])
	p.rest.lo++
	if err != nil {
		return false, p.miss(err)
	}
	p.hand.End()
	b.out[i] = v
	return true, true
}

// miss ends the run because the last item that the hand began has failed. It reports
// false.
func (p *porter[A, B]) miss(err error) bool {
	p.hand.Fail(sched.Failed)
	p.bulk.fail(int(p.rest.lo)-1, err)
	return false
}

// fell stores the outcome of an item that did not return.
func (p *porter[A, B]) fell() {
	if !p.busy {
		return
	}
	p.busy = false
	b, i := p.bulk, int(p.w.next.get())-1
	p.rest.lo = uint64(i + 1)
	v := recover()
	switch {
	case v == nil:
		p.hand.Fail(sched.Exited)
		b.fail(i, cell.ErrGoexit)
	case b.crew.Crash():
		panic(v) // the stack of the first panic is still below this one, and is printed
	default:
		err := b.cfg.Fault(v, debug.Stack())
		p.hand.Fail(sched.Panicked)
		b.fail(i, err)
	}
}
