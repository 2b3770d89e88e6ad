package pool_test

import (
	"context"
	"slices"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A refuser submits, with options, what is to be refused. It returns the error.
type refuser struct {
	group bool // only to the group
	items bool // of a map: they take no place in the queue
	bare  bool // without options
	do    func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error
}

func asMapOptions(opts []millrace.TaskOption) (as []millrace.MapOption) {
	for _, o := range opts {
		as = append(as, o)
	}
	return as
}

func awaited[T any](f *future.Future[T]) error {
	_, err := f.Await(bg)
	return err
}

var refusers = map[string]refuser{
	"Submit": {do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		return awaited(pool.Submit(ctx, r.ex, nop, opts...))
	}},
	"Go": {do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		return awaited(pool.Go(ctx, r.ex, func(context.Context) error { return nil }, opts...))
	}},
	"Retry": {do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		again := func(int, error) (time.Duration, bool) { return time.Hour, true }
		return awaited(pool.Submit(ctx, r.ex, boom, append(opts, millrace.WithRetry(again))...))
	}},
	"Then": {do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		return awaited(pool.Then(ctx, r.ex, future.Resolved(1), identity, opts...))
	}},
	"late Then": {do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		input := future.NewPromise[int]()
		f := pool.Then(ctx, r.ex, input.Future(), identity, opts...)
		input.Resolve(1)
		return awaited(f)
	}},
	"Acquire": {do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		release, err := pool.Acquire(ctx, r.ex, opts...)
		if err == nil {
			release()
		}
		return err
	}},
	"inner group": {group: true, do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		g := pool.NewGroup(bg, r.ex, millrace.WithLimit(1))
		err := awaited(pool.Submit(ctx, g, nop, opts...))
		_ = g.Wait()
		return err
	}},
	"Scope": {do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		return pool.Scope(ctx, r.ex, func(ctx context.Context, g *pool.Group) error {
			return awaited(pool.Submit(ctx, g, nop, opts...))
		})
	}},
	"MapSlice": {items: true, do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		_, err := pool.MapSlice(ctx, r.ex, []int{1, 2, 3}, identity, asMapOptions(opts)...)
		return err
	}},
	"Map": {items: true, do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		for _, err := range pool.Map(ctx, r.ex, endless, identity, asMapOptions(opts)...) {
			return err
		}
		return nil
	}},
	"ForEach": {items: true, do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		return pool.ForEach(ctx, r.ex, slices.Values([]int{1, 2, 3}), func(context.Context, int) error { return nil }, asMapOptions(opts)...)
	}},
	"PerItem": {items: true, do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		each := millrace.PerItem(func(int) []millrace.TaskOption { return opts })
		_, err := pool.MapSlice(ctx, r.ex, []int{1, 2, 3}, identity, each)
		return err
	}},
	"ForN": {items: true, do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		return pool.ForN(ctx, r.ex, 3, func(context.Context, int) error { return nil }, asMapOptions(opts)...)
	}},
	"Reduce": {items: true, do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		_, err := pool.Reduce(ctx, r.ex, []int{1, 2, 3}, func(_ context.Context, a, b int) (int, error) { return a + b, nil }, asMapOptions(opts)...)
		return err
	}},
	"Join": {bare: true, items: true, do: func(ctx context.Context, r *refusals, _ []millrace.TaskOption) error {
		_, _, err := pool.Join(ctx, r.ex, nop, nop)
		return err
	}},
	"First": {bare: true, items: true, do: func(ctx context.Context, r *refusals, _ []millrace.TaskOption) error {
		_, err := pool.First(ctx, r.ex, nop, nop)
		return err
	}},
	"stream": {items: true, do: func(ctx context.Context, r *refusals, opts []millrace.TaskOption) error {
		s := stream.FromSlice([]int{1, 2, 3})
		for range 2 {
			s = stream.Map(s, r.ex, identity, asMapOptions(opts)...)
		}
		_, err := s.Count(ctx)
		return err
	}},
}

// refusals is a pool in which something is taken: of 4 workers, a weight of 4, a group of 3.
type refusals struct {
	p       *pool.Pool
	g       *pool.Group
	ex      pool.Executor
	release func()
	opts    []millrace.TaskOption // what waits for what is taken
	ctx     context.Context       // of a task of the pool
	breaks  bool                  // no worker can be prepared any more

	newGroup func() *pool.Group
}

// hold takes slots, with options, until release is called.
func (r *refusals) hold(ex pool.Executor, n int, opts ...millrace.TaskOption) {
	gate := make(chan struct{})
	for range n {
		pool.Go(bg, ex, func(context.Context) error { <-gate; return nil }, opts...)
	}
	synctest.Wait()
	before := r.release
	r.release = func() { close(gate); before() }
}

// addTask starts a task in a slot, and with a worker, of its own.
func (r *refusals) addTask(fn func(context.Context) (int, error), opts ...millrace.TaskOption) {
	r.p.Resize(r.p.Stats().Workers + 1)
	pool.Submit(bg, r.p, fn, append(opts, millrace.WithWeight(0))...)
	synctest.Wait()
}

// A shortage is what a submitted task has to wait for.
type shortage struct {
	pool  []millrace.PoolOption
	group []millrace.GroupOption
	only  bool // members of the group
	tasks bool // and no items
	rich  bool // and none without options
	still bool // nothing starts while there is the shortage
	make  func(r *refusals)
}

