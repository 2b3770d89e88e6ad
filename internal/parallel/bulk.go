package parallel

import (
	"context"
	"slices"

	"github.com/millrace-go/millrace/internal/sched"
)

// maxBulk is how many items of a slice a runner claims at once, at most.
const maxBulk = 8192

// A tally is the sink of a run that ends with its first error, and whose results are
// wanted all together or not at all: it counts.
type tally[B any] struct {
	*loop
	out []B // nil: not wanted
}

// put implements sink.
func (t *tally[B]) put(n uint64, v B, err error) {
	if err != nil {
		t.fail(n, err)
		return
	}
	if t.out != nil {
		t.out[n] = v
	}
	t.count(1)
}

// count counts items that have succeeded.
func (t *tally[B]) count(n uint64) {
	all := t.delivered.Add(n)
	if t.feeder.Waiting(noRoom) {
		t.feeder.Open(noRoom)
	}
	if t.input.over.Load() && all == t.input.total {
		t.consumer.Open(outflow)
	}
}

// room implements sink.
func (t *tally[B]) room(_, _, limit uint64) uint64 { return limit }

// run waits until all items have ended.
func (t *tally[B]) run() error {
	complete := func() bool { return t.input.over.Load() && t.delivered.Load() == t.input.total }
	_, err := t.drive(func() bool {
		if t.outer.Err() == nil {
			t.await(noItem, outflow, complete)
		}
		return true
	})
	return err
}

// A bulk is a loop over items that are all there, into a tally: there is no ring, no
// feeder and no order to keep.
type bulk[A, B any] struct {
	loop
	in    []A
	fn    Func[A, B]
	out   tally[B]
	total uint64
}

// MapSlice returns fn of each item of in. The earliest error ends it.
func MapSlice[A, B any](ctx context.Context, ex sched.Executor, in []A, fn Func[A, B], cfg Config) ([]B, error) {
	out := make([]B, len(in))
	var err error
	if cfg.apart() {
		err = into(ctx, ex, slices.Values(in), fn, out, cfg, fn)
	} else {
		b := &bulk[A, B]{in: in, fn: fn, out: tally[B]{out: out}, total: uint64(len(in))}
		err = b.run(ctx, ex, cfg, b, fn)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ForN runs fn with 0 ... n-1. The earliest error ends it, and is the result.
func ForN(ctx context.Context, ex sched.Executor, n int, fn func(context.Context, int) error, cfg Config) error {
	if cfg.apart() {
		return ForEach(ctx, ex, func(yield func(int) bool) {
			for i := 0; i < n && yield(i); i++ {
			}
		}, fn, cfg)
	}
	b := &numbers{bulk[int, struct{}]{total: uint64(n)}}
	b.fn = func(ctx context.Context, i int) (struct{}, error) { return struct{}{}, fn(ctx, i) }
	b.out.out = make([]struct{}, n) // takes no memory
	return b.run(ctx, ex, cfg, b, fn)
}

func (b *bulk[A, B]) run(ctx context.Context, ex sched.Executor, cfg Config, j job, name any) error {
	if b.total == 0 {
		return nil
	}
	cfg.Window = len(b.out.out) // for whoever looks how far it is
	b.init(ctx, ex, cfg, j, maxBulk)
	b.watch.named(name)
	b.out.loop = &b.loop
	b.input.all(b.total)
	if ctx.Err() == nil {
		b.pass()
	}
	return b.out.run()
}

// limit implements job.
func (b *bulk[A, B]) limit() uint64 { return b.total }

// each implements job: it goes on with the items behind the first one.
func (b *bulk[A, B]) each(r *runner, i uint64) {
	for claimed := true; claimed; {
		if s := b.stretch(r); s.Len() > 0 {
			i, claimed = b.stride(r, s, i, b.in[i:][:s.Len()])
		} else {
			b.one(r, i, b.in[i])
			return
		}
	}
}

// stretch returns the contexts of the items that are left in the runner's block, or of some
// of them; none if it has to be asked after each item whether the turn is over, or if items
// need a context each or are observed.
func (b *bulk[A, B]) stretch(r *runner) (s stretch) {
	if r.slot.Wanted().Load() == 0 && (b.watch == nil || !b.watch.items) {
		s = r.slot.Stretch(1+r.own.Ahead(), r.own)
	}
	return s
}

// stride runs the items of a stretch, from the first one, which was claimed, until others
// want something. It returns the item behind those that it ran, and whether it has claimed
// that.
//
// Its loop decides how fast a map of trivial items is, so it keeps to what has to be
// done between two of them: one atomic write, which claims the next item and ends the
// context of the one before it.
func (b *bulk[A, B]) stride(r *runner, s stretch, first uint64, in []A) (next uint64, claimed bool) {
	fn, own, wanted := b.fn, r.own, r.slot.Wanted()
	out := b.out.out[first:][:len(in)]
	n := 0
	r.busy = true
	for {
		v, err := fn(s.Begin(n), in[n])
		if err != nil {
			r.busy = false
			b.miss(r, first+uint64(n), err)
			return 0, false
		}
		out[n] = v
		n++
		if n == len(in) || wanted.Load() != 0 || b.over() {
			claimed = false
			break
		}
		if claimed = own.Another(); !claimed || s.Looked() != 0 {
			break
		}
	}
	r.busy = false
	r.slot.Stop(s, n)
	b.out.count(uint64(n))
	return first + uint64(n), claimed
}

// one runs an item that needs a context of its own, or after which others are to be
// looked for.
func (b *bulk[A, B]) one(r *runner, i uint64, a A) {
	r.busy = true
	v, err := b.fn(r.observed(r.slot.Begin()), a)
	r.told(err, false)
	r.busy = false
	if err != nil {
		b.miss(r, i, err)
		return
	}
	r.slot.End()
	b.out.put(i, v, nil)
}

// miss ends the run because item i has failed.
func (b *bulk[A, B]) miss(r *runner, i uint64, err error) {
	r.slot.Fail(sched.Failed)
	b.fail(i, err)
}

// died implements job.
func (b *bulk[A, B]) died(r *runner, err error) { b.fail(r.own.Last(), err) }

// A numbers is a bulk whose items are numbers.
type numbers struct{ bulk[int, struct{}] }

// each implements job.
func (b *numbers) each(r *runner, i uint64) {
	var all [256]int
	for claimed := true; claimed; {
		s := b.stretch(r)
		if s.Len() == 0 {
			b.one(r, i, int(i))
			return
		}
		in := all[:s.Len()]
		for n := range in {
			in[n] = int(i) + n
		}
		i, claimed = b.stride(r, s, i, in)
	}
}
