package pool_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

var (
	knots    = flag.Int("knots", 200, "how many knots TestKnots ties")
	knotLeft = flag.Int("knots.left", 60, "steps of a knot")
	knotSeed = flag.Uint64("knots.seed", 0, "the first seed of TestKnots")
	knotKind = flag.String("knots.kind", "", "tie only knots of this kind")
)

// A knot is tasks that wait for one another in every way, and hold keys, weights, limits of groups
// and permits meanwhile. The futures of its tasks must settle without help: what waits in a knot
// mostly has no deadline. There are several kinds, and the seed selects one:
//
//	loose   one pool; a task waits for any other. A knot is undone only if each wait that could
//	        never end is told so.
//	order   one pool; a task waits for its children, and for what was submitted before it by the
//	        tasks that it comes from: each wait can end, and none is told that it could not.
//	across  two pools; a task waits for any one of both pools, and for several of its own
//	pair    two pools, in order
//
// A task that waits for the other pool does so in Outside, or has a pool that never is short of
// slots: what waits for a slot that is kept is no cycle of waits.
//
// Each strand has dice of its own, so a seed is the same program in every schedule, but for which
// futures there are at the time when one is taken.
type knot struct {
	t       *testing.T
	seed    uint64
	ordered bool
	across  bool
	wide    bool // the pools are never short of slots
	ps      []*pool.Pool
	one     loop       // that has settled
	none    *pool.Pool // the home of work elsewhere for which a task waits in Outside

	mu  sync.Mutex
	fs  []loop
	exs []end
	at  map[*strand]string // what the strands are doing
}

// A loop is a future of a knot, and an end is an executor.
type (
	loop struct {
		f    *intFuture
		home *pool.Pool // nil: a promise
		name string
	}
	end struct {
		ex   pool.Executor
		home *pool.Pool
	}
)

// Random programs of such tasks end.
func TestKnots(t *testing.T) {
	for seed := *knotSeed; seed < *knotSeed+uint64(*knots) && !t.Failed(); seed++ {
		if *knotKind == "" || *knotKind == knotKinds[seed%uint64(len(knotKinds))] {
			bubble.Run(t, func(t *testing.T) { newKnot(t, seed).undo() })
		}
	}
}

var knotKinds = []string{"loose", "order", "loose", "order", "loose", "across", "loose", "pair"}

func newKnot(t *testing.T, seed uint64) *knot {
	kind := knotKinds[seed%uint64(len(knotKinds))]
	k := &knot{t: t, seed: seed, at: make(map[*strand]string)}
	k.ordered, k.across = kind == "order" || kind == "pair", kind == "across" || kind == "pair"
	s := k.root()
	k.wide = k.across && s.dice(2) == 0
	k.one, k.none = loop{f: future.Resolved(1)}, new(pool.Pool)
	k.fs = []loop{k.one}
	for range 1 + min(1, s.choose(k.across, 1, 0)) {
		k.newPool(s)
	}
	return k
}

func (k *knot) root() *strand {
	return &strand{k: k, name: "t", rand: rand.New(rand.NewPCG(k.seed, 1)), left: *knotLeft}
}

func (k *knot) newPool(s *strand) {
	opts := []millrace.PoolOption{millrace.WithWorkers(s.choose(k.wide, 1000, 1+s.dice(3)))}
	if !k.wide {
		opts = append(opts, millrace.WithMaxWeight(2))
	}
	if s.dice(4) == 0 {
		opts = append(opts, millrace.WithRate(1000, 1))
	}
	if d := s.time(); s.dice(4) == 0 {
		opts = append(opts, millrace.WithIdleTimeout(d), millrace.WithInit(func(ctx context.Context) (context.Context, error) {
			time.Sleep(d)
			return ctx, nil
		}))
	}
	if !k.across && s.dice(4) == 0 {
		over := []millrace.Overflow{millrace.Block, millrace.Block, millrace.CallerRuns, millrace.Reject, millrace.DropOldest}
		opts = append(opts, millrace.WithQueue(s.dice(3)), millrace.WithOverflow(over[s.dice(len(over))]))
	}
	p := pool.New(opts...)
	k.ps = append(k.ps, p)
	k.exs = append(k.exs, end{p, p}, end{p, p})
	if !k.wide {
		outer := pool.NewGroup(bg, p, millrace.IgnoreErrors(), millrace.WithLimit(1+s.dice(2)))
		inner := pool.NewGroup(bg, outer, millrace.IgnoreErrors(), millrace.WithLimit(1))
		k.exs = append(k.exs, end{outer, p}, end{inner, p})
	}
}

func (k *knot) errorf(format string, args ...any) {
	k.t.Errorf("seed %d: "+format, append([]any{k.seed}, args...)...)
}

// undo runs the knot until all its tasks have settled.
func (k *knot) undo() {
	s := k.root()
	for range 4 {
		s.submit(bg, s.end())
	}
	time.Sleep(time.Hour)
	k.mu.Lock()
	fs := k.fs
	k.mu.Unlock()
	for _, l := range fs {
		if !l.f.State().Settled() {
			k.t.Fatalf("seed %d: task %s is %v after an hour; %v\n%s", k.seed, l.name, l.f.State(), k.ps, k.blocked())
		}
		if _, err := l.f.Await(bg); k.ordered && errors.Is(err, future.ErrDeadlock) {
			k.errorf("%v: %v, where each wait can end", l.f, err)
		}
	}
	for _, p := range k.ps {
		if st := stats(k.t, p); st.Running+st.Waiting+st.Queued+st.Deferred+st.Blocked != 0 || st.Weight != 0 {
			k.errorf("Stats() of a pool at rest = %+v", st)
		}
		p.Close()
	}
}