var shortages = map[string]shortage{
	"a slot": {make: func(r *refusals) { r.hold(r.p, 4) }},
	"a key": {rich: true, make: func(r *refusals) {
		r.hold(r.p, 1, millrace.WithKey("k"))
		r.opts = append(r.opts, millrace.WithKey("k"))
	}},
	"weight":            {make: func(r *refusals) { r.hold(r.p, 1, millrace.WithWeight(4)) }},
	"a limit":           {only: true, make: func(r *refusals) { r.hold(r.g, 3) }},
	"the pool's rate":   {still: true, pool: []millrace.PoolOption{millrace.WithRate(1, 1)}, make: func(r *refusals) { r.hold(r.p, 1) }},
	"the group's rate":  {group: []millrace.GroupOption{millrace.WithRate(1, 1)}, only: true, make: func(r *refusals) { r.hold(r.g, 1) }},
	"a delay":           {rich: true, make: func(r *refusals) { r.opts = append(r.opts, millrace.WithDelay(time.Minute)) }},
	"the end of a rest": {still: true, make: func(r *refusals) { r.p.Pause(); r.release = r.p.Resume }},
	"a place": {still: true, pool: []millrace.PoolOption{millrace.WithQueue(2)}, tasks: true, make: func(r *refusals) {
		r.hold(r.p, 4)
		submitMany(bg, r.p, 2)
	}},
}

// A refusal refuses what was submitted: at once, because of the context and the options that how
// returns, or when it pends, by end.
type refusal struct {
	how   func() (context.Context, []millrace.TaskOption)
	end   func(r *refusals, cancel context.CancelCauseFunc)
	first func(r *refusals) // is called before that
	where string            // only if something waits for this
	tasks bool              // not items
	group bool              // only members
	drops bool              // what else is queued, too
	over  bool              // the pool takes no more after it
	start bool              // it needs that a task starts before
	waits bool              // only of what waits for its end
	want  error
}

var refusalsOf = map[string]refusal{
	"its context had ended": {how: func() (context.Context, []millrace.TaskOption) { return ended(errBoom), nil }, want: errBoom},
	"too heavy": {how: func() (context.Context, []millrace.TaskOption) {
		return bg, []millrace.TaskOption{millrace.WithWeight(5)}
	}, want: pool.ErrTooHeavy},
	"its context ends": {end: func(_ *refusals, cancel context.CancelCauseFunc) { cancel(errBoom) }, want: errBoom},
	"max wait": {
		how: func() (context.Context, []millrace.TaskOption) {
			return bg, []millrace.TaskOption{millrace.WithMaxWait(time.Millisecond)}
		},
		end:  func(*refusals, context.CancelCauseFunc) { time.Sleep(time.Millisecond) },
		want: pool.ErrMaxWait,
	},
	"drop": {tasks: true, drops: true, end: func(r *refusals, _ context.CancelCauseFunc) { r.p.Drop(errBoom) }, want: errBoom},
	"its group ends": {group: true, want: errBoom, end: func(r *refusals, _ context.CancelCauseFunc) {
		r.g.Cancel(errBoom)
		r.g = r.newGroup()
	}},
	"the queue is full": {where: "a place", want: pool.ErrQueueFull, how: func() (context.Context, []millrace.TaskOption) {
		return bg, []millrace.TaskOption{millrace.WithOverflow(millrace.Reject)}
	}},
	"it is dropped": {where: "a place", want: pool.ErrQueueFull, how: func() (context.Context, []millrace.TaskOption) {
		return bg, []millrace.TaskOption{millrace.WithOverflow(millrace.DropOldest), millrace.WithPriority(-5)}
	}},
	"sealed": {over: true, want: pool.ErrClosed, first: func(r *refusals) { r.p.Seal() }, how: func() (context.Context, []millrace.TaskOption) { return bg, nil }},
	"stopped": {over: true, want: pool.ErrStopped, first: func(r *refusals) { r.p.Stop(errBoom) }, how: func() (context.Context, []millrace.TaskOption) {
		return bg, nil
	}},
	"broken": {over: true, start: true, want: pool.ErrBroken, first: func(r *refusals) {
		r.breaks = true
		r.addTask(func(context.Context) (int, error) { return 0, nil })
	}, how: func() (context.Context, []millrace.TaskOption) { return bg, nil }},
	"deadlock": {waits: true, start: true, want: future.ErrDeadlock, first: func(r *refusals) {
		gate, started := make(chan struct{}), make(chan context.Context, 1)
		r.addTask(func(ctx context.Context) (int, error) { started <- ctx; <-gate; return 0, nil }, millrace.WithKey("its own"))
		r.ctx = <-started
		before := r.release
		r.release = func() { close(gate); before() }
	}, how: func() (context.Context, []millrace.TaskOption) {
		return bg, []millrace.TaskOption{millrace.WithKey("its own")}
	}},
	"its group has ended": {group: true, want: errBoom, first: func(r *refusals) {
		r.g.Cancel(errBoom)
		r.g = r.newGroup()
	}, how: func() (context.Context, []millrace.TaskOption) { return bg, nil }},
}

// rich reports whether what is refused needs options.
func (why refusal) rich() bool {
	if why.how == nil {
		return false
	}
	_, opts := why.how()
	return len(opts) > 0
}

// taskVariants are options that change where a task waits, and what it holds.
var taskVariants = map[string][]millrace.TaskOption{
	"plain": nil,
	"rich":  {millrace.WithKey("rich"), millrace.WithFlow("f"), millrace.WithPriority(3), millrace.WithWeight(2)},
	"light": {millrace.WithWeight(0), millrace.WithPriority(-1)},
}
