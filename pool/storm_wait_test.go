package pool_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// wait waits in one of the ways, for what the producer has submitted itself or for work
// that is made for it.
func (p *producer) wait(ctx context.Context) {
	last := p.own[max(0, len(p.own)-3):]
	ex := pick(p.rnd, p.executors...)
	switch p.rnd.IntN(15) {
	case 0:
		future.All(ctx, last...)
	case 1:
		future.AllSettled(ctx, last...)
	case 2:
		for range future.AsCompleted(ctx, last...) {
			if p.rnd.IntN(4) == 0 {
				break
			}
		}
	case 3:
		future.Any(ctx, last...)
	case 4:
		future.Wait(ctx, pick(p.rnd, future.FirstCompleted, future.FirstFailed, future.AllCompleted), last...)
	case 5, 6:
		p.scope(ctx, ex)
	case 7, 8, 9:
		p.maps(ctx, ex)
	case 10:
		p.join(ctx, ex)
	case 11:
		p.acquire(ctx, ex)
	case 12:
		pool.Outside(ctx, func() { time.Sleep(20 * time.Microsecond) })
	case 13:
		pool.First(ctx, ex, boom, nop, untilEnd)
	default:
		for _, f := range last {
			f.Await(ctx)
		}
	}
}

func (p *producer) scope(ctx context.Context, ex pool.Executor) {
	opts := []millrace.GroupOption{pick(p.rnd, nil, millrace.CollectErrors(), millrace.IgnoreErrors())}
	if p.rnd.IntN(2) == 0 {
		opts = append(opts, millrace.WithLimit(1))
	}
	pool.Scope(ctx, ex, func(ctx context.Context, g *pool.Group) error {
		for range p.rnd.IntN(3) {
			p.submit(ctx, g)
		}
		return pick(p.rnd, nil, nil, errBoom)
	}, opts...)
}

// maps runs one of the maps over items some of which fail. With PerItem they have keys,
// which a task must not wait for if its parents may have them.
func (p *producer) maps(ctx context.Context, ex pool.Executor) {
	in, fail := []int{0, 1, 2, 3, 4, 5}, p.rnd.IntN(20)
	fn := func(_ context.Context, i int) (int, error) {
		if i == fail {
			return 0, errBoom
		}
		return i, nil
	}
	var opts []millrace.MapOption
	if p.rnd.IntN(3) == 0 {
		opts = append(opts, pick(p.rnd, millrace.WithConcurrency(1), millrace.WithConcurrency(math.MaxInt), millrace.Unordered(), millrace.WithWindow(1)))
	}
	if p.rnd.IntN(3) == 0 {
		opts = append(opts, millrace.PerItem(func(i int) []millrace.TaskOption {
			return []millrace.TaskOption{millrace.WithPriority(i % 2), millrace.WithWeight(int64(i % 3))}
		}))
	}
	switch p.rnd.IntN(4) {
	case 0:
		vs, err := pool.MapSlice(ctx, ex, in, fn, opts...)
		if err == nil && !slices.Equal(vs, in) {
			p.t.Errorf("MapSlice(%v) = %v, want its input", in, vs)
		}
	case 1:
		pool.ForEach(ctx, ex, slices.Values(in), func(ctx context.Context, i int) error {
			_, err := fn(ctx, i)
			return err
		}, opts...)
	case 2:
		pool.ForN(ctx, ex, 6, func(ctx context.Context, i int) error {
			_, err := fn(ctx, i)
			return err
		})
	case 3:
		stop := p.rnd.IntN(20)
		for i := range pool.Map(ctx, ex, slices.Values(in), fn, opts...) {
			if i == stop {
				break
			}
		}
	}
}

// join counts the leaves of a tree by recursion. Some leaves submit and await, or fail.
func (p *producer) join(ctx context.Context, ex pool.Executor) {
	depth := p.rnd.IntN(7)
	odd := p.rnd.IntN(200) // the leaf that fails, if there is one of this number
	var down func(ctx context.Context, depth, leaf int) (int, error)
	down = func(ctx context.Context, depth, leaf int) (int, error) {
		switch {
		case depth > 0:
			a, b, err := pool.Join(ctx, ex,
				func(ctx context.Context) (int, error) { return down(ctx, depth-1, 2*leaf) },
				func(ctx context.Context) (int, error) { return down(ctx, depth-1, 2*leaf+1) })
			return a + b, err
		case leaf == odd:
			return 0, errBoom
		case leaf%16 == 1:
			p.beyond.began.Add(1) // the pool may have CallerRuns
			f := pool.Submit(ctx, ex, nop)
			f.OnDone(func(*intFuture) { p.beyond.ended.Add(1) })
			return f.Await(ctx)
		}
		return 1, nil
	}
	n, err := down(ctx, depth, 0)
	if err == nil && (n != 1<<depth || odd < n) {
		p.t.Errorf("Join() counts %d leaves, want %d, and the error of leaf %d", n, 1<<depth, odd)
	}
}

// acquire takes a slot and gives it back. In a task it may never come.
func (p *producer) acquire(ctx context.Context, ex pool.Executor) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(1+p.rnd.IntN(1000))*time.Microsecond)
	defer cancel()
	opts := []millrace.TaskOption{millrace.WithWeight(p.rnd.Int64N(stormWeight + 1)), millrace.WithPriority(p.rnd.IntN(2))}
	if p.mayCall(&opts) {
		p.beyond.began.Add(1)
		defer p.beyond.ended.Add(1)
	}
	release, err := pool.Acquire(ctx, ex, opts...)
	if (release == nil) != (err != nil) || err != nil && !errors.Is(err, future.ErrCancelled) {
		p.t.Errorf("Acquire() = %v, want a release, or an error that is ErrCancelled", err)
	}
	if err == nil {
		release()
		release()
	}
}
