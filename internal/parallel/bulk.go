package parallel

import (
	"context"
	"slices"

	"github.com/millrace-go/millrace/internal/sched"
	"github.com/millrace-go/millrace/internal/taskctx"
)

// maxBulk is how many items of a slice a runner claims at once, at most.
const maxBulk = 8192

// A bulk is a run over items that are all there, into a tally: there is no ring, no
// feeder and no order to keep.
type bulk[A, B any] struct {
	run[A, B]
	items []A
	sum   tally[B]
}

// MapSlice returns fn of each item of in. The earliest error ends it.
func MapSlice[A, B any](ctx context.Context, ex sched.Executor, in []A, fn Func[A, B], cfg Config) ([]B, error) {
	out := make([]B, len(in))
	var err error
	switch {
	case len(in) == 0: // complete, whatever has ended
	case cfg.ownTasks():
		err = into(ctx, ex, slices.Values(in), fn, out, cfg)
	default:
		b := &bulk[A, B]{run: run[A, B]{in: whole[A](in), fn: fn}, items: in, sum: tally[B]{out: out}}
		err = b.do(ctx, ex, cfg, b)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ForN runs fn with 0 ... n-1. The earliest error ends it, and is the result.
func ForN(ctx context.Context, ex sched.Executor, n int, fn func(context.Context, int) error, cfg Config) error {
	call := func(ctx context.Context, i int) (struct{}, error) { return struct{}{}, fn(ctx, i) }
	switch {
	case n == 0:
		return nil
	case cfg.ownTasks():
		return ForEach(ctx, ex, func(yield func(int) bool) {
			for i := 0; i < n && yield(i); i++ {
			}
		}, fn, cfg)
	}
	b := &numbers{bulk[int, struct{}]{run: run[int, struct{}]{in: naturals(n), fn: call}}}
	b.sum.out = make([]struct{}, n) // takes no memory
	return b.do(ctx, ex, cfg, b)
}

// do is the run.
func (b *bulk[A, B]) do(ctx context.Context, ex sched.Executor, cfg Config, j job) error {
	total := b.in.limit()
	cfg.Window = int(total) // for Progress
	b.init(ctx, ex, cfg, j, maxBulk)
	b.sum.loop, b.out = &b.loop, &b.sum
	b.takeAll(total)
	if ctx.Err() == nil {
		b.pass()
	}
	return b.sum.run()
}

// each implements job.
func (b *bulk[A, B]) each(w *runner, i uint64) {
	b.from(w, i, func(s taskctx.Stretch, i uint64) (uint64, bool) {
		return b.stride(w, s, i, b.items[i:][:s.Len()])
	})
}

// stride is that of run for items that are in a slice.
//
// Its loop decides how fast a map of trivial items is, so it keeps to what has to be
// done between two of them: one atomic write, which claims the next item and ends the
// context of the one before it.
func (b *bulk[A, B]) stride(w *runner, s taskctx.Stretch, first uint64, in []A) (next uint64, claimed bool) {
	fn, own, wanted := b.fn, w.own, w.slot.Wanted()
	out := b.sum.out[first:][:len(in)]
	n := 0
	w.slot.Began()
	w.busy = true
	for {
		v, err := fn(s.Begin(n), in[n])
		if err != nil {
			w.busy = false
			w.slot.Fail(false)
			b.fail(first+uint64(n), err)
			return 0, false
		}
		out[n] = v
		n++
		if claimed = n < len(in) && wanted.Load() == 0 && !b.over(); claimed {
			_, claimed = own.Next()
		}
		if !claimed || s.Looked() != 0 {
			break
		}
	}
	w.busy = false
	w.slot.Stop(s, n)
	b.sum.count(uint64(n))
	return first + uint64(n), claimed
}

// died implements job.
func (b *bulk[A, B]) died(w *runner, err error) { b.fail(w.own.Last(), err) }

// A numbers is a bulk whose items are numbers.
type numbers struct{ bulk[int, struct{}] }

// each implements job.
func (b *numbers) each(w *runner, i uint64) {
	var all [256]int
	b.from(w, i, func(s taskctx.Stretch, i uint64) (uint64, bool) {
		in := all[:s.Len()]
		for n := range in {
			in[n] = int(i) + n
		}
		return b.stride(w, s, i, in)
	})
}

// A whole is the source of a slice.
type whole[A any] []A

func (s whole[A]) limit() uint64                          { return uint64(len(s)) }
func (s whole[A]) take(i uint64) (n uint64, a A, ok bool) { return i, s[i], true }

// A naturals is the source of numbers below it.
type naturals uint64

func (n naturals) limit() uint64                          { return uint64(n) }
func (naturals) take(i uint64) (n uint64, a int, ok bool) { return i, int(i), true }
