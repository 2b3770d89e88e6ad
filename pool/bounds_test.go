package pool_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// A rig uses all bounds of a pool at once, and measures from inside of the tasks whether
// they are kept.
type rig struct {
	p       *pool.Pool
	limited *pool.Group
	weight  gauge
	members gauge
	keys    [3]gauge
	mu      sync.Mutex
	targets []*target
}

const rigWeight, rigLimit = 10, 2

// submit submits a task with random options to the pool or the group; depth is
// how deep its children nest.
func (r *rig) submit(ctx context.Context, rnd *rand.Rand, depth int) *intFuture {
	weight, k, priority := rnd.Int64N(rigWeight/2), rnd.IntN(2*len(r.keys)), rnd.IntN(3)-1
	opts := []millrace.TaskOption{millrace.WithWeight(weight), millrace.WithPriority(priority)}
	if k < len(r.keys) && depth == 0 { // a child of its parent's key is a deadlock
		opts = append(opts, millrace.WithKey(k))
	}
	if rnd.IntN(4) == 0 {
		opts = append(opts, millrace.WithTimeout(time.Duration(1+rnd.IntN(300))*time.Microsecond))
	}
	member := rnd.IntN(3) == 0
	ex := pool.Executor(r.p)
	if member {
		ex = r.limited
	}
	kind, seed := rnd.IntN(7), rnd.Uint64()
	s := new(target)
	run := func(ctx context.Context) (int, error) {
		s.called.Add(1)
		inside := func(n int64) {
			r.weight.add(n * weight)
			if member {
				r.members.add(n)
			}
		}
		if len(opts) > 2 && k < len(r.keys) && depth == 0 {
			r.keys[k].add(1)
			defer r.keys[k].add(-1)
		}
		inside(1)
		counted := true
		defer func() {
			if counted {
				inside(-1)
			}
		}()
		switch kind {
		case 0:
			panic("a")
		case 1:
			runtime.Goexit()
		case 2:
			return 0, errBoom
		case 3, 4:
			if depth > 0 {
				inside(-1)
				rnd := rand.New(rand.NewPCG(seed, 8))
				f, g := r.submit(ctx, rnd, depth-1), r.submit(ctx, rnd, depth-1)
				future.AllSettled(context.WithoutCancel(ctx), f, g)
				if counted = ctx.Err() == nil; counted { // or else it may go on with a debt
					inside(1)
				}
			}
		case 5:
			runtime.Gosched()
		}
		return 1, nil
	}
	s.f = pool.Submit(ctx, ex, run, opts...)
	s.f.OnDone(func(*intFuture) { s.settled.Add(1) })
	r.mu.Lock()
	r.targets = append(r.targets, s)
	r.mu.Unlock()
	return s.f
}

// Everything at once, with each overflow, in a real race: the bounds hold, each
// task settles once and is accounted for, and nothing is left.
func TestEverythingUnderLoad(t *testing.T) {
	for _, o := range []millrace.Overflow{millrace.Block, millrace.Reject, millrace.CallerRuns, millrace.DropOldest} {
		for _, queue := range []int{0, 1, 8} {
			t.Run(fmt.Sprint(o, queue), func(t *testing.T) { everythingUnderLoad(t, o, queue) })
		}
	}
}

func everythingUnderLoad(t *testing.T, o millrace.Overflow, queue int) {
	const most = 5
	p := pool.New(millrace.WithWorkers(3), millrace.WithQueue(queue), millrace.WithOverflow(o), millrace.WithMaxWeight(rigWeight), millrace.WithIdleTimeout(50*time.Microsecond))
	r := &rig{p: p, limited: pool.NewGroup(bg, p, millrace.WithLimit(rigLimit), millrace.CollectErrors())}
	produce := func(seed uint64) func() {
		return func() {
			rnd := rand.New(rand.NewPCG(seed, 7))
			for range 60 {
				ctx, cancel := context.WithCancel(bg)
				f := r.submit(ctx, rnd, rnd.IntN(3))
				switch rnd.IntN(6) {
				case 0:
					f.Cancel()
				case 1:
					f.Abort(errBoom)
				case 2:
					cancel()
				case 3:
					f.Await(bg)
				}
				defer cancel()
			}
		}
	}
	var stop atomic.Bool
	polled := make(chan struct{})
	go func() {
		defer close(polled)
		for i := 0; !stop.Load(); i++ {
			p.Resize(1 + i%most)
			s := stats(t, p)
			if s.Queued > queue || s.Weight > rigWeight || o != millrace.CallerRuns && s.Running > most {
				t.Errorf("Stats() = %+v, want at most %d queued, %d of weight, %d running", s, queue, rigWeight, most)
			}
			time.Sleep(20 * time.Microsecond)
		}
	}()
	races(produce(1), produce(2), produce(3))
	stop.Store(true)
	<-polled
	r.limited.Wait()
	p.Close()
	r.check(t)
}

// check looks at what is left when the pool has closed: nothing.
func (r *rig) check(t *testing.T) {
	t.Helper()
	for _, s := range r.targets {
		state, called := s.f.State(), s.called.Load()
		if !state.Settled() || called > 1 || (state == future.Cancelled) != (called == 0) || s.settled.Load() != 1 {
			t.Errorf("%v after Close, called %d times, OnDone %d times, want settled, called once or cancelled, OnDone once", s.f, called, s.settled.Load())
		}
	}
	r.weight.want(t, "weight", rigWeight)
	r.members.want(t, "members of a limited group", rigLimit)
	for i := range r.keys {
		r.keys[i].want(t, "tasks of one key", 1)
	}
	s := stats(t, r.p)
	if s.Queued+s.Deferred+s.Running+s.Waiting+s.Goroutines != 0 || s.Weight != 0 || s.Submitted+s.Refused != uint64(len(r.targets)) {
		t.Errorf("Stats() after Close = %+v, want %d tasks accounted for and nothing left", s, len(r.targets))
	}
}
