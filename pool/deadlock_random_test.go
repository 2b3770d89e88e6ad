package pool_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
)

var (
	knots    = flag.Int("knots", 100, "how many knots TestKnots ties")
	knotLeft = flag.Int("knots.left", 60, "steps of a knot")
	knotSeed = flag.Uint64("knots.seed", 0, "the first seed of TestKnots")
)

// A knot is tasks of one pool that wait for one another in every way, and have keys meanwhile. No
// context has a deadline, and some do not end with their tasks. So a knot is undone only if each wait
// that could never end is told so.
type knot struct {
	crowd // for its dice and its futures
	p     *pool.Pool
	exs   []pool.Executor
}

// Random programs of such tasks end.
func TestKnots(t *testing.T) {
	for seed := *knotSeed; seed < *knotSeed+uint64(*knots) && !t.Failed(); seed++ {
		bubble.Run(t, func(t *testing.T) { newKnot(t, seed).undo() })
	}
}

func newKnot(t *testing.T, seed uint64) *knot {
	k := &knot{crowd: crowd{t: t, seed: seed, rand: rand.New(rand.NewPCG(seed, 1)), left: *knotLeft}}
	opts := []millrace.PoolOption{millrace.WithWorkers(1 + k.dice(3)), millrace.WithMaxWeight(2)}
	if k.dice(4) == 0 {
		opts = append(opts, millrace.WithQueue(k.dice(3)))
	}
	k.p = pool.New(opts...)
	outer := pool.NewGroup(bg, k.p, millrace.IgnoreErrors(), millrace.WithLimit(1+k.dice(2)))
	inner := pool.NewGroup(bg, outer, millrace.IgnoreErrors(), millrace.WithLimit(1))
	k.exs = []pool.Executor{k.p, k.p, outer, inner}
	k.fs = []*intFuture{future.Resolved(1)}
	return k
}

// undo runs the knot until all its tasks have settled.
func (k *knot) undo() {
	for range 4 {
		k.submit(bg, anyOf(&k.crowd, k.exs...))
	}
	time.Sleep(time.Hour)
	k.mu.Lock()
	fs := k.fs
	k.mu.Unlock()
	for _, f := range fs {
		if !f.State().Settled() {
			k.t.Fatalf("seed %d: %v after an hour, %v", k.seed, f, k.p)
		}
	}
	if st := stats(k.t, k.p); st.Running+st.Waiting+st.Queued+st.Deferred+st.Blocked != 0 || st.Weight != 0 {
		k.errorf("Stats() of a pool at rest = %+v", st)
	}
	k.p.Close()
}

// submit submits a task, or one that continues with a future.
func (k *knot) submit(ctx context.Context, ex pool.Executor) *intFuture {
	var opts []millrace.TaskOption
	for range k.dice(3) {
		opts = append(opts, anyOf(&k.crowd,
			millrace.WithKey(k.dice(2)), millrace.WithKey(k.dice(2)), millrace.WithPriority(k.dice(2)),
			millrace.WithWeight(int64(k.dice(3))), millrace.WithDelay(time.Duration(k.dice(3))*time.Millisecond),
		))
	}
	if k.dice(4) == 0 {
		return k.keep(pool.Then(ctx, ex, k.some(), func(ctx context.Context, _ int) (int, error) { return k.body(ctx) }, opts...))
	}
	return k.keep(pool.Submit(ctx, ex, k.body, opts...))
}

// body takes some steps, some of them in goroutines of their own.
func (k *knot) body(ctx context.Context) (int, error) {
	var steps sync.WaitGroup
	defer steps.Wait()
	for range 1 + k.dice(3) {
		if k.dice(4) == 0 {
			steps.Go(func() { k.step(ctx) })
		} else {
			k.step(ctx)
		}
	}
	if k.dice(6) == 0 {
		return 0, errBoom
	}
	return 1, nil
}

// item is a body for an item of a map.
func (k *knot) item(ctx context.Context, _ int) (int, error) { return k.body(ctx) }

func (k *knot) step(ctx context.Context) {
	if k.dice(3) == 0 {
		ctx = context.WithoutCancel(ctx)
	}
	k.mu.Lock()
	k.left--
	over := k.left < 0
	k.mu.Unlock()
	ex := anyOf(&k.crowd, k.exs...)
	switch n := k.dice(13); {
	case over || n == 0:
		time.Sleep(time.Duration(k.dice(3)) * time.Millisecond)
	case n <= 3:
		k.submit(ctx, ex)
	case n <= 6:
		k.some().Await(ctx)
	case n == 7:
		k.several(ctx)
	case n == 8:
		left := 1 + k.dice(3)
		for range future.AsCompleted(ctx, k.some(), k.some(), k.some()) {
			if left--; left == 0 {
				break
			}
			k.step(ctx)
		}
	case n == 9:
		pool.Scope(ctx, ex, func(ctx context.Context, g *pool.Group) error {
			for range k.dice(3) {
				k.submit(ctx, g)
			}
			k.step(ctx)
			return nil
		}, anyOf(&k.crowd, nil, millrace.WithLimit(1), millrace.CollectErrors(), millrace.IgnoreErrors()))
	case n == 10:
		keys := millrace.PerItem(func(i int) []millrace.TaskOption { return []millrace.TaskOption{millrace.WithKey(i % 2)} })
		pool.MapSlice(ctx, ex, []int{0, 1, 2}, k.item, anyOf(&k.crowd, nil, keys))
	case n == 11:
		left := k.dice(4)
		for range pool.Map(ctx, ex, slices.Values([]int{0, 1, 2}), k.item, millrace.WithWindow(2)) {
			if left--; left < 0 {
				break
			}
			k.step(ctx)
		}
	case n == 12:
		pool.Join(ctx, ex, k.body, k.body)
	}
}

// several waits for several futures.
func (k *knot) several(ctx context.Context) {
	fs := []*intFuture{k.some(), k.some()}
	switch k.dice(5) {
	case 0:
		future.All(ctx, fs...)
	case 1:
		future.AllSettled(ctx, fs...)
	case 2:
		future.Any(ctx, fs...)
	case 3:
		future.Race(ctx, fs...)
	case 4:
		future.Wait(ctx, anyOf(&k.crowd, future.AllCompleted, future.FirstCompleted, future.FirstFailed), fs...)
	}
}
