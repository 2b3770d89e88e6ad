package pool_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/millrace-go/millrace"
	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// modelMap is one run of a map over the kids of a plan.
type modelMap struct {
	m       *model
	c       *modelCtx
	plan    modelPlan
	parent  *modelTask
	group   *modelGroup // the executor; nil: the pool
	most    int64       // items at work at once
	window  int64       // pulled and not delivered; 0: any number
	ordered bool
	perItem bool // the items have options of their own

	items     []*modelTask
	active    atomic.Int64
	pulled    atomic.Int64
	delivered atomic.Int64
}

// mapOver runs the map that plan describes over g, or over the pool. The task may be nil.
func (m *model) mapOver(c *modelCtx, t *modelTask, g *modelGroup, plan modelPlan) (err error) {
	m.mapped.Store(true)
	r := &modelMap{m: m, c: c, plan: plan, parent: t, group: g, ordered: plan.n&1 == 0, most: int64(1 + plan.n/2%3)}
	if plan.n&64 != 0 {
		r.window = int64(1 + plan.n/2%2)
	}
	inner := &modelCtx{name: "a map's context", ctx: c.ctx, run: r, parent: c}
	r.perItem = m.cfg.perItem && plan.n&32 != 0
	for _, kid := range plan.kids {
		if !r.perItem {
			kid = kid.as(plan.kids[0])
		}
		r.items = append(r.items, m.newItem(inner, t, r.group, kid))
	}
	m.logf("  %v runs a %s over %v of %v with %v: %v", t, plan.what, r.items, r.group, c, plan)
	w := &modelWait{task: t, what: "map", ctx: c}
	m.waiting(w, func() { err = r.run() })
	m.logf("  %v has run its %s: %v", t, plan.what, err)
	for _, item := range r.items {
		m.mu.Lock()
		left := item.starts > 0 && !item.ended
		item.over = true
		m.mu.Unlock()
		if left {
			m.failf("%v, an item, has outlived its map", item)
		}
	}
	return err
}

// as returns the plan with the options of another one, but for the schedule of retries,
// which has to know its task.
func (p modelPlan) as(other modelPlan) modelPlan {
	p.key, p.weight, p.priority, p.timeout = other.key, other.weight, other.priority, other.timeout
	p.modelAdmission = other.modelAdmission
	p.retries = modelRetries{}
	return p
}

// alone reports whether the items are tasks of their own: one may never run, and the others
// go on.
func (r *modelMap) alone() bool { return r.perItem || r.items[0].plan.alone() }

// neverRan reports whether err is that of one item which never ran.
func (r *modelMap) neverRan(err error) bool {
	is := func(target error) bool { return errors.Is(err, target) }
	return r.alone() && is(future.ErrCancelled) && (is(pool.ErrMaxWait) || is(pool.ErrTooHeavy))
}

func (r *modelMap) run() error {
	ex := r.m.executor(r.group)
	switch r.plan.what {
	case "map slice":
		vs, err := pool.MapSlice(r.c.ctx, ex, r.items, r.fn, r.options()...)
		for i := range r.items {
			if err == nil && vs[i] != r.items[i].id {
				r.m.failf("MapSlice over %v = %v", r.items, vs)
			}
		}
		return r.failFast(err)
	case "for each":
		return r.failFast(pool.ForEach(r.c.ctx, ex, r.input(), func(ctx context.Context, t *modelTask) error {
			_, err := r.fn(ctx, t)
			return err
		}, r.options()...))
	}
	return r.loop(ex)
}

// loop is the map as a sequence; it breaks at the plan's choice.
func (r *modelMap) loop(ex pool.Executor) error {
	n, refused := 0, false
	for v, err := range pool.Map(r.c.ctx, ex, r.input(), r.fn, r.options()...) {
		r.delivered.Add(1)
		never := !errors.Is(err, future.ErrNotDone) && r.neverRan(err) // or else it is the cause
		if !never && errors.Is(err, future.ErrNotDone) && r.c.ctx.Err() != nil || !never && errors.Is(err, future.ErrCancelled) {
			return err // the last one
		}
		refused = never && r.groupEnded()
		if n == len(r.items) {
			if refused {
				return err // the input had not ended
			}
			r.m.failf("a map over %v yields one more: %d, %v", r.items, v, err)
			return nil
		}
		t := r.items[n]
		if r.ordered && !r.from(t, v, err) && !(never && t.starts == 0) {
			r.m.failf("a map over %v yields %d, %v in the place of %v", r.items, v, err, t)
		}
		if n++; r.breaks() && n == 1+r.plan.n/16%3 {
			return nil
		}
	}
	if n < len(r.items) && r.c.ctx.Err() == nil && !refused {
		r.m.failf("a map over %v yields %d results", r.items, n)
	}
	return nil
}

