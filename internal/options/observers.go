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
// again. The others are, also for this event. A panic ends here. A Goexit
// cannot be stopped: it goes on in the goroutine that called, so the caller must do in
// a deferred function what has to be done after the call.
type Observers struct {
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
	return o
}

// Dropped returns how many observers have been dropped.
func (o *Observers) Dropped() int { return int(o.dropped.Load()) }

// Submitted implements Observer.
func (o *Observers) Submitted(ctx context.Context, t *TaskInfo) context.Context {
	return o.each(ctx, t, forward, func(m *observer, ctx context.Context, t *TaskInfo) context.Context {
		return m.Submitted(ctx, t)
	})
}

// Started implements Observer.
func (o *Observers) Started(ctx context.Context, t *TaskInfo) context.Context {
	return o.each(ctx, t, forward, func(m *observer, ctx context.Context, t *TaskInfo) context.Context {
		return m.Started(ctx, t)
	})
}

// Ended implements Observer.
func (o *Observers) Ended(ctx context.Context, t *TaskInfo) {
	o.each(ctx, t, backward, func(m *observer, ctx context.Context, t *TaskInfo) context.Context {
		m.Ended(ctx, t)
		return nil
	})
}

// NeverRan implements Observer.
func (o *Observers) NeverRan(ctx context.Context, t *TaskInfo) {
	o.each(ctx, t, forward, func(m *observer, ctx context.Context, t *TaskInfo) context.Context {
		m.NeverRan(ctx, t)
		return nil
	})
}

// Retried implements RetryObserver.
func (o *Observers) Retried(ctx context.Context, t *TaskInfo, delay time.Duration) {
	some(o, t, func(m RetryObserver) { m.Retried(ctx, t, delay) })
}

// Run implements RunObserver. If an observer calls Goexit there is no run, and it has ended for
// the others.
func (o *Observers) Run(ctx context.Context, r RunInfo) (in context.Context, ended func()) {
	ends := map[*observer]func(){}
	begun := false
	ended = func() {
		o.each(in, nil, backward, func(m *observer, _ context.Context, _ *TaskInfo) context.Context {
			if end := ends[m]; end != nil {
				end()
			}
			return nil
		})
	}
	defer func() {
		if !begun {
			ended()
		}
	}()
	in = o.each(ctx, nil, forward, func(m *observer, ctx context.Context, _ *TaskInfo) (in context.Context) {
		if ro, ok := m.Observer.(RunObserver); ok {
			in, ends[m] = ro.Run(ctx, r)
		}
		return in
	})
	begun = true
	return in, ended
}

// PoolStopped implements PoolObserver.
func (o *Observers) PoolStopped(pool string, err error) {
	some(o, nil, func(m PoolObserver) { m.PoolStopped(pool, err) })
}

// CallbackPanicked implements PoolObserver.
func (o *Observers) CallbackPanicked(pool string, value any, stack []byte) {
	some(o, nil, func(m PoolObserver) { m.CallbackPanicked(pool, value, stack) })
}

// some calls tell with each observer that is an O.
func some[O any](o *Observers, t *TaskInfo, tell func(O)) {
	o.each(context.Background(), t, forward, func(m *observer, _ context.Context, _ *TaskInfo) context.Context {
		if m, ok := m.Observer.(O); ok {
			tell(m)
		}
		return nil
	})
}

// A call is of one method of m. It returns the context that the next observer gets; nil: the same.
type call func(m *observer, ctx context.Context, t *TaskInfo) context.Context

// In which order observers are called.
const (
	forward  = false
	backward = true
)

// each calls each observer that has not been dropped, and returns the last context. Meanwhile the
// task, if there is one, has the observer's own Note: an only observer, as most pools have, has it
// for itself.
func (o *Observers) each(ctx context.Context, t *TaskInfo, reverse bool, c call) (in context.Context) {
	if len(o.members) > 1 {
		return o.from(0, ctx, t, reverse, c)
	}
	m := o.members[0]
	if m.dropped.Load() {
		return ctx
	}
	told := false
	in = ctx
	defer func() {
		if !told {
			if t != nil {
				t.Note = nil
			}
			o.drop(m, recover())
		}
	}()
	in = orSame(c(m, ctx, t), ctx)
	told = true
	return in
}

// from is each without the first n of several observers.
func (o *Observers) from(n int, ctx context.Context, t *TaskInfo, reverse bool, c call) (in context.Context) {
	in = ctx
	var at *observer // what is being called
	var all any      // the notes of all, meanwhile
	defer func() {
		if at != nil {
			if t != nil {
				t.Note = all
			}
			o.drop(at, recover())
			in = o.from(n+1, in, t, reverse, c)
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
		if t == nil {
			in = orSame(c(at, in, t), in)
			continue
		}
		all = t.Note
		t.Note = noteOf(all, i)
		in = orSame(c(at, in, t), in)
		t.Note = withNote(all, i, len(o.members), t.Note)
	}
	at = nil
	return in
}

// drop drops m, whose panic had the value, or nil if it called Goexit, and tells the
// others.
func (o *Observers) drop(m *observer, value any) {
	if m.dropped.Swap(true) {
		return
	}
	o.dropped.Add(1)
	stack := debug.Stack()
	some(o, nil, func(other DropObserver) { other.Dropped(m.Observer, value, stack) })
}

func orSame(ctx, same context.Context) context.Context {
	if ctx == nil {
		return same
	}
	return ctx
}
