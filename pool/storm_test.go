package pool_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

var (
	stormFor  = flag.Duration("storm", 2*time.Second, "how long TestStorm goes on; at most 300ms with -short")
	stormSeed = flag.Uint64("storm.seed", 0, "make all storms of TestStorm from this seed; 0: from seeds of their own")
)

// stormHangs is how long a storm may take. The usual one takes some milliseconds, and
// everything in it that may wait for ever by design has a deadline.
const stormHangs = 2 * time.Minute

// Random programs over the whole of the package in a real race: all options, all
// executors, all ways to wait, all ends. What no schedule may change is checked.
func TestStorm(t *testing.T) {
	long := *stormFor
	if testing.Short() {
		long = min(long, 300*time.Millisecond)
	}
	n := 0
	var timers sync.WaitGroup
	defer timers.Wait() // those of the last storms would start goroutines in other tests
	for end := time.Now().Add(long); n == 0 || time.Now().Before(end); n++ {
		seed := *stormSeed
		if seed == 0 {
			seed = rand.Uint64()
		}
		runStorm(t, seed, &timers)
		if t.Failed() {
			t.Fatalf("storm %d failed, -storm.seed=%d makes it again", n, seed)
		}
	}
	t.Logf("%d storms", n)
}

// A storm is one random program.
type storm struct {
	t         *testing.T
	timers    *sync.WaitGroup // that have been set and have not run
	p         *pool.Pool
	executors []pool.Executor
	groups    []*pool.Group
	rnd       *rand.Rand // of the one who made it

	queue     int // -1: no bound
	maxWeight int64
	most      atomic.Int64 // workers, over time
	beyond    allowance    // tasks that may run beyond the workers, the weight and the limits
	keys      [stormKeys]gauge

	mu    sync.Mutex
	gusts []*gust
}

const stormKeys, stormWeight, stormLimit = 3, 4, 2

func runStorm(t *testing.T, seed uint64, timers *sync.WaitGroup) {
	before := runtime.NumGoroutine()
	alarm := time.AfterFunc(stormHangs, func() {
		fmt.Fprintf(os.Stderr, "a storm hangs, -storm.seed=%d makes it again\n", seed)
		pprof.Lookup("goroutine").WriteTo(os.Stderr, 2)
		os.Exit(1)
	})
	defer alarm.Stop()
	s := &storm{t: t, timers: timers, rnd: rand.New(rand.NewPCG(seed, 1))}
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	s.newPool(ctx)
	for range s.rnd.IntN(4) {
		s.newGroup()
	}
	s.blow(cancel)
	s.check()
	for i := 0; runtime.NumGoroutine() > before; i++ { // promises that settle late, and timers
		if time.Sleep(time.Millisecond); i > 20_000 {
			pprof.Lookup("goroutine").WriteTo(os.Stderr, 2)
			t.Fatalf("%d goroutines are left, there were %d before", runtime.NumGoroutine(), before)
		}
	}
}

// after calls fn after d.
func (s *storm) after(d time.Duration, fn func()) {
	s.timers.Add(1)
	time.AfterFunc(d, func() {
		defer s.timers.Done()
		fn()
	})
}

// newPool makes the pool with random options.
func (s *storm) newPool(ctx context.Context) {
	workers := pick(s.rnd, 1, 1, 2, 3, 4, math.MaxInt)
	s.queue = pick(s.rnd, -1, -1, 0, 1, 3)
	s.most.Store(int64(workers))
	opts := []millrace.PoolOption{
		millrace.WithWorkers(workers),
		millrace.WithIdleTimeout(pick(s.rnd, 0, 50*time.Microsecond, time.Second)),
		millrace.WithOverflow(s.overflow(s.rnd)),
	}
	if s.queue >= 0 {
		opts = append(opts, millrace.WithQueue(s.queue))
	}
	if s.rnd.IntN(2) == 0 {
		s.maxWeight = 2 + s.rnd.Int64N(6)
		opts = append(opts, millrace.WithMaxWeight(s.maxWeight))
	}
	if s.rnd.IntN(4) == 0 {
		opts = append(opts, millrace.WithRate(20_000, 1+s.rnd.IntN(3)))
	}
	if s.rnd.IntN(3) == 0 {
		opts = append(opts, millrace.WithInit(s.init(s.rnd.IntN(10))))
	}
	if s.rnd.IntN(3) == 0 {
		opts = append(opts, millrace.WithContext(ctx))
	}
	s.p = pool.New(opts...)
	s.executors = []pool.Executor{s.p}
}

