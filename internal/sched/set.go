package sched

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/millrace-go/millrace/internal/outcome"
	"github.com/millrace-go/millrace/internal/taskctx"
	"github.com/millrace-go/millrace/internal/waitset"
)

// The scheduler's part of a waitset.Set: a task of a pool that waits for the tasks of a set lends its
// slot. The set knows what has settled, and a Wait of the task, with a several, what it lends for.
// The set has a lock of its own, which may be taken under a pool's lock, and not the other way round.

// NewSet returns a set of n tasks, for one goroutine.
func NewSet(until waitset.Until, n int, task func(int32) *Task) *waitset.Set {
	m := &setTasks{task: task}
	m.set.Init(until, n, m)
	return &m.set
}

// NewSharedSet returns a set without tasks, for several goroutines.
func NewSharedSet(task func(int32) *Task) *waitset.Set {
	m := &setTasks{task: task}
	m.set.InitShared(m)
	return &m.set
}

// setTasks are the tasks of a set. A task of a pool that waits for them lends its slot.
type setTasks struct {
	task  func(int32) *Task
	bound atomic.Pointer[setWait]
	set   waitset.Set
}

// A setWait is the wait of one task for the tasks that were in a set at one time.
type setWait struct {
	item *taskctx.Item // the context of the task that waits
	wait *Wait         // nil: the task keeps its slot
}

// waitOfSet returns the wait of a running task for s, or nil.
func waitOfSet(s *waitset.Set) *Wait {
	if b := s.Tasks().(*setTasks).bound.Load(); b != nil {
		return b.wait
	}
	return nil
}

// Task, Wait, Aside and Release implement waitset.Tasks.
func (m *setTasks) Task(i int32) waitset.Task { return m.task(i) }
func (m *setTasks) Release()                  { m.bound.Store(nil) }

func (m *setTasks) Wait(ctx context.Context, leave func()) (err error) {
	if ctx.Err() != nil {
		return outcome.NotDone(ctx)
	}
	w := m.bind(ctx)
	if w != nil && w.begin(endOf(ctx, w.item), false) {
		return outcome.ErrDeadlock
	}
	select {
	case <-m.set.Signal():
	case <-ctx.Done():
		err = outcome.NotDone(ctx)
	case <-w.told():
		err = w.verdict()
	}
	grant := w.stop()
	leave()
	if grant != nil {
		w.worker.receive(grant, ctx.Done())
	}
	return err
}

func (m *setTasks) Aside(ctx context.Context, f func() error) (err error) {
	doomed := false
	if wk, c := workerOf(ctx); wk != nil {
		m.with(wk, c, func(w *Wait) { doomed = w != nil && w.doomed() })
	}
	if doomed {
		return outcome.ErrDeadlock
	}
	Outside(ctx, func() { err = f() })
	return err
}

// bind returns the wait of the task whose context ctx is, for the tasks of the set that belong
// to its pool or run elsewhere. It returns nil if there are none, or no task waits. The wait is
// made anew only when tasks were added, or another task waits.
func (m *setTasks) bind(ctx context.Context) *Wait {
	wk, c := workerOf(ctx)
	b := m.bound.Load()
	switch grown := m.set.Grown(wk != nil); {
	case wk == nil:
		m.bound.Store(nil)
		return nil
	case !grown && b != nil && b.item == c:
		return b.wait
	}
	b = &setWait{item: c}
	m.with(wk, c, func(w *Wait) {
		if w != nil && (w.several.left > 0 || w.always) {
			b.wait = w
			w.several.watch(wk.pool)
		}
		m.bound.Store(b) // under the lock: what settles after this finds the wait
	})
	return b.wait
}

// with calls f, under the pool's lock, with a wait of the task that wk runs with context c for
// all of the set; with nil if wk has another task by now.
func (m *setTasks) with(wk *worker, c *taskctx.Item, f func(*Wait)) {
	open := m.set.Open()
	p := wk.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	w := wk.newWait(c)
	if w != nil {
		w.several = newSeveral(p, &m.set, open)
		w.always = slices.ContainsFunc(open, func(t waitset.Task) bool { return lendsToAnybody(t.(*Task)) })
	}
	f(w)
}
