package pool_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Quick tasks from many sides, and everything else at the same time: none is lost,
// none runs twice or without a slot, and the sum of Stats is right at any time.
func TestFloodUnderFire(t *testing.T) {
	for _, procs := range []int{1, 2, 4} {
		t.Run(fmt.Sprintf("%d processors", procs), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			flooded(t, []int{1, 2, 8}, floodUnderFire)
		})
	}
}

func floodUnderFire(t *testing.T, p *pool.Pool, workers int) {
	const sides, each = 4, floodTasks * 3 / 10
	b := &barrage{t: t, p: p, calls: make([]atomic.Int32, sides*each)}
	fs := make([]*intFuture, sides*each)
	var wg sync.WaitGroup
	for side := range sides {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(side), 5))
			mine := fs[side*each : (side+1)*each]
			for k := range mine {
				mine[k] = b.submit(r, side*each+k, mine[:k])
			}
			for f := range future.AsCompleted(bg, mine...) {
				if !f.State().Settled() {
					t.Errorf("AsCompleted yields %v, want a settled future", f)
				}
			}
		})
	}
	wg.Wait()
	p.Close()
	b.running.want(t, "tasks at work", int64(workers))
	for i, f := range fs {
		want := int32(1)
		if f.State() == future.Cancelled {
			want = 0
		}
		if got := b.calls[i].Load(); got != want {
			t.Fatalf("task %d was called %d times, its future is %v, want one call, or none if it is cancelled", i, got, f)
		}
	}
	if s := stats(t, p); s.Submitted != sides*each || s.Queued != 0 || s.Running != 0 {
		t.Fatalf("Stats() = %+v, want all tasks submitted, none queued or running", s)
	}
}

// A barrage submits quick tasks from several goroutines, and counts their calls.
type barrage struct {
	t       *testing.T
	p       *pool.Pool
	running gauge
	calls   []atomic.Int32 // by task
}

// task returns the function of task i, which does more, if that is not nil.
func (b *barrage) task(i int, more func(context.Context)) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		b.calls[i].Add(1)
		b.running.add(1)
		defer b.running.add(-1)
		if more != nil {
			more(ctx)
		}
		return i, nil
	}
}

// submit submits task i, in ten of a hundred cases with an option, an end or company that
// is not plain. earlier are those that the same goroutine has submitted.
func (b *barrage) submit(r *rand.Rand, i int, earlier []*intFuture) *intFuture {
	plain := func() *intFuture { return pool.Submit(bg, b.p, b.task(i, nil)) }
	pick := func(f *intFuture) *intFuture { // f, or an earlier one
		if n := r.IntN(len(earlier) + 1); n < len(earlier) {
			return earlier[n]
		}
		return f
	}
	switch r.IntN(100) {
	case 0:
		return pool.Submit(bg, b.p, b.task(i, nil), millrace.WithPriority(r.IntN(3)-1))
	case 1:
		return pool.Submit(bg, b.p, b.task(i, nil), millrace.WithKey(r.IntN(2)))
	case 2:
		return pool.Submit(bg, b.p, b.task(i, func(context.Context) { panic(errBoom) }))
	case 3:
		return pool.Submit(bg, b.p, b.task(i, func(context.Context) { runtime.Goexit() }))
	case 4:
		other := pick(nil)
		return pool.Submit(bg, b.p, func(ctx context.Context) (int, error) {
			if other != nil {
				other.Await(ctx) // before the task counts as running: a wait lends
			}
			return b.task(i, nil)(ctx)
		})
	case 5:
		f := plain()
		pick(f).Cancel()
		return f
	case 6:
		f := plain()
		pick(f).Abort(errBoom)
		return f
	case 7:
		f := plain()
		stats(b.t, b.p)
		return f
	case 8:
		f := plain()
		pick(f).OnDone(func(*intFuture) {})
		return f
	case 9:
		ctx, cancel := context.WithCancel(bg)
		defer cancel()
		return pool.Submit(ctx, b.p, b.task(i, nil))
	}
	return plain()
}
