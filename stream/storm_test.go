package stream_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

var (
	storms    = flag.Int("storms", 300, "how many storms TestStorm makes")
	stormSeed = flag.Uint64("storm.seed", 0, "the seed of the first storm; those after it have the numbers behind it")
)

// Random maps and stages with random options on a random pool, which something ends, pauses or
// empties meanwhile. In virtual time a run that hangs is seen at once, as is a goroutine that
// is left.
func TestStorm(t *testing.T) {
	seed := *stormSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	for n := range *storms {
		ok := t.Run(fmt.Sprint(seed+uint64(n)), func(t *testing.T) {
			bubble.Run(t, func(t *testing.T) { newStorm(t, seed+uint64(n)).blow() })
		})
		if !ok {
			t.Fatalf("-storms=1 -storm.seed=%d makes this storm again", seed+uint64(n))
		}
	}
}

// A storm is one random run.
type storm struct {
	*testing.T
	rnd       *rand.Rand
	sub       uint64 // seeds what an item does
	pool      *pool.Pool
	group     *pool.Group
	ex        pool.Executor
	opts      []millrace.MapOption
	items     int
	breakAt   int // the result that the loop ends with; -1: none
	unordered bool
	ends      bool // something may end the run early
}

func newStorm(t *testing.T, seed uint64) *storm {
	s := &storm{T: t, rnd: rand.New(rand.NewPCG(seed, 1)), breakAt: -1}
	s.sub, s.items = s.rnd.Uint64(), s.rnd.IntN(40)
	opts := []millrace.PoolOption{millrace.WithWorkers(1 + s.rnd.IntN(3))}
	if s.one(3) {
		opts = append(opts, millrace.WithMaxWeight(2+s.rnd.Int64N(3)))
	}
	if s.one(6) {
		opts = append(opts, millrace.WithRate(float64(1+s.rnd.IntN(1000)), 1+s.rnd.IntN(3)))
	}
	s.pool = pool.New(opts...)
	if s.one(4) {
		s.breakAt = s.rnd.IntN(10)
	}
	return s
}

// one is true once in n times.
func (s *storm) one(n int) bool { return s.rnd.IntN(n) == 0 }

// blow makes the run and looks at what comes of it.
func (s *storm) blow() {
	ctx, cancel := context.WithCancelCause(bg)
	around, end := context.WithCancelCause(bg)
	s.group = pool.NewGroup(around, s.pool)
	if s.ex = s.pool; s.one(2) {
		s.ex = s.group
	}
	if s.one(2) {
		s.ends = true
		s.disturb(cancel, end)
	}
	run := s.program()
	if s.one(3) {
		_, err := pool.Submit(ctx, s.pool, func(ctx context.Context) (int, error) { s.drain(run(ctx)); return 0, nil }).Await(bg)
		if err != nil && !s.ends {
			s.Errorf("the task of the run: %v", err)
		}
	} else {
		s.drain(run(ctx))
	}
	time.Sleep(time.Minute) // what disturbs the pool is over
	cancel(nil)
	end(nil)
	_ = s.group.Wait()
	s.pool.Close()
}

// disturb does something to the run after a random time.
func (s *storm) disturb(cancel, end context.CancelCauseFunc) {
	do := []func(){
		func() { cancel(fault(1)) },
		func() { end(fault(1)) },
		func() { s.group.Cancel(fault(1)) },
		func() { s.pool.Stop(fault(1)) },
		func() { s.pool.Seal() },
		func() { s.pool.Drop(fault(1)) },
		func() { s.pool.Resize(1 + int(s.sub%4)) },
		func() { s.pool.Pause(); time.AfterFunc(time.Second, s.pool.Resume) },
	}
	time.AfterFunc(time.Duration(s.rnd.IntN(1500))*ms, do[s.rnd.IntN(len(do))])
}

// drain ranges over a run. Each item has one result or error, in order.
func (s *storm) drain(seq iter.Seq2[int, error], whole bool) {
	last, n := -1, 0
	for v, err := range seq {
		if err == nil && !s.unordered {
			if v <= last {
				s.Errorf("%d comes after %d", v, last)
			}
			last = v
		}
		if n++; n-1 == s.breakAt {
			return
		}
	}
	if whole && !s.ends && n != s.items {
		s.Errorf("%d results and errors of %d items", n, s.items)
	}
}

