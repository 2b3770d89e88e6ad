package options

import (
	"context"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Observers joins the observers of a pool into one, which is what Pool.Observer holds.
// It calls them in order, at Ended in reverse, and implements each of the optional
// interfaces for those that have it.
//
// An observer that panics or calls Goexit in a method is dropped: it is not called
// again. The others are, for the event at hand as well. A panic ends here. A Goexit
// cannot be stopped: it goes on in the goroutine that called, so the caller must do in
// a deferred function what has to be done after the call.
type Observers struct {
	clock
	only    *observer // the observer, if there is one: it has a short way
	members []*observer
	dropped atomic.Int32
}

// An observer is one of several.
type observer struct {
	Observer
	dropped atomic.Bool
}

// JoinObservers returns the observers of a, which may be nil, followed by b. The result
// is independent of a: what is dropped from one is not from the other.
func JoinObservers(a *Observers, b Observer) *Observers {
	o := new(Observers)
	if a != nil {
		for _, m := range a.members {
			o.members = append(o.members, &observer{Observer: m.Observer})
		}
	}
	o.members = append(o.members, &observer{Observer: b})
	if len(o.members) == 1 {
		o.only = o.members[0]
	}
	return o
}

// Dropped returns how many observers have been dropped.
func (o *Observers) Dropped() int { return int(o.dropped.Load()) }

// Submitted implements Observer.
func (o *Observers) Submitted(ctx context.Context, t *TaskInfo) context.Context {
	if o.only != nil {
		return o.one(ctx, t, Observer.Submitted)
	}
	o.each(t, false, func(_ int, m Observer) { ctx = orSame(m.Submitted(ctx, t), ctx) })
	return ctx
}

// Started implements Observer.
func (o *Observers) Started(ctx context.Context, t *TaskInfo) context.Context {
	if o.only != nil {
		return o.one(ctx, t, Observer.Started)
	}
	o.each(t, false, func(_ int, m Observer) { ctx = orSame(m.Started(ctx, t), ctx) })
	return ctx
}

// Ended implements Observer.
func (o *Observers) Ended(ctx context.Context, t *TaskInfo) {
	if o.only != nil {
		o.one(ctx, t, ended)
		return
	}
	o.each(t, true, func(_ int, m Observer) { m.Ended(ctx, t) })
}

func ended(m Observer, ctx context.Context, t *TaskInfo) context.Context {
	m.Ended(ctx, t)
	return ctx
}

// NeverRan implements Observer.
func (o *Observers) NeverRan(ctx context.Context, t *TaskInfo) {
	o.each(t, false, func(_ int, m Observer) { m.NeverRan(ctx, t) })
}

// Retried implements RetryObserver.
func (o *Observers) Retried(ctx context.Context, t *TaskInfo, delay time.Duration) {
	o.each(t, false, func(_ int, m Observer) {
		if r, ok := m.(RetryObserver); ok {
			r.Retried(ctx, t, delay)
		}
	})
}

// Run implements RunObserver.
func (o *Observers) Run(ctx context.Context, r RunInfo) (context.Context, func()) {
	ends := make([]func(), len(o.members))
	o.each(nil, false, func(i int, m Observer) {
		if ro, ok := m.(RunObserver); ok {
			var in context.Context
			in, ends[i] = ro.Run(ctx, r)
			ctx = orSame(in, ctx)
		}
	})
	return ctx, func() {
		o.each(nil, true, func(i int, _ Observer) {
			if ends[i] != nil {
				ends[i]()
			}
		})
	}
}

// PoolStopped implements PoolObserver.
func (o *Observers) PoolStopped(pool string, err error) {
	o.each(nil, false, func(_ int, m Observer) {
		if p, ok := m.(PoolObserver); ok {
			p.PoolStopped(pool, err)
		}
	})
}

// CallbackPanicked implements PoolObserver.
func (o *Observers) CallbackPanicked(pool string, value any, stack []byte) {
	o.each(nil, false, func(_ int, m Observer) {
		if p, ok := m.(PoolObserver); ok {
			p.CallbackPanicked(pool, value, stack)
		}
	})
}

// one is each for the calls that every task leads to, if there is one observer.
func (o *Observers) one(ctx context.Context, t *TaskInfo, tell func(Observer, context.Context, *TaskInfo) context.Context) (in context.Context) {
	m := o.only
	if m.dropped.Load() {
		return ctx
	}
	in = ctx
	returned := false
	defer func() {
		if !returned {
			t.Note = nil
			o.drop(m, recover())
		}
	}()
	in = orSame(tell(m.Observer, ctx, t), ctx)
	returned = true
	return in
}

// each calls tell with each observer that has not been dropped, and its index.
// Meanwhile the task, if there is one, has the observer's own Note.
func (o *Observers) each(t *TaskInfo, reverse bool, tell func(int, Observer)) {
	o.from(0, t, reverse, tell)
}

// from is each without the first n observers.
func (o *Observers) from(n int, t *TaskInfo, reverse bool, tell func(int, Observer)) {
	var at *observer // what is being called
	var all any      // the notes of all, meanwhile
	defer func() {
		if at != nil {
			if t != nil {
				t.Note = all
			}
			o.drop(at, recover())
			o.from(n+1, t, reverse, tell)
		}
	}()
	for ; n < len(o.members); n++ {
		i := n
		if reverse {
			i = len(o.members) - 1 - n
		}
		if at = o.members[i]; at.dropped.Load() {
			continue
		}
		if t == nil || len(o.members) == 1 {
			tell(i, at.Observer)
			continue
		}
		all = t.Note
		t.Note = noteOf(all, i)
		tell(i, at.Observer)
		t.Note = withNote(all, i, len(o.members), t.Note)
	}
	at = nil
}

// drop drops m, whose panic had the value, or nil if it called Goexit, and tells the
// others.
func (o *Observers) drop(m *observer, value any) {
	if m.dropped.Swap(true) {
		return
	}
	o.dropped.Add(1)
	stack := debug.Stack()
	o.each(nil, false, func(_ int, other Observer) {
		if d, ok := other.(DropObserver); ok {
			d.Dropped(m.Observer, value, stack)
		}
	})
}

func orSame(ctx, same context.Context) context.Context {
	if ctx == nil {
		return same
	}
	return ctx
}
