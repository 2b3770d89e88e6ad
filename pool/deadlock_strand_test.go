package pool_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

func (s *strand) time() time.Duration { return time.Duration(s.dice(4)) * time.Millisecond }

// body takes some steps, some of them in goroutines of their own.
func (s *strand) body(ctx context.Context) (int, error) {
	defer s.doing("run %v", s.opts)()
	if s.left <= 0 {
		time.Sleep(s.time())
	} else {
		s.steps(ctx)
	}
	switch s.dice(24) {
	case 0, 1, 2, 3:
		return 0, errBoom
	case 4:
		panic(errBoom)
	case 5:
		runtime.Goexit()
	}
	return 1, nil
}

func (s *strand) steps(ctx context.Context) {
	var steps sync.WaitGroup
	defer steps.Wait()
	n := min(1+s.dice(3), s.left)
	for range n {
		c := s.fork((s.left - n) / n)
		if s.dice(4) == 0 {
			steps.Go(func() { c.step(ctx) })
		} else {
			c.step(ctx)
			s.seen = c.seen
		}
	}
}

// context returns ctx, or one that lives longer or shorter.
func (s *strand) context(ctx context.Context) (context.Context, func()) {
	switch s.dice(8) {
	case 0, 1, 2:
		return context.WithoutCancel(ctx), func() {}
	case 3:
		return context.WithTimeout(ctx, s.time()+1)
	case 4:
		return context.WithTimeout(context.WithoutCancel(ctx), s.time()+1)
	}
	return ctx, func() {}
}

func (s *strand) step(ctx context.Context) {
	ctx, cancel := s.context(ctx)
	defer cancel()
	op := knotOps[s.dice(len(knotOps))]
	defer s.doing("%s", op.name)()
	defer func() {
		if v := recover(); v != nil && v != any(errBoom) { // a function of Join has panicked
			panic(v)
		}
	}()
	op.do(s, ctx)
}

type knotOp struct {
	name string
	do   func(*strand, context.Context)
}

var knotOps []knotOp

func init() {
	knotOps = []knotOp{
		{"sleep", func(s *strand, _ context.Context) { time.Sleep(s.time()) }},
		{"submit", func(s *strand, ctx context.Context) { s.submits(ctx) }},
		{"submit", func(s *strand, ctx context.Context) { s.submits(ctx) }},
		{"submit", func(s *strand, ctx context.Context) { s.submits(ctx) }},
		{"submit and await", func(s *strand, ctx context.Context) { s.await(ctx, s.submits(ctx)) }},
		{"await", func(s *strand, ctx context.Context) { s.await(ctx, s.some()) }},
		{"await", func(s *strand, ctx context.Context) { s.await(ctx, s.some()) }},
		{"await", func(s *strand, ctx context.Context) { s.await(ctx, s.some()) }},
		{"outside", func(s *strand, ctx context.Context) { pool.Outside(ctx, func() { s.steps(ctx) }) }},

		{"several", (*strand).several},
		{"several", (*strand).several},
		{"first", (*strand).first},
		{"completed", (*strand).completed},
		{"next", (*strand).next},
		{"scope", (*strand).scope},
		{"scope", (*strand).scope},
		{"group", (*strand).group},
		{"map", (*strand).eachItem},
		{"slice", (*strand).slice},
		{"join", (*strand).join},
		{"acquire", (*strand).acquire},
		{"acquire", (*strand).acquire},
		{"promise", (*strand).promise},
		{"levers", (*strand).levers},
		{"each", (*strand).each},
		{"reduce", (*strand).reduce},
		{"stream", (*strand).stream},
		{"elsewhere", (*strand).elsewhere},
		{"cancel", (*strand).cancel},
		{"close", (*strand).close},
	}
}

// submits submits a task to any executor.
func (s *strand) submits(ctx context.Context) loop { return s.submit(ctx, s.end()) }

func (s *strand) await(ctx context.Context, l loop) {
	defer s.doing("%v", l.name)()
	s.from(ctx, func() {
		_, err := l.f.Await(ctx)
		s.told(err)
	}, l.home)
}

