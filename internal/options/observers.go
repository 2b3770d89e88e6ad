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
	clock
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
	return o.each(ctx, t, false, func(_ int, m Observer, ctx context.Context, t *TaskInfo) context.Context {
		return m.Submitted(ctx, t)
	})
}

// Started implements Observer.
func (o *Observers) Started(ctx context.Context, t *TaskInfo) context.Context {
	return o.each(ctx, t, false, func(_ int, m Observer, ctx context.Context, t *TaskInfo) context.Context {
		return m.Started(ctx, t)
	})
}

// Ended implements Observer.
func (o *Observers) Ended(ctx context.Context, t *TaskInfo) {
	o.each(ctx, t, true, func(_ int, m Observer, ctx context.Context, t *TaskInfo) context.Context {
		m.Ended(ctx, t)
		return ctx
	})
}

// NeverRan implements Observer.
func (o *Observers) NeverRan(ctx context.Context, t *TaskInfo) {
	o.each(ctx, t, false, func(_ int, m Observer, ctx context.Context, t *TaskInfo) context.Context {
		m.NeverRan(ctx, t)
		return ctx
	})
}

// Retried implements RetryObserver.
func (o *Observers) Retried(ctx context.Context, t *TaskInfo, delay time.Duration) {
	some(o, t, func(m RetryObserver) { m.Retried(ctx, t, delay) })
}

// Run implements RunObserver. If an observer calls Goexit there is no run, and it has ended for
// the others.
func (o *Observers) Run(ctx context.Context, r RunInfo) (in context.Context, ended func()) {
	ends := make([]func(), len(o.members))
	begun := false
	ended = func() {
		o.each(in, nil, true, func(i int, _ Observer, in context.Context, _ *TaskInfo) context.Context {
			if ends[i] != nil {
				ends[i]()
			}
			return in
		})
	}
	defer func() {
		if !begun {
			ended()
		}
	}()
	in = o.each(ctx, nil, false, func(i int, m Observer, ctx context.Context, _ *TaskInfo) (in context.Context) {
		if ro, ok := m.(RunObserver); ok {
			in, ends[i] = ro.Run(ctx, r)
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
	o.each(context.Background(), t, false, func(_ int, m Observer, _ context.Context, _ *TaskInfo) context.Context {
		if m, ok := m.(O); ok {
			tell(m)
		}
		return nil
	})
}

// A teller calls a method of an observer, the ith one, and returns the context that the next
// one gets; nil: the same. Those for the calls that every task leads to capture no variables,
// so that they are not on the heap.
type teller func(i int, m Observer, ctx context.Context, t *TaskInfo) context.Context

// each calls tell with each observer that has not been dropped, and returns the last context.
// Meanwhile the task, if there is one, has the observer's own Note. An only observer, as most
// pools have, has the Note for itself.
func (o *Observers) each(ctx context.Context, t *TaskInfo, reverse bool, tell teller) context.Context {
	return o.from(0, ctx, t, reverse, tell)
}

// from is each without the first n observers.
func (o *Observers) from(n int, ctx context.Context, t *TaskInfo, reverse bool, tell teller) (in context.Context) {
	in = ctx
	var at *observer // what is being called
	var all any      // the notes of all, meanwhile
	defer func() {
		if at != nil {
			if t != nil {
				t.Note = all
			}
			o.drop(at, recover())
			in = o.from(n+1, in, t, reverse, tell)
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
			in = orSame(tell(i, at.Observer, in, t), in)
			continue
		}
		all = t.Note
		t.Note = noteOf(all, i)
		in = orSame(tell(i, at.Observer, in, t), in)
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