// groupEnded reports whether the group, or one around it, has ended: because a member was too heavy,
// for example. Then the map is refused for the same reason as an item of its own may be.
func (r *modelMap) groupEnded() bool {
	return r.group.has(func(g *modelGroup) bool { return g.g.Context().Err() != nil })
}

// atWork counts the items that surely run and do not wait. Those that are tasks of their own
// leave room for others while they wait.
func (r *modelMap) atWork() (n int64) {
	for _, t := range r.items {
		if t.holding && !t.debt {
			n++
		}
	}
	return n
}

// mayWork counts the items beside t that may be at work: also one that waits is, as long as it
// keeps its slot.
func (r *modelMap) mayWork(t *modelTask) (n int64) {
	for _, x := range r.items {
		if x != t && x.starts > 0 && !x.ended {
			n++
		}
	}
	return n
}

// breaks reports whether the loop over the map is left early.
func (r *modelMap) breaks() bool { return r.plan.what == "map" && r.plan.n&128 != 0 }

// mayEnd reports whether the items' contexts may have ended, with whatever
// cause: an item has failed, or the loop was left, by itself or with its context. When all
// items have ended, what they have left running may also hear of the end of the loop first.
func (r *modelMap) mayEnd() bool {
	all := !slices.ContainsFunc(r.items, func(t *modelTask) bool { return !t.ended })
	return all || r.breaks() || r.c.ctx.Err() != nil || r.alone() || slices.ContainsFunc(r.items, func(t *modelTask) bool { return t.will != nil && !t.will.succeeds() })
}

// mayBeStuck reports whether an item may wait for the task that runs the map.
func (r *modelMap) mayBeStuck() bool {
	return slices.ContainsFunc(r.items, func(t *modelTask) bool { return r.m.mayCycle(r.parent, t) })
}

// from reports whether v and err are what t ended with.
func (r *modelMap) from(t *modelTask, v int, err error) bool {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	return t.will != nil && t.will.matches(t, v, err)
}

// failFast checks the error of a map that ends with its first.
func (r *modelMap) failFast(err error) error {
	var item *pool.ItemError
	switch {
	case err == nil:
		for _, t := range r.items {
			if !r.from(t, t.id, nil) {
				r.m.failf("%s over %v = nil, but %v did not succeed", r.plan.what, r.items, t)
			}
		}
	case errors.As(err, &item) && err == error(item):
		if t := r.items[item.Index]; !errors.Is(err, future.ErrCancelled) && !r.from(t, t.id, item.Err) && !r.from(t, 0, item.Err) {
			r.m.failf("%s over %v = %v, want what %v ended with", r.plan.what, r.items, err, t)
		}
	case !errors.Is(err, future.ErrNotDone) && !errors.Is(err, future.ErrCancelled):
		r.m.failf("%s over %v = %v", r.plan.what, r.items, err)
	}
	return err
}

func (r *modelMap) options() []millrace.MapOption {
	opts := []millrace.MapOption{millrace.WithConcurrency(int(r.most))}
	if r.window > 0 {
		opts = append(opts, millrace.WithWindow(int(r.window)))
	}
	if !r.ordered {
		opts = append(opts, millrace.Unordered())
	}
	if r.perItem {
		return append(opts, millrace.PerItem(r.optionsOf))
	}
	for _, o := range r.items[0].plan.options() {
		if o != nil {
			opts = append(opts, o)
		}
	}
	return opts
}

// optionsOf is the function of PerItem.
func (r *modelMap) optionsOf(t *modelTask) []millrace.TaskOption {
	return append(t.plan.options(), r.m.retryOptions(t)...)
}

// input counts what is pulled against what was delivered.
func (r *modelMap) input() iter.Seq[*modelTask] {
	return func(yield func(*modelTask) bool) {
		for _, t := range r.items {
			if n := r.pulled.Add(1) - r.delivered.Load(); r.window > 0 && r.plan.what == "map" && n > r.window+1 {
				r.m.failf("%d items are pulled and not delivered, want at most %d", n, r.window)
			}
			if !yield(t) {
				return
			}
		}
	}
}

// fn is the function of the map.
func (r *modelMap) fn(ctx context.Context, t *modelTask) (int, error) {
	if n := r.active.Add(1); n > r.most && !r.alone() {
		r.m.failf("%d items are at work, want at most %d", n, r.most)
	}
	defer r.active.Add(-1)
	return r.m.body(t)(ctx)
}
