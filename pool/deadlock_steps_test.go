package pool_test

import (
	"context"
	"slices"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A wait for several tasks, or for members, is told of a cycle through two pools if these are tasks of
// the waiting task's own pool. So in such a knot a strand does not wait for others.
func (s *strand) apart(home *pool.Pool) bool {
	return s.k.across && !s.k.ordered && home != nil && home != s.home
}

// near returns an executor whose work the strand may wait for in any way.
func (s *strand) near() end {
	at := s.end()
	for s.home != nil && s.apart(at.home) {
		at = s.end()
	}
	return at
}

// someOf and anyOf are some and any for a wait for several.
func (s *strand) someOf() loop { return s.nearOne(s.some()) }
func (s *strand) anyOf() loop  { return s.nearOne(s.any()) }

func (s *strand) nearOne(l loop) loop {
	if s.apart(l.home) {
		return s.k.one
	}
	return l
}

// each and reduce are maps without results.
func (s *strand) each(ctx context.Context) {
	at := s.near()
	item, opts := s.items(at.home), s.mapOptions()
	s.from(ctx, func() {
		s.told(pool.ForEach(ctx, at.ex, slices.Values([]int{0, 1, 2}), func(ctx context.Context, i int) error {
			_, err := item(ctx, i)
			return err
		}, opts...))
	}, at.home)
}

func (s *strand) reduce(ctx context.Context) {
	at := s.near()
	cs := []*strand{s.fork(s.left / 2), s.fork(s.left / 2)}
	cs[0].home, cs[1].home = at.home, at.home
	s.from(ctx, func() {
		_, err := pool.Reduce(ctx, at.ex, []int{0, 1, 2}, func(ctx context.Context, a, b int) (int, error) {
			if b == 0 {
				return a, nil
			}
			return cs[b-1].body(ctx)
		})
		s.told(err)
	}, at.home)
}

// stream takes some steps in each of two stages.
func (s *strand) stream(ctx context.Context) {
	at := s.near()
	first, second, opts, others := s.items(at.home), s.items(at.home), s.mapOptions(), s.mapOptions()
	n := 1 + s.dice(4)
	s.from(ctx, func() {
		all := stream.FromSlice([]int{0, 1, 2})
		through := stream.Map(all, at.ex, func(ctx context.Context, i int) (int, error) { _, err := first(ctx, i); return i, err }, opts...)
		through = stream.Map(through.Buffer(1), at.ex, second, others...)
		_, err := through.Take(n).Collect(ctx)
		s.told(err)
	}, at.home)
}

// elsewhere waits for a future in a goroutine that no pool knows. So only a knot in order has that.
func (s *strand) elsewhere(ctx context.Context) {
	if !s.k.ordered {
		return
	}
	a, d := s.some(), s.time()
	s.keep(future.Go(context.WithoutCancel(ctx), func(context.Context) (int, error) {
		time.Sleep(d)
		return a.f.Await(bg)
	}), s.k.none, "elsewhere")
}

// cancel ends any task.
func (s *strand) cancel(context.Context) {
	l, abort := s.any(), s.dice(2) == 0
	defer s.doing("%v %v", l.name, abort)()
	if abort {
		l.f.Abort(errBoom)
	} else {
		l.f.Cancel()
	}
}

// close ends a pool, once in a while.
func (s *strand) close(ctx context.Context) {
	at, n, d := s.end(), s.dice(24), s.time()
	switch n {
	case 0:
		go at.home.Close()
	case 1:
		at.home.Seal()
	case 2:
		at.home.Stop(errBoom)
	case 3:
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d+1)
		go func() {
			defer cancel()
			_ = at.home.Shutdown(ctx)
		}()
	}
}
