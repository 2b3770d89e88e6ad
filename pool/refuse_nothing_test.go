package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/internal/bubble"
	"github.com/millrace-go/millrace/pool"
	"github.com/millrace-go/millrace/stream"
)

// A refusal leaves the pool as it was. Each test here makes a pool in which something has to wait,
// has all ways to submit refused there for a reason, and looks at the figures, and at whether the
// pool then still has room for all that it had room for.

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

func newRefusals(s shortage, group bool) *refusals {
	r := &refusals{release: func() {}}
	prepare := func(ctx context.Context) (context.Context, error) {
		if r.breaks {
			return nil, errBoom
		}
		return ctx, nil
	}
	r.p = pool.New(append([]millrace.PoolOption{millrace.WithWorkers(4), millrace.WithMaxWeight(4), millrace.WithInit(prepare)}, s.pool...)...)
	r.newGroup = func() *pool.Group {
		return pool.NewGroup(bg, r.p, append([]millrace.GroupOption{millrace.WithLimit(3), millrace.IgnoreErrors()}, s.group...)...)
	}
	r.g = r.newGroup()
	r.ex = r.p
	if group {
		r.ex = r.g
	}
	return r
}

// refusedAside returns figures without those that count refusals.
func refusedAside(s pool.Stats) pool.Stats {
	s.Submitted, s.Cancelled, s.Refused = s.Submitted-s.Cancelled, 0, 0
	s.Goroutines, s.OldestQueued = 0, 0
	return s
}

// wantWhole fails t unless r still has all its slots, weight, room in the group, keys and places.
func (r *refusals) wantWhole(t *testing.T, what string) {
	t.Helper()
	r.release()
	time.Sleep(time.Minute) // so that rates have filled up
	met := make(chan struct{}, 8)
	gate := make(chan struct{})
	at := func(context.Context) error { met <- struct{}{}; <-gate; return nil }
	for i := range 3 {
		pool.Go(bg, r.g, at, millrace.WithKey([]string{"k", "rich", "other"}[i]))
	}
	release, err := pool.Acquire(bg, r.p, millrace.WithFlow("f"))
	if err != nil {
		t.Errorf("%s: Acquire() = %v", what, err)
		return
	}
	time.Sleep(time.Minute)
	if s := r.p.Stats(); len(met) != 3 || s.Running != 4 || s.Weight != 4 || s.Queued+s.Deferred+s.Waiting+s.Blocked != 0 {
		t.Errorf("%s: %d members run, want 3; Stats() = %+v", what, len(met), s)
	}
	if s := r.p.Stats(); s.QueueLimit > 0 {
		places := submitMany(bg, r.p, s.QueueLimit+1, millrace.WithOverflow(millrace.Reject))
		for i, f := range places {
			if full := f.State() == future.Cancelled; full != (i == s.QueueLimit) {
				t.Errorf("%s: a queue of %d places is full after %d", what, s.QueueLimit, i)
			}
		}
	}
	close(gate)
	release()
	if err := r.g.Wait(); err != nil {
		t.Errorf("%s: Wait() = %v", what, err)
	}
	r.wantNothing(t, what)
}

// wantNothing closes r, and fails t unless nothing is left of it.
func (r *refusals) wantNothing(t *testing.T, what string) {
	t.Helper()
	r.p.Close()
	if s := stats(t, r.p); s.Running+s.Queued+s.Deferred+s.Waiting+s.Blocked+s.Goroutines != 0 || s.Weight != 0 || s.Failed != 0 {
		t.Errorf("%s: after Close Stats() = %+v, want nothing left", what, s)
	}
	if s := r.g.Stats(); s.Running+s.Queued+s.Deferred+s.Waiting+s.Blocked != 0 || s.Weight != 0 {
		t.Errorf("%s: after Wait Stats() of the group = %+v, want nothing left", what, s)
	}
}

// Nothing is left of what was refused, whatever it waited for. Of the variants each combination
// has one.
func TestRefusalChangesNothing(t *testing.T) {
	n := 0
	for _, waits := range names(shortages) {
		for _, reason := range names(refusalsOf) {
			for _, by := range names(refusers) {
				s, why, u := shortages[waits], refusalsOf[reason], refusers[by]
				if u.items && (s.tasks || why.tasks) || why.where != "" && why.where != waits || why.start && s.still {
					continue
				}
				if u.bare && (s.rich || why.rich()) || why.waits && !u.items && by != "Acquire" {
					continue
				}
				n++
				group := s.only || u.group || why.group || n%2 == 0
				variant := names(taskVariants)[n/2%len(taskVariants)]
				if waits == "weight" && variant == "light" || u.bare || why.waits {
					variant = "plain"
				}
				what := fmt.Sprintf("%s waits for %s, %s, in the group %v; %s", by, waits, variant, group, reason)
				bubble.Run(t, func(t *testing.T) { refuseAll(t, what, newRefusals(s, group), s, why, u, taskVariants[variant]) })
			}
		}
	}
}

// names returns the keys in order.
func names[T any](m map[string]T) (all []string) {
	for name := range m {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func refuseAll(t *testing.T, what string, r *refusals, s shortage, why refusal, u refuser, opts []millrace.TaskOption) {
	s.make(r)
	if why.first != nil {
		why.first(r)
	}
	synctest.Wait()
	before, members := stats(t, r.p), r.g.Stats()
	ctx, cancel := context.WithCancelCause(bg)
	defer cancel(nil)
	all := slices.Concat(opts, r.opts)
	if why.how != nil {
		end, more := why.how()
		if all = append(all, more...); end != bg {
			ctx = end
		}
	}
	if r.ctx != nil {
		ctx = r.ctx
	}
	const n = 3
	errs := make(chan error, n)
	for range n {
		go func() { errs <- u.do(ctx, r, slices.Clone(all)) }()
	}
	synctest.Wait()
	if why.end != nil && len(errs) > 0 && opts == nil {
		t.Errorf("%s: it did not wait: %v", what, <-errs)
	}
	if why.end != nil {
		why.end(r, cancel)
	}
	synctest.Wait()
	if len(errs) < n && opts == nil {
		t.Errorf("%s: %d of %d have returned; %+v", what, len(errs), n, stats(t, r.p))
	}
	if opts == nil || len(errs) == n {
		for range len(errs) {
			if err := <-errs; !errors.Is(err, why.want) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if why.drops {
			before.Submitted -= uint64(before.Queued)
			before.Queued = 0
		}
		if after := stats(t, r.p); refusedAside(after) != refusedAside(before) {
			t.Errorf("%s: Stats() = %+v, then %+v", what, before, after)
		}
		if after := r.g.Stats(); !why.group && refusedAside(after) != refusedAside(members) {
			t.Errorf("%s: Stats() of the group = %+v, then %+v", what, members, after)
		}
	}
	cancel(nil)
	if why.over {
		r.release()
		r.wantNothing(t, what)
		return
	}
	r.wantWhole(t, what)
}