// blocked says what the strands are doing.
func (k *knot) blocked() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []string
	for s, at := range k.at {
		all = append(all, fmt.Sprintf("%s: %s", s.name, at))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// A strand is a goroutine of a task: it takes steps. Each is made with dice and a number of steps
// from the one that it comes from.
type strand struct {
	k     *knot
	name  string
	rand  *rand.Rand
	home  *pool.Pool // of its task; nil: none
	left  int        // steps of it and of all that comes from it
	comes int        // how many come from it
	opts  string     // of its task
	seen  []loop     // it may wait for these in an ordered knot
}

func (s *strand) dice(n int) int { return s.rand.IntN(n) }

func (s *strand) choose(a bool, yes, no int) int {
	if a {
		return yes
	}
	return no
}

// fork returns a strand that comes from s and has n steps.
func (s *strand) fork(n int) *strand {
	s.comes++
	return &strand{
		k: s.k, name: fmt.Sprintf("%s.%d", s.name, s.comes), rand: rand.New(rand.NewPCG(s.rand.Uint64(), s.rand.Uint64())),
		home: s.home, left: n, seen: slices.Clone(s.seen),
	}
}

// doing notes what the strand does, until the function is called that it returns.
func (s *strand) doing(format string, args ...any) func() {
	k := s.k
	k.mu.Lock()
	was := k.at[s]
	k.at[s] = was + " / " + fmt.Sprintf(format, args...)
	k.mu.Unlock()
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.at[s] = was; was == "" {
			delete(k.at, s)
		}
	}
}

// told is called with the error of a wait.
func (s *strand) told(err error) {
	if s.k.ordered && errors.Is(err, future.ErrDeadlock) {
		s.k.errorf("%s: %v, where each wait can end\n%s", s.name, err, s.k.blocked())
	}
}

// some returns a future that the strand may wait for, and any one of all.
func (s *strand) some() loop {
	if s.k.ordered {
		if len(s.seen) == 0 {
			return s.k.one
		}
		return s.seen[s.dice(len(s.seen))]
	}
	return s.any()
}

func (s *strand) any() loop {
	s.k.mu.Lock()
	defer s.k.mu.Unlock()
	return s.k.fs[s.dice(len(s.k.fs))]
}

func (s *strand) end() end {
	s.k.mu.Lock()
	defer s.k.mu.Unlock()
	return s.k.exs[s.dice(len(s.k.exs))]
}

// keep notes a future of the strand.
func (s *strand) keep(f *intFuture, home *pool.Pool, name string) loop {
	s.k.mu.Lock()
	defer s.k.mu.Unlock()
	l := loop{f, home, name}
	s.k.fs = append(s.k.fs, l)
	s.seen = append(s.seen, l)
	return l
}

// from calls fn, which waits for work of these pools, in Outside if there is one where that is needed.
func (s *strand) from(ctx context.Context, fn func(), homes ...*pool.Pool) {
	if s.home != nil && !s.k.wide && slices.ContainsFunc(homes, func(p *pool.Pool) bool { return p != nil && p != s.home }) {
		pool.Outside(ctx, fn)
		return
	}
	fn()
}

// submit submits a task, or one that continues with a future.
func (s *strand) submit(ctx context.Context, at end) loop {
	then := s.dice(4) == 0
	n := s.left
	if s.dice(4) == 0 {
		n = 0
	}
	in := s.some()
	c := s.fork(n)
	c.home = at.home
	opts := c.options()
	opts = append(opts, millrace.WithTaskName(c.name))
	c.opts = fmt.Sprintf("%T %p %v", at.ex, at.ex, opts)
	defer s.doing("submit %s to %p with %v", c.name, at.ex, opts)()
	if then {
		return s.keep(pool.Then(ctx, at.ex, in.f, func(ctx context.Context, _ int) (int, error) { return c.body(ctx) }, opts...), at.home, c.name)
	}
	return s.keep(pool.Submit(ctx, at.ex, c.body, opts...), at.home, c.name)
}

// options returns options for the task that begins with the strand.
func (s *strand) options() (opts []millrace.TaskOption) {
	for range s.dice(4) {
		switch s.dice(11) {
		case 0, 1, 2:
			if !s.k.ordered || s.left == 0 { // what has a key waits for nothing in an ordered knot
				opts = append(opts, millrace.WithKey(s.dice(2)))
			}
		case 3:
			opts = append(opts, millrace.WithPriority(s.dice(2)))
		case 4:
			if !s.k.wide {
				opts = append(opts, millrace.WithWeight(int64(s.dice(3))))
			}
		case 5:
			opts = append(opts, millrace.WithDelay(s.time()+1))
		case 6:
			opts = append(opts, millrace.WithTimeout(s.time()+1))
		case 7:
			opts = append(opts, millrace.WithMaxWait(s.time()+1))
		case 8:
			delay := s.time()
			opts = append(opts, millrace.WithRetry(func(n int, _ error) (time.Duration, bool) { return delay, n < 2 }))
		case 9:
			opts = append(opts, millrace.WithFlow(s.dice(2)))
		case 10:
			opts = append(opts, millrace.WithOverflow([]millrace.Overflow{millrace.Block, millrace.CallerRuns, millrace.Reject, millrace.DropOldest}[s.dice(4)]))
		}
	}
	return opts
}
