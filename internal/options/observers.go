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
	return o.each(ctx, t, call{method: submitted})
}

// Started implements Observer.
func (o *Observers) Started(ctx context.Context, t *TaskInfo) context.Context {
	return o.each(ctx, t, call{method: started})
}

// Ended implements Observer.
func (o *Observers) Ended(ctx context.Context, t *TaskInfo) { o.each(ctx, t, call{method: ended}) }

// NeverRan implements Observer.
func (o *Observers) NeverRan(ctx context.Context, t *TaskInfo) {
	o.each(ctx, t, call{method: neverRan})
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
		o.each(in, nil, call{runEnded, func(i int, _ Observer, _ context.Context) context.Context {
			if ends[i] != nil {
				ends[i]()
			}
			return nil
		}})
	}
	defer func() {
		if !begun {
			ended()
		}
	}()
	in = o.each(ctx, nil, call{other, func(i int, m Observer, ctx context.Context) (in context.Context) {
		if ro, ok := m.(RunObserver); ok {
			in, ends[i] = ro.Run(ctx, r)
		}
		return in
	}})
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
	o.each(context.Background(), t, call{other, func(_ int, m Observer, _ context.Context) context.Context {
		if m, ok := m.(O); ok {
			tell(m)
		}
		return nil
	}})
}

// A call is of one method of each observer. The calls that every task leads to need no function:
// it would be on the heap.
type call struct {
	method method
	do     func(i int, m Observer, ctx context.Context) context.Context // for other and runEnded
}

type method uint8

const (
	other method = iota
	runEnded
	submitted
	started
	ended
	neverRan
)

// reverse reports whether the last observer is called first.
func (c call) reverse() bool {
	return c.method == ended || c.method == runEnded
}

// of calls m, the ith observer, and returns the context that the next one gets; nil: the same.
func (c call) of(i int, m Observer, ctx context.Context, t *TaskInfo) context.Context {
	switch c.method {
	case submitted:
		return m.Submitted(ctx, t)
	case started:
		return m.Started(ctx, t)
	case ended:
		m.Ended(ctx, t)
	case neverRan:
		m.NeverRan(ctx, t)
	default:
		return c.do(i, m, ctx)
	}
	return nil
}

// each calls each observer that has not been dropped, and returns the last context. Meanwhile the
// task, if there is one, has the observer's own Note.
func (o *Observers) each(ctx context.Context, t *TaskInfo, c call) context.Context {
	if len(o.members) == 1 {
		return o.only(ctx, t, c)
	}
	return o.from(0, ctx, t, c)
}

// only is each for an only observer, as most pools have: it has the Note for itself.
func (o *Observers) only(ctx context.Context, t *TaskInfo, c call) (in context.Context) {
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
	in = orSame(c.of(0, m.Observer, ctx, t), ctx)
	told = true
	return in
}

// from is each without the first n of several observers.
func (o *Observers) from(n int, ctx context.Context, t *TaskInfo, c call) (in context.Context) {
	in = ctx
	var at *observer // what is being called
	var all any      // the notes of all, meanwhile
	defer func() {
		if at != nil {
			if t != nil {
				t.Note = all
			}
			o.drop(at, recover())
			in = o.from(n+1, in, t, c)
		}
	}()
	for ; n < len(o.members); n++ {
		i := n
		if c.reverse() {
			i = len(o.members) - 1 - n
		}
		if at = o.members[i]; at.dropped.Load() {
			continue
		}
		if t == nil {
			in = orSame(c.of(i, at.Observer, in, t), in)
			continue
		}
		all = t.Note
		t.Note = noteOf(all, i)
		in = orSame(c.of(i, at.Observer, in, t), in)
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
