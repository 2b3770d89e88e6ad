package pool_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// body returns t's function.
func (m *model) body(t *modelTask) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		c := &modelCtx{name: t.String() + "'s context", ctx: ctx, task: t}
		m.starts(c, t)
		defer m.ends(t)
		err := m.behave(c, t)
		m.wills(t, modelWill{err: err})
		return t.id, err
	}
}

// wills notes what t is about to end with.
func (m *model) wills(t *modelTask, w modelWill) {
	m.mu.Lock()
	t.will = &w
	m.mu.Unlock()
}

// behave is what a task does.
func (m *model) behave(c *modelCtx, t *modelTask) error {
	plan := t.plan
	m.reached("task: %s", plan.what)
	switch plan.what {
	case "return":
		return nil
	case "fail":
		return fmt.Errorf("model: %v failed", t)
	case "panic":
		value := any(fmt.Errorf("model: %v panicked", t))
		if plan.n%2 == 0 {
			value = "model: a panic"
		}
		m.wills(t, modelWill{panicked: value})
		panic(value)
	case "goexit":
		m.wills(t, modelWill{goexit: true})
		runtime.Goexit()
	case "gate":
		<-m.gate(plan.n)
	case "sleep":
		time.Sleep(plan.d)
	case "nap":
		return m.until(c, t, time.After(plan.d))
	case "await gate":
		return m.until(c, t, m.gate(plan.n))
	case "await context":
		short, end := c.derive(m, plan.d+1)
		defer end()
		return m.until(short, t, nil)
	case "acquire":
		if m.cfg.permits {
			return m.acquireInside(c, t)
		}
	case "other":
		if m.other != nil {
			return m.useOther(c, t)
		}
	case "shutdown":
		if err := m.p.Shutdown(c.ctx); !errors.Is(err, future.ErrDeadlock) {
			m.failf("Shutdown(ctx of %v) = %v, want %v", t, err, future.ErrDeadlock)
		}
	default:
		return m.nest(c, t)
	}
	return nil
}

// until blocks until the channel is closed, or c ends.
func (m *model) until(c *modelCtx, t *modelTask, ch interface{}) error {
	var closed <-chan struct{}
	var timer <-chan time.Time
	switch ch := ch.(type) {
	case <-chan struct{}:
		closed = ch
	case <-chan time.Time:
		timer = ch
	}
	select {
	case <-closed:
		return nil
	case <-timer:
		return nil
	case <-c.ctx.Done():
	}
	cause := context.Cause(c.ctx)
	m.mu.Lock()
	explained := m.mayEndCtx(c, cause)
	m.mu.Unlock()
	if !explained {
		m.failf("the context of %v ended with %v, which nobody caused", t, cause)
	}
	return cause
}

// nest submits the plan's children and waits for them in one of many ways.
func (m *model) nest(c *modelCtx, t *modelTask) error {
	plan := t.plan
	if m.cfg.bounded() {
		short, end := c.derive(m, plan.d+10*time.Millisecond)
		defer end()
		c = short
	}
	switch plan.what {
	case "scope":
		return m.scope(c, t, t.plan)
	case "group":
		return m.groupOf(c, t, t.plan)
	case "map", "map slice", "for each":
		return m.mapOver(c, t, t.ownGroup(), plan)
	case "hold":
		return m.hold(c, t)
	case "peer":
		peer := m.pick(plan.n)
		if peer == nil {
			return nil
		}
		short, end := c.derive(m, plan.d+1)
		defer end()
		return m.await(short, t, "await", peer)
	}
	kids := m.kids(c, t, nil)
	switch plan.what {
	case "detach":
		return nil
	case "then":
		for i := range kids {
			kids[i] = m.then(c, t, nil, plan.kids[i].leaf(), kids[i])
		}
		return m.await(c, t, "all", kids...)
	case "fork":
		return m.fork(c, t, kids)
	case "cancel":
		first := kids[0]
		m.cancelTask(first)
		return m.await(c, t, "all settled", kids...)
	}
	return m.await(c, t, plan.what, kids...)
}

// ownGroup returns the group of t if t is to use it, too.
func (t *modelTask) ownGroup() *modelGroup {
	if t.plan.own {
		return t.group
	}
	return nil
}

// leaf is the plan without what only a nest does.
func (p modelPlan) leaf() modelPlan {
	if len(p.kids) > 0 {
		p.kids, p.what = nil, "return"
	}
	return p
}

// kids submits the children of t's plan: to g, if not nil, else to t's own group
// or the pool.
func (m *model) kids(c *modelCtx, t *modelTask, g *modelGroup) []*modelTask {
	var kids []*modelTask
	for _, plan := range t.plan.kids {
		from, group := c, g
		if plan.detached {
			from = &modelCtx{name: c.name + ", outlived", ctx: context.WithoutCancel(c.ctx)}
			if m.cfg.bounded() || t.plan.what == "hold" {
				from, _ = from.derive(m, plan.d+20*time.Millisecond)
			}
		}
		if group == nil && plan.own {
			group = t.group
		}
		kids = append(kids, m.submit(from, t, group, plan))
	}
	return kids
}

// fork waits for the children in as many goroutines.
func (m *model) fork(c *modelCtx, t *modelTask, kids []*modelTask) error {
	errs := make(chan error, len(kids))
	for _, kid := range kids {
		go func() { errs <- m.await(c, t, "await", kid) }()
	}
	var err error
	for range kids {
		err = errors.Join(err, <-errs)
	}
	return err
}

// scope runs the children in a scope.
func (m *model) scope(c *modelCtx, t *modelTask, plan modelPlan) (err error) {
	g := m.newGroup(c, t, plan)
	w := &modelWait{task: t, what: "scope", ctx: c, group: g}
	m.waiting(w, func() {
		err = pool.Scope(c.ctx, m.executor(g.outer), func(ctx context.Context, pg *pool.Group) error {
			inner := &modelCtx{name: fmt.Sprintf("%v's context", g), ctx: ctx, group: g, parent: c}
			m.mu.Lock()
			g.g = pg
			m.mu.Unlock()
			m.kids(inner, t, g)
			m.mu.Lock()
			defer m.mu.Unlock()
			if plan.n%4 == 3 {
				g.fnErr = fmt.Errorf("model: %v's function failed", g)
			}
			g.waited = m.stamp()
			return g.fnErr
		}, g.options()...)
	})
	g.ends(m)
	m.checkGroup(g, err)
	return err
}

// groupOf runs the children in a group, some of them in a group within it.
func (m *model) groupOf(c *modelCtx, t *modelTask, plan modelPlan) (err error) {
	g := m.newGroup(c, t, plan)
	g.g = pool.NewGroup(c.ctx, m.executor(g.outer), g.options()...)
	m.kids(c, t, g)
	err = m.waitGroup(c, t, g)
	return err
}