// several waits for several futures.
func (s *strand) several(ctx context.Context) {
	a, b := s.someOf(), s.someOf()
	fs := []*intFuture{a.f, b.f}
	n, until := s.dice(5), []future.Until{future.AllCompleted, future.FirstCompleted, future.FirstFailed}[s.dice(3)]
	defer s.doing("%d %v %v %v", n, until, a.name, b.name)()
	s.from(ctx, func() {
		var err error
		switch n {
		case 0:
			_, err = future.All(ctx, fs...)
		case 1:
			_, err = future.AllSettled(ctx, fs...)
		case 2:
			_, err = future.Any(ctx, fs...)
		case 3:
			_, err = future.Race(ctx, fs...)
		case 4:
			_, _, err = future.Wait(ctx, until, fs...)
		}
		s.told(err)
	}, a.home, b.home)
}

// first waits for any one of two futures, of which one may be any in an ordered knot, too.
func (s *strand) first(ctx context.Context) {
	a, b := s.someOf(), s.anyOf()
	defer s.doing("%v %v", a.name, b.name)()
	s.from(ctx, func() {
		_, err := future.Race(ctx, b.f, a.f)
		s.told(err)
	}, a.home, b.home)
}

// completed takes some steps for each of several futures, and may not take all.
func (s *strand) completed(ctx context.Context) {
	all, left := []loop{s.someOf(), s.someOf(), s.someOf()}, 1+s.dice(4)
	fs := []*intFuture{all[0].f, all[1].f, all[2].f}
	defer s.doing("%v %v %v", all[0].name, all[1].name, all[2].name)()
	s.from(ctx, func() {
		distinct, broken := map[*intFuture]bool{fs[0]: true, fs[1]: true, fs[2]: true}, false
		for f := range future.AsCompleted(ctx, fs...) {
			delete(distinct, f)
			if left--; left == 0 {
				broken = true
				break
			}
			c := s.fork(s.left / 4)
			c.steps(ctx)
		}
		if s.k.ordered && !broken && len(distinct) > 0 && ctx.Err() == nil {
			s.k.errorf("%s: AsCompleted ends before %v", s.name, distinct)
		}
	}, all[0].home, all[1].home, all[2].home)
}

// next takes futures from a set that two goroutines share.
func (s *strand) next(ctx context.Context) {
	a, b, c := s.someOf(), s.someOf(), s.someOf()
	set := future.NewSet(a.f, b.f, c.f)
	defer s.doing("%v %v %v", a.name, b.name, c.name)()
	s.from(ctx, func() {
		take := func(s *strand) {
			f, err := set.Next(ctx)
			if err == nil {
				_, err = f.Await(ctx)
			}
			s.told(err)
		}
		var other sync.WaitGroup
		t := s.fork(0)
		other.Go(func() { take(t) })
		defer other.Wait()
		take(s)
	}, a.home, b.home, c.home)
}

func (s *strand) groupOptions() []millrace.GroupOption {
	all := []millrace.GroupOption{nil, millrace.WithLimit(s.choose(s.k.wide, 1000, 1)), millrace.CollectErrors(), millrace.IgnoreErrors(), millrace.WithRate(1000, 1)}
	return []millrace.GroupOption{all[s.dice(len(all))], all[s.dice(len(all))]}
}

func (s *strand) scope(ctx context.Context) {
	at, n := s.near(), s.dice(3)
	opts := s.groupOptions()
	s.from(ctx, func() {
		err := pool.Scope(ctx, at.ex, func(ctx context.Context, g *pool.Group) error {
			c := s.fork(s.left / 2)
			for range n {
				s.left /= 2
				s.submit(ctx, end{g, at.home})
			}
			c.steps(ctx)
			return nil
		}, opts...)
		s.told(err)
	}, at.home)
}

// group waits for a group to which others may submit, and which may be ended before.
func (s *strand) group(ctx context.Context) {
	at, n := s.near(), 1+s.dice(3)
	opts, lever := s.groupOptions(), s.dice(4)
	s.from(ctx, func() {
		g := pool.NewGroup(ctx, at.ex, opts...)
		if !s.k.ordered {
			s.k.mu.Lock()
			s.k.exs = append(s.k.exs, end{g, at.home})
			s.k.mu.Unlock()
		}
		for range n {
			s.left /= 2
			s.submit(ctx, end{g, at.home})
		}
		if !s.k.wide {
			g.SetLimit(1 + s.dice(2))
		}
		c := s.fork(s.left / 2)
		c.steps(ctx)
		if lever == 0 {
			g.Cancel(errBoom)
		}
		s.told(g.Wait())
	}, at.home)
}