// program returns a random run. whole says that each item has one result.
func (s *storm) program() func(ctx context.Context) (seq iter.Seq2[int, error], whole bool) {
	kind := s.rnd.IntN(7)
	s.options()
	slice, slow, each := s.one(2), s.one(3), 1+s.rnd.IntN(40)
	return func(ctx context.Context) (iter.Seq2[int, error], bool) {
		in := s.input(slow)
		src := stream.FromSeq(in)
		if slice {
			src = stream.FromSlice(upTo(s.items))
		}
		switch kind {
		case 0:
			return stream.FlatMap(src, s.ex, func(ctx context.Context, v int) iter.Seq2[int, error] { return s.sequence(ctx, v, each) }, s.opts...).All(ctx), false
		case 1:
			return stream.Map(src, s.ex, s.do, s.opts...).All(ctx), true
		case 2:
			return stream.MapKeyed(src, s.ex, func(v int) int { return v % 3 }, s.do, s.opts...).All(ctx), true
		case 3:
			return pool.Map(ctx, s.ex, in, s.do, s.opts...), true
		case 4:
			return failure(pool.ForEach(ctx, s.ex, in, func(ctx context.Context, v int) error { _, err := s.do(ctx, v); return err }, s.opts...)), false
		case 5:
			_, err := pool.Reduce(ctx, s.ex, upTo(s.items), func(ctx context.Context, a, b int) (int, error) { return s.do(ctx, a+b) })
			return failure(err), false
		default:
			_, err := stream.ReduceByKey(ctx, src, s.ex, func(v int) int { return v % 3 }, func(int) int { return 0 },
				func(ctx context.Context, _, v int) (int, error) { return s.do(ctx, v) }, s.opts...)
			return failure(err), false
		}
	}
}

// failure is a sequence of an error, or of nothing.
func failure(err error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		if err != nil {
			yield(0, err)
		}
	}
}

// input yields the numbers of the items.
func (s *storm) input(slow bool) iter.Seq[int] {
	return func(yield func(int) bool) {
		for v := 0; v < s.items; v++ {
			if slow && v%3 == 0 {
				time.Sleep(10 * ms)
			}
			if !yield(v) {
				return
			}
		}
	}
}

// sequence is n results of an item, in whose middle it does something.
func (s *storm) sequence(ctx context.Context, v, n int) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for k := range n {
			if k == n/2 {
				if _, err := s.do(ctx, v); err != nil {
					yield(0, err)
					return
				}
			}
			if !yield(v*n+k, nil) {
				return
			}
		}
	}
}

// options makes the options of the run.
func (s *storm) options() {
	if s.one(2) {
		s.opts = append(s.opts, millrace.WithConcurrency(1+s.rnd.IntN(4)))
	}
	if s.one(2) {
		s.opts = append(s.opts, millrace.WithWindow(1+s.rnd.IntN(8)))
	}
	if s.unordered = s.one(3); s.unordered {
		s.opts = append(s.opts, millrace.Unordered())
	}
	if s.one(2) {
		return
	}
	delays, keys, weights, priorities, waits := s.one(3), s.one(3), s.one(3), s.one(3), s.one(4)
	s.opts = append(s.opts, millrace.PerItem(func(v int) (o []millrace.TaskOption) {
		r := rand.New(rand.NewPCG(s.sub, uint64(v)))
		for _, c := range []struct {
			on bool
			of millrace.TaskOption
		}{
			{delays, millrace.WithDelay(time.Duration(1+r.IntN(500)) * ms)},
			{keys, millrace.WithKey(r.IntN(2))},
			{weights, millrace.WithWeight(r.Int64N(3))},
			{priorities, millrace.WithPriority(r.IntN(3) - 1)},
			{waits, millrace.WithMaxWait(time.Duration(1+r.IntN(300)) * ms)},
		} {
			if c.on && r.IntN(2) == 0 {
				o = append(o, c.of)
			}
		}
		return o
	}))
}

// do is what an item does.
func (s *storm) do(ctx context.Context, v int) (int, error) {
	r := rand.New(rand.NewPCG(s.sub, uint64(v)))
	switch wait := time.Duration(r.IntN(300)) * ms; r.IntN(12) {
	case 0:
		time.Sleep(wait)
	case 1:
		return v, sleep(ctx, wait)
	case 2:
		return v, errors.New("item")
	case 3:
		panic("item")
	case 4:
		runtime.Goexit()
	case 5:
		_, _ = pool.Submit(ctx, s.pool, func(context.Context) (int, error) { time.Sleep(wait); return 1, nil }).Await(ctx)
	case 6:
		_, _ = pool.MapSlice(ctx, s.pool, upTo(3), func(context.Context, int) (int, error) { return 1, nil })
	case 7:
		_, _ = stream.Map(stream.FromSlice(upTo(20)).Buffer(2), s.pool, func(_ context.Context, v int) (int, error) { return v, nil }).Take(5).Count(ctx)
	}
	return v, nil
}