// init returns a function of WithInit, one that fails in its third call if kind is 0.
func (s *storm) init(kind int) func(context.Context) (context.Context, error) {
	var calls atomic.Int32
	return func(ctx context.Context) (context.Context, error) {
		if calls.Add(1) == 3 && kind == 0 {
			return ctx, errBoom
		}
		return context.WithValue(ctx, key{}, kind), nil
	}
}

func (s *storm) overflow(rnd *rand.Rand) millrace.Overflow {
	return pick(rnd, millrace.Block, millrace.Block, millrace.Reject, millrace.CallerRuns, millrace.DropOldest)
}

// newGroup makes a group with random options over the pool or another group.
func (s *storm) newGroup() {
	opts := []millrace.GroupOption{pick(s.rnd, nil, millrace.IgnoreErrors(), millrace.CollectErrors())}
	if s.rnd.IntN(2) == 0 {
		opts = append(opts, millrace.WithLimit(1+s.rnd.IntN(stormLimit)))
	}
	if s.rnd.IntN(4) == 0 {
		opts = append(opts, millrace.WithRate(20_000, 1))
	}
	g := pool.NewGroup(bg, pick(s.rnd, s.executors...), opts...)
	s.groups = append(s.groups, g)
	s.executors = append(s.executors, g)
}

// blow runs producers, levers and polls at once, and ends the pool: after the
// producers, or amid them.
func (s *storm) blow(cancel func()) {
	end, amid := s.rnd.IntN(5), s.rnd.IntN(2) == 0
	seeds := []uint64{s.rnd.Uint64(), s.rnd.Uint64(), s.rnd.Uint64(), s.rnd.Uint64()}
	var producers, helpers sync.WaitGroup
	for _, seed := range seeds[:1+s.rnd.IntN(3)] {
		producers.Go(func() { s.produce(seed) })
	}
	stop := make(chan struct{})
	helpers.Go(func() { s.poll(stop) })
	helpers.Go(func() { s.pull(stop, seeds[3]) })
	if !amid {
		producers.Wait()
	} else {
		time.Sleep(time.Duration(s.rnd.IntN(1000)) * time.Microsecond)
	}
	s.end(end, cancel)
	producers.Wait()
	for _, g := range s.groups {
		g.Wait()
	}
	close(stop)
	helpers.Wait()
	s.p.Resume()
	s.p.Close()
}

// end ends the pool in one of the ways. What is paused is resumed by the levers.
func (s *storm) end(how int, cancel func()) {
	switch how {
	case 0:
		s.p.Close()
	case 1:
		ctx, cancel := context.WithTimeout(bg, 200*time.Microsecond)
		defer cancel()
		s.p.Shutdown(ctx)
	case 2:
		s.p.Stop(errBoom)
	case 3:
		s.p.Seal()
	case 4:
		cancel()
	}
}

// check looks at what is left when the pool has closed: each task has settled once,
// is Cancelled if it never ran, and only then, and is accounted for.
func (s *storm) check() {
	for _, g := range s.gusts {
		state, called := g.state(), g.called.Load()
		switch {
		case !state.Settled(), g.settled.Load() != 1, called > 1 && !g.retried,
			state == future.Cancelled && called > 0,
			called == 0 && state != future.Cancelled && !g.then:
			s.t.Errorf("%s: %v after Close, called %d times, OnDone %d times, want settled, called once or cancelled, OnDone once", g.kind, state, called, g.settled.Load())
		}
	}
	for i := range s.keys {
		s.keys[i].want(s.t, "tasks of one key", 1)
	}
	st := stats(s.t, s.p)
	if st.Queued+st.Deferred+st.Running+st.Waiting+st.Blocked+st.Goroutines != 0 || st.Weight != 0 || st.OldestQueued != 0 {
		s.t.Errorf("Stats() after Close = %+v, want nothing left", st)
	}
	for _, g := range s.groups {
		if st := g.Stats(); st.Queued+st.Deferred+st.Running+st.Waiting+st.Blocked != 0 || st.Weight != 0 {
			s.t.Errorf("Stats() of a group after Close = %+v, want nothing left", st)
		}
	}
}

func pick[T any](rnd *rand.Rand, from ...T) T { return from[rnd.IntN(len(from))] }