// items returns a function for three items.
func (s *strand) items(home *pool.Pool) func(context.Context, int) (int, error) {
	cs := []*strand{s.fork(s.left / 3), s.fork(s.left / 3), s.fork(s.left / 3)}
	for _, c := range cs {
		c.home = home
	}
	return func(ctx context.Context, i int) (int, error) { return cs[i].body(ctx) }
}

func (s *strand) mapOptions() (opts []millrace.MapOption) {
	if s.dice(2) == 0 && !s.k.ordered {
		opts = append(opts, millrace.PerItem(func(i int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithKey(i % 2)} }))
	}
	all := []millrace.MapOption{nil, millrace.WithConcurrency(s.choose(s.k.wide, 1000, 1)), millrace.Unordered(), millrace.WithWindow(1), millrace.WithTimeout(2 * time.Millisecond)}
	return append(opts, all[s.dice(len(all))])
}

// eachItem takes some steps for each item of a map.
func (s *strand) eachItem(ctx context.Context) {
	at, left := s.near(), s.dice(4)
	item, opts := s.items(at.home), s.mapOptions()
	s.from(ctx, func() {
		for _, err := range pool.Map(ctx, at.ex, slices.Values([]int{0, 1, 2}), item, opts...) {
			s.told(err)
			if left--; left < 0 {
				break
			}
			c := s.fork(s.left / 4)
			c.steps(ctx)
		}
	}, at.home)
}

func (s *strand) slice(ctx context.Context) {
	at := s.near()
	item, opts := s.items(at.home), s.mapOptions()
	s.from(ctx, func() {
		_, err := pool.MapSlice(ctx, at.ex, []int{0, 1, 2}, item, opts...)
		s.told(err)
	}, at.home)
}

// join divides the steps in two.
func (s *strand) join(ctx context.Context) {
	at, both := s.near(), s.dice(2) == 0
	a, b := s.fork(s.left/2), s.fork(s.left/2)
	a.home, b.home = at.home, at.home
	s.from(ctx, func() {
		var err error
		if both {
			_, _, err = pool.Join(ctx, at.ex, a.body, b.body)
		} else {
			_, err = pool.First(ctx, at.ex, a.body, b.body)
		}
		s.told(err)
	}, at.home)
}

// acquire takes a permit, and keeps it for a while. In an ordered knot its task holds nothing
// meanwhile. A permit is not told of a cycle through two pools.
func (s *strand) acquire(ctx context.Context) {
	if s.k.across && !s.k.ordered {
		return
	}
	at := s.near()
	c := s.fork(0)
	opts, d := c.options(), s.time()
	defer s.doing("%T %p %v", at.ex, at.ex, opts)()
	take := func() {
		release, err := pool.Acquire(ctx, at.ex, opts...)
		s.told(err)
		if err == nil {
			time.Sleep(d)
			release()
		}
	}
	if s.k.ordered {
		pool.Outside(ctx, take)
		return
	}
	s.from(ctx, take, at.home)
}

// promise keeps the future of work elsewhere.
func (s *strand) promise(context.Context) {
	p := future.NewPromise[int]()
	if s.dice(2) == 0 {
		p = future.NewPromiseFunc[int](func(cause error) bool { return p.Reject(cause) })
	}
	err := []error{nil, errBoom}[s.dice(2)]
	time.AfterFunc(s.time(), func() {
		if err == nil {
			p.Resolve(1)
		} else {
			p.Reject(err)
		}
	})
	s.keep(p.Future(), nil, "promise")
}

// levers changes the pool and its groups.
func (s *strand) levers(context.Context) {
	at, n := s.end(), 1+s.dice(3)
	p := at.home
	switch g, ok := at.ex.(*pool.Group); {
	case s.k.wide:
	case ok:
		g.SetLimit(n)
	case s.dice(4) == 0:
		p.Pause()
		time.Sleep(s.time())
		p.Resume()
	case s.dice(4) == 0:
		p.Drop(errBoom)
	default:
		p.Resize(n)
	}
}
