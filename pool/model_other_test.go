package pool_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/millrace-go/millrace/future"
	"github.com/millrace-go/millrace/pool"
)

// Another pool, and what goes from one to the other. A task that waits for the other pool keeps what it
// has: to the model it does not wait at all. A permit that a task of the other pool acquires is one from
// outside.

// byOther submits a task to the other pool, which acquires a permit of this one.
func (m *model) byOther(from *modelCtx, g *modelGroup, plan modelPlan) *future.Future[int] {
	return pool.Submit(from.ctx, m.other, func(ctx context.Context) (int, error) {
		c := &modelCtx{name: "a task of the other pool under " + from.name, ctx: ctx, parent: from}
		return 0, m.acquire(c, nil, g, plan, func() { m.keep(nil, plan) })
	})
}

// useOther makes a task wait for a permit of the other pool, or for a task of it that acquires one of this.
func (m *model) useOther(c *modelCtx, t *modelTask) error {
	short, end := c.derive(m, t.plan.d+time.Millisecond)
	defer end()
	var err error
	if t.plan.n&2 == 0 {
		_, err = m.byOther(short, t.ownGroup(), t.plan).Await(short.ctx)
	} else {
		err = m.acquireOther(short, t)
	}
	if err != nil {
		return fmt.Errorf("model: %v and the other pool: %w", t, err)
	}
	return nil
}

// acquireOther takes a permit of the other pool for a while.
func (m *model) acquireOther(c *modelCtx, t *modelTask) error {
	release, err := pool.Acquire(c.ctx, m.other)
	if err == nil {
		time.Sleep(t.plan.d)
		release()
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if release != nil || !errors.Is(err, future.ErrCancelled) || !m.mayEndCtx(c, err) {
		m.failf("Acquire() of the other pool by %v = %v, which nobody caused; there is a release: %v", t, err, release != nil)
	}
	return err
}

// closeOther closes the other pool, of which nothing is left when nothing is left of this one.
func (m *model) closeOther() {
	if m.other == nil {
		return
	}
	if m.failed.Load() {
		m.other.Stop(nil)
		return
	}
	if err := m.other.Close(); err != nil {
		m.failf("Close() of the other pool = %v", err)
	}
	if s := m.other.Stats(); s.Queued+s.Running+s.Waiting != 0 || s.Submitted != s.Succeeded+s.Failed+s.Cancelled {
		m.failf("Stats() of the other pool = %+v after Close", s)
	}
}
